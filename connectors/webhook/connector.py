"""One receiver. It is told, and never asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import httpx

from connectors.base import (
    Account,
    Bundle,
    BundleOutcome,
    Change,
    Draft,
    Effect,
    Json,
    Kind,
    Link,
    Outcome,
    Query,
    Record,
    Ref,
)
from connectors.catalog import Catalog
from connectors.errors import ConnectorError
from connectors.webhook.api import Api
from connectors.webhook.events import Event, bundle, change, creation, linking
from connectors.webhook.spec import WEBHOOK, receiver_of

LONGEST_ID = 64


class WebhookConnector:
    """Posts events. The catalog is what the settings say, whatever was read before."""

    spec = WEBHOOK

    def __init__(
        self,
        settings: Mapping[str, str],
        http: httpx.Client,
        catalog: Catalog | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._receiver = receiver_of(settings)
        self._api = Api(http, self._receiver, now)

    def check(self) -> Account:
        """Say which host it is, if one is there: an event to see more would be taken for a lead."""
        self._api.reach()
        return Account(self._receiver.host, self._receiver.host)

    def catalog(self) -> Catalog:
        return self._receiver.catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        return [[] for _ in queries]

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        """Nothing can be seen there, so what is unknown is sent again, and known by its id there."""
        return [[] for _ in drafts]

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return Effect.KEYED if draft.marker else Effect.UNMARKED

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        return [self._create(kind, draft) for draft in drafts]

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        return [self._tell(change(kind, one), one.id) for one in changes]

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        return [self._tell(linking(one), one.target.id) for one in links]

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        return [self._create_bundle(one) for one in bundles]

    def record_url(self, ref: Ref) -> str | None:
        return None

    def _create(self, kind: Kind, draft: Draft) -> Outcome:
        event = creation(kind, draft)
        try:
            return Outcome.done(_id(self._api.post(event), kind) or event.id)
        except ConnectorError as error:
            return Outcome.failed(error)

    def _create_bundle(self, parts: Bundle) -> BundleOutcome:
        event, keys = bundle(parts)
        try:
            answer = self._api.post(event)
        except ConnectorError as error:
            return parts.failed(error)
        return {kind: Outcome.done(_id(answer, kind) or key) for kind, key in keys.items()}

    def _tell(self, event: Event, id: str) -> Outcome:
        """Post what is about a record that has its ``id`` already."""
        try:
            self._api.post(event)
        except ConnectorError as error:
            return Outcome.failed(error)
        return Outcome.done(id)


def _id(answer: Json, kind: Kind) -> str | None:
    """The id that the receiver's answer gives the record, as in ``{"deal": {"id": 17}}``.

    An ``id`` that stands alone does not count: automation services name the call by it.
    """
    record = answer.get(kind) if isinstance(answer, dict) else None
    id = record.get("id") if isinstance(record, dict) else None
    if isinstance(id, bool) or not isinstance(id, str | int):
        return None
    text = str(id)
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else None
