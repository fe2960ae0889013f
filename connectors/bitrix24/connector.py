"""One Bitrix24 portal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from connectors.base import (
    Account,
    Bundle,
    BundleOutcome,
    Change,
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
from connectors.bitrix24 import finding, writing
from connectors.bitrix24.api import Api, Command
from connectors.bitrix24.catalog import read_catalog, require_leads
from connectors.bitrix24.mapping import Portal
from connectors.bitrix24.spec import BITRIX24, base_url, entities, has_leads, webhook
from connectors.catalog import Catalog
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    RejectedError,
    SettingsError,
    UnavailableError,
)


class Bitrix24Connector:
    """Talks to Bitrix24's REST API. The catalog is read once, unless it is handed in."""

    spec = BITRIX24

    def __init__(
        self, settings: Mapping[str, str], http: httpx.Client, catalog: Catalog | None = None
    ) -> None:
        self._base_url = base_url(settings)
        self._api = Api(http, self._base_url, webhook(settings))
        self._entities = entities(settings)
        self._tags_field = settings.get("tags_field", "").strip()
        self._catalog = catalog
        # Records that were found or made through this connector, which lives for seconds.
        self._known: set[Ref] = set()

    def check(self) -> Account:
        try:
            profile, mode = self._api.read(
                [Command("profile", {}), Command("crm.settings.mode.get", {})]
            )
        except NotFoundError as error:
            raise SettingsError(f"no Bitrix24 answers at {self._base_url}") from error
        if not isinstance(profile, dict) or "ID" not in profile:
            raise UnavailableError("the answer is no user")
        if has_leads(self._entities):
            require_leads(mode)
        if self._tags_field:
            self._check_tags()
        host = urlsplit(self._base_url).netloc
        names = (str(profile.get(key) or "") for key in ("NAME", "LAST_NAME"))
        return Account(host, host, user=" ".join(filter(None, names)) or str(profile["ID"]))

    def catalog(self) -> Catalog:
        self._catalog = read_catalog(self._api, self._entities)
        return self._catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        found = finding.find(self._portal(), kind, queries)
        self._known |= {record.ref for some in found for record in some}
        return found

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        return finding.find_created(self._portal(), kind, drafts, since)

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return finding.effect(kind, draft)

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        try:
            portal = self._portal()
        except ConnectorError as error:
            return [_not_sent(error) for _ in drafts]
        outcomes = writing.create(portal, kind, drafts, self._known)
        self._known |= {Ref(kind, one.id) for one in outcomes if one.id}
        return outcomes

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        try:
            portal = self._portal()
        except ConnectorError as error:
            return [_not_sent(error) for _ in changes]
        return writing.update(portal, kind, changes)

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        try:
            portal = self._portal()
        except ConnectorError as error:
            return [_not_sent(error) for _ in links]
        return writing.link(portal, links, self._known)

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        if bundles:
            raise NotImplementedError("Bitrix24 has no bundles, and its spec says so")
        return []

    def record_url(self, ref: Ref) -> str | None:
        if ref.kind not in self._entities:
            return None
        return f"{self._base_url}/crm/{self._entities[ref.kind].name}/details/{ref.id}"

    def _portal(self) -> Portal:
        catalog = self._catalog or self.catalog()
        return Portal(self._api, catalog, self._entities, self._tags_field)

    def _check_tags(self) -> None:
        portal = self._portal()
        for kind in self._entities:
            try:
                portal.tags(kind)
            except RejectedError as error:
                raise SettingsError(f"tags_field: {error}") from error


def _not_sent(error: ConnectorError) -> Outcome:
    """What a failed preparation means for a write, of which nothing was sent."""
    return Outcome(Status.NOT_APPLIED, error=error)
