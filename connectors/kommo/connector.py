"""One Kommo account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from connectors.catalog import Catalog, FieldType
from connectors.errors import ConnectorError, NotFoundError, SettingsError, UnavailableError
from connectors.kommo import bundling, finding, writing
from connectors.kommo.api import Api, Item
from connectors.kommo.catalog import PATHS, catalog_of
from connectors.kommo.source import LeadSource
from connectors.kommo.spec import HOSTS, KOMMO, base_url, price_decimals, source_name, token

PAGES_FOR_PEOPLE = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)


class KommoConnector:
    """Talks to Kommo's API v4. The catalog is read once, unless it is handed in.

    ``spec`` decides on whose hosts the account lives.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        http: httpx.Client,
        catalog: Catalog | None = None,
        spec: ConnectorSpec = KOMMO,
    ) -> None:
        self.spec = spec
        self._base_url = base_url(settings, HOSTS[spec.key])
        self._api = Api(http, self._base_url, token(settings))
        self._marker_field = settings.get("marker_field", "").strip()
        self._price_decimals = price_decimals(settings)
        self._source = LeadSource(self._api, source_name(settings))
        self._catalog = catalog

    def check(self) -> Account:
        account = self._account()
        if self._marker_field:
            self._marker_in(self._known())
        user = account.get("current_user_id")
        return Account(
            str(account["id"]),
            f"{account.get('name')} ({account.get('subdomain')})",
            user=str(user) if user else None,
        )

    def catalog(self) -> Catalog:
        custom_fields = {
            kind: self._api.items(f"{PATHS[kind]}/custom_fields", "custom_fields")
            for kind in PAGES_FOR_PEOPLE
        }
        self._catalog = catalog_of(
            self._account(),
            self._api.items("leads/pipelines", "pipelines"),
            self._api.items("users", "users"),
            custom_fields,
            price_decimals=self._price_decimals,
        )
        return self._catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        return finding.find(self._api, self._known(), kind, queries)

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        catalog = self._known()
        marker = self._marker_in(catalog)
        return finding.find_created(self._api, catalog, kind, drafts, since, marker)

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return finding.effect(kind, draft, marked=bool(self._marker_field))

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        try:
            catalog = self._known()
            marked = [self._marked(kind, draft, catalog) for draft in drafts]
        except ConnectorError as error:
            return [_not_sent(error) for _ in drafts]
        return writing.create(self._api, catalog, kind, marked)

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        try:
            catalog = self._known()
        except ConnectorError as error:
            return [_not_sent(error) for _ in changes]
        return writing.update(self._api, catalog, kind, changes)

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        return writing.link(self._api, links)

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        try:
            catalog = self._known()
            marked = [
                replace(one, deal=self._marked(Kind.DEAL, one.deal, catalog)) for one in bundles
            ]
        except ConnectorError as error:
            return [dict.fromkeys(bundle.parts, _not_sent(error)) for bundle in bundles]
        unsourced = self._unsourced(marked)
        ready = [one for one in marked if not (one.enquiry and unsourced)]
        sent = iter(bundling.create_bundles(self._api, catalog, ready, self._source.name))
        return [
            dict.fromkeys(one.parts, _not_sent(unsourced))
            if one.enquiry and unsourced
            else next(sent)
            for one in marked
        ]

    def record_url(self, ref: Ref) -> str | None:
        if ref.kind not in PAGES_FOR_PEOPLE:
            return None
        return f"{self._base_url}/{PATHS[ref.kind]}/detail/{ref.id}"

    def _account(self) -> Item:
        try:
            account = self._api.read("account", [("with", "task_types,datetime_settings")])
        except NotFoundError as error:
            raise SettingsError(f"no account answers at {self._base_url}") from error
        if not isinstance(account, dict) or "id" not in account:
            raise UnavailableError("the answer is no account")
        return account

    def _known(self) -> Catalog:
        return self._catalog or self.catalog()

    def _unsourced(self, bundles: Sequence[Bundle]) -> ConnectorError | None:
        """Why enquiries cannot be sent now, if there are any: their source must be there first."""
        try:
            if any(bundle.enquiry for bundle in bundles):
                self._source.ensure()
        except ConnectorError as error:
            return error
        return None

    def _marker_in(self, catalog: Catalog) -> str | None:
        """The id of the field that keeps our marker, None when there is none."""
        if not self._marker_field:
            return None
        field = catalog.field(Kind.DEAL, self._marker_field)
        if field is None or field.type is not FieldType.TEXT or not field.id.isdigit():
            raise SettingsError("marker_field: must be the label or id of a text field of leads")
        return field.id

    def _marked(self, kind: Kind, draft: Draft, catalog: Catalog) -> Draft:
        marker_field = self._marker_in(catalog) if kind is Kind.DEAL else None
        if not marker_field or not draft.marker:
            return draft
        return replace(draft, fields={**draft.fields, marker_field: draft.marker})


def _not_sent(error: ConnectorError) -> Outcome:
    """What a failed preparation means for a write, of which nothing was sent."""
    return Outcome(Status.NOT_APPLIED, error=error)
