"""One Odoo database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx

from connectors.base import (
    Account,
    Bundle,
    BundleOutcome,
    Change,
    ConnectorSpec,
    Draft,
    Effect,
    Kind,
    Link,
    Outcome,
    Query,
    Record,
    Ref,
    Status,
)
from connectors.catalog import Catalog
from connectors.errors import ConnectorError, RejectedError, SettingsError, UnavailableError
from connectors.odoo import finding, linking, recognising, writing
from connectors.odoo.api import Api
from connectors.odoo.catalog import LEAD, MODELS, read_catalog
from connectors.odoo.errors import NoSuchMethod
from connectors.odoo.mapping import TAGS
from connectors.odoo.spec import ODOO, api_key, base_url, database, login
from connectors.odoo.transport import Json2, JsonRpc, Transport


class OdooConnector:
    """Talks to Odoo by JSON-2, or by JSON-RPC when a login is given. The catalog is read once."""

    spec: ConnectorSpec = ODOO

    def __init__(
        self, settings: Mapping[str, str], http: httpx.Client, catalog: Catalog | None = None
    ) -> None:
        self._base_url = base_url(settings)
        key, name, who = api_key(settings), database(settings), login(settings)
        transport: Transport = (
            JsonRpc(http, self._base_url, key, name, who)
            if who
            else Json2(http, self._base_url, key, name)
        )
        self._hash_urls = bool(who)
        self._api = Api(transport)
        self._catalog = catalog

    def check(self) -> Account:
        try:
            uid = self._api.user_id()
        except NoSuchMethod as error:
            raise SettingsError(f"no database of Odoo answers at {self._base_url}") from error
        mine = self._api.records("res.users", [["id", "=", uid]], ["name", "login", "company_id"])
        if not mine:
            raise UnavailableError("the user of the API key is not shown")
        try:
            self._api.records(LEAD, [["id", "=", 0]], ["name"])
        except NoSuchMethod as error:
            raise SettingsError("this database has no CRM app; install it first") from error
        company = mine[0].get("company_id")
        name = company[1] if company else self._base_url
        return Account(str(uid), f"{name} ({mine[0]['login']})", user=str(uid))

    def catalog(self) -> Catalog:
        self._catalog = read_catalog(self._api)
        return self._catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        return finding.find(self._api, self._known(), kind, queries)

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        return recognising.find_created(self._api, self._known(), kind, drafts, since)

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return recognising.effect(kind, draft)

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        try:
            catalog = self._known()
        except ConnectorError as error:
            return [_not_sent(error) for _ in drafts]
        if kind is not Kind.DEAL:
            return writing.create(self._api, catalog, kind, drafts)
        hindered = linking.join_companies(self._api, catalog, dict(enumerate(drafts)))
        ready = [draft for at, draft in enumerate(drafts) if at not in hindered]
        sent = iter(writing.create(self._api, catalog, kind, ready))
        return [
            _no_deal(hindered[at]) if at in hindered else next(sent) for at in range(len(drafts))
        ]

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        try:
            catalog = self._known()
        except ConnectorError as error:
            return [_not_sent(error) for _ in changes]
        return writing.update(self._api, catalog, kind, changes)

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        try:
            catalog = self._known()
        except ConnectorError as error:
            return [_not_sent(error) for _ in links]
        return linking.link(self._api, catalog, links)

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        refusal = RejectedError("Odoo makes deals and their people one after the other")
        return [bundle.failed(refusal) for bundle in bundles]

    def record_url(self, ref: Ref) -> str | None:
        if ref.kind not in TAGS:
            return None
        model = MODELS[ref.kind]
        if self._hash_urls:  # the only form that all versions before 19 understand
            return f"{self._base_url}/web#id={ref.id}&model={model}&view_type=form"
        return f"{self._base_url}/odoo/{model}/{ref.id}"

    def _known(self) -> Catalog:
        return self._catalog or self.catalog()


def _not_sent(error: ConnectorError) -> Outcome:
    """What a failed preparation means for a write, of which nothing was sent."""
    return Outcome(Status.NOT_APPLIED, error=error)


def _no_deal(error: ConnectorError) -> Outcome:
    """What became of a deal whose contact and company could not be brought together."""
    return Outcome.failed(error) if isinstance(error, RejectedError) else _not_sent(error)
