"""One Pipedrive account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

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
from connectors.catalog import Catalog
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.pipedrive import finding, linking, recognising, writing
from connectors.pipedrive.api import Api, Item
from connectors.pipedrive.catalog import FIELD_PATHS, Lists, Reach, catalog_of
from connectors.pipedrive.scene import Scene
from connectors.pipedrive.spec import PIPEDRIVE, base_url, credentials

PAGES_FOR_PEOPLE: Mapping[Kind, str] = {
    Kind.CONTACT: "person",
    Kind.COMPANY: "organization",
    Kind.DEAL: "deal",
}


class PipedriveConnector:
    """Talks to Pipedrive's API. The catalog is read once, unless it is handed in."""

    spec = PIPEDRIVE

    def __init__(
        self, settings: Mapping[str, str], http: httpx.Client, catalog: Catalog | None = None
    ) -> None:
        self._base_url = base_url(settings)
        self._api = Api(http, self._base_url, credentials(settings))
        self._marker_field = settings.get("marker_field", "").strip()
        self._reach = Reach(
            phone=settings.get("company_phone_field", "").strip(),
            email=settings.get("company_email_field", "").strip(),
        )
        self._scene = self._seen(catalog) if catalog else None

    def check(self) -> Account:
        me = self._me()
        if self._marker_field:
            _ = self._known().marker_field  # raises when there is none
        return Account(
            str(me["company_id"]),
            f"{me.get('company_name')} ({me.get('company_domain')})",
            user=str(me["id"]),
        )

    def catalog(self) -> Catalog:
        catalog = catalog_of(
            Lists(
                me=self._me(),
                fields={kind: self._api.items(path) for kind, path in FIELD_PATHS.items()},
                pipelines=self._api.items("v2/pipelines"),
                stages=self._api.items("v2/stages"),
                users=self._api.listed("v1/users"),
                activity_types=self._api.listed("v1/activityTypes"),
            ),
            self._reach,
        )
        self._scene = self._seen(catalog)
        return catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        return finding.find(self._known(), kind, queries)

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        return recognising.find_created(self._known(), kind, drafts, since)

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return recognising.effect(kind, draft, marked=bool(self._marker_field))

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        try:
            scene = self._known()
        except ConnectorError as error:
            return [_not_sent(error) for _ in drafts]
        return writing.create(scene, kind, drafts)

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        try:
            scene = self._known()
        except ConnectorError as error:
            return [_not_sent(error) for _ in changes]
        return writing.update(scene, kind, changes)

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        return linking.link(self._api, links)

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        """Pipedrive has no such call, and its spec says so."""
        error = RejectedError("the CRM creates a deal and its people by a call each")
        return [bundle.failed(error) for bundle in bundles]

    def record_url(self, ref: Ref) -> str | None:
        page = PAGES_FOR_PEOPLE.get(ref.kind)
        return f"{self._base_url}/{page}/{ref.id}" if page else None

    def _me(self) -> Item:
        try:
            me = self._api.read("v1/users/me")
        except NotFoundError as error:
            raise SettingsError(f"no account answers at {self._base_url}") from error
        if not isinstance(me, dict) or not {"id", "company_id"} <= me.keys():
            raise UnavailableError("the answer is no account")
        return me

    def _known(self) -> Scene:
        if self._scene is None:
            self.catalog()
        assert self._scene is not None
        return self._scene

    def _seen(self, catalog: Catalog) -> Scene:
        return Scene(self._api, catalog, self._marker_field)


def _not_sent(error: ConnectorError) -> Outcome:
    """What a failed preparation means for a write, of which nothing was sent."""
    return Outcome(Status.NOT_APPLIED, error=error)
