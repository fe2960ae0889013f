"""One HubSpot account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from connectors.errors import ConnectorError, NotFoundError, SettingsError, UnavailableError
from connectors.hubspot import linking, recognising
from connectors.hubspot.api import OBJECTS, PAGE_SIZE, Api, Item, about_account, lists_of
from connectors.hubspot.catalog import KINDS, catalog_of
from connectors.hubspot.finding import Finder
from connectors.hubspot.mapping import Own
from connectors.hubspot.spec import API_URL, HUBSPOT, account, base_url, property_named, token
from connectors.hubspot.writing import Writer

TYPE_IDS: Mapping[Kind, str] = {Kind.CONTACT: "0-1", Kind.COMPANY: "0-2", Kind.DEAL: "0-3"}
"""Kinds that have pages of their own, and what these call them."""


class HubSpotConnector:
    """Talks to HubSpot's dated API. The catalog is read once, unless it is handed in."""

    spec: ConnectorSpec = HUBSPOT

    def __init__(
        self, settings: Mapping[str, str], http: httpx.Client, catalog: Catalog | None = None
    ) -> None:
        self._account, self._pages = account(settings)
        self._api = Api(http, base_url(settings, API_URL), token(settings))
        self._own = Own(
            property_named(settings, "marker_property"), property_named(settings, "tags_property")
        )
        self._catalog = catalog

    def check(self) -> Account:
        details = self._details()
        self._check_own()
        return Account(self._account, f"HubSpot {self._account} ({details.get('uiDomain')})")

    def catalog(self) -> Catalog:
        self._catalog = catalog_of(
            self._details(),
            self._api.items(lists_of("pipelines", "/deals")),
            self._api.items(lists_of("owners"), [("limit", PAGE_SIZE)]),
            {
                kind: self._api.items(lists_of("properties", f"/{OBJECTS[kind]}"), key="name")
                for kind in KINDS
            },
        )
        return self._catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        return Finder(self._api, self._known(), kind, self._own).find(queries)

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        return recognising.find_created(self._api, self._known(), self._own, kind, drafts, since)

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return recognising.effect(kind, draft, marked=self._own.marker is not None)

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        return self._prepared(len(drafts), lambda: self._writer(kind).create(drafts))

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        return self._prepared(len(changes), lambda: self._writer(kind).update(changes))

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        return self._prepared(len(links), lambda: linking.link(self._api, self._known(), links))

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        if bundles:
            raise NotImplementedError("HubSpot has no call for several kinds of records")
        return []

    def record_url(self, ref: Ref) -> str | None:
        if ref.kind not in TYPE_IDS:
            return None
        return f"{self._pages}/contacts/{self._account}/record/{TYPE_IDS[ref.kind]}/{ref.id}"

    def _details(self) -> Item:
        try:
            details = self._api.read(about_account("details"))
        except NotFoundError as error:
            raise SettingsError("no HubSpot answers there") from error
        if not isinstance(details, dict) or "portalId" not in details:
            raise UnavailableError("the answer is no account")
        if str(details["portalId"]) != self._account:
            raise SettingsError(
                f"account: we are let into account {details['portalId']}, which is another one"
            )
        return details

    def _check_own(self) -> None:
        """Raise SettingsError unless the properties that the settings name are fit for their use."""
        uses = (("marker_property", self._own.marker), ("tags_property", self._own.tags))
        for key, name in uses:
            for kind in KINDS if name else ():
                found = self._property(kind, str(name))
                if found.get("type") != "string":
                    raise SettingsError(f"{key}: {OBJECTS[kind]} have no text property {name}")
                if key == "marker_property" and not found.get("hasUniqueValue"):
                    raise SettingsError(
                        f"{key}: {name} of {OBJECTS[kind]} does not require unique values; that "
                        "can only be chosen as a property is made"
                    )

    def _property(self, kind: Kind, name: str) -> Item:
        try:
            found = self._api.read(lists_of("properties", f"/{OBJECTS[kind]}/{name}"))
        except NotFoundError:
            return {}
        return found if isinstance(found, dict) else {}

    def _known(self) -> Catalog:
        return self._catalog or self.catalog()

    def _writer(self, kind: Kind) -> Writer:
        return Writer(self._api, self._known(), kind, self._own)

    def _prepared(self, count: int, write: Callable[[], list[Outcome]]) -> list[Outcome]:
        """Read the catalog first, if need be: while that fails, nothing is sent."""
        if not count:
            return []
        try:
            self._known()
        except ConnectorError as error:
            return [Outcome(Status.NOT_APPLIED, error=error) for _ in range(count)]
        return write()
