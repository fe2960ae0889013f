"""The contract over a MemoryCrm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from typing import TypeVar

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
)
from connectors.catalog import Catalog, FieldType
from connectors.errors import ConnectorError, RejectedError
from connectors.memory.crm import Accident, MemoryCrm, same
from connectors.memory.merging import awaiting, merge
from connectors.phones import same_last_digits

T = TypeVar("T")
R = TypeVar("R")

MEMORY = ConnectorSpec(
    key="memory",
    label="Memory",
    docs_url="",
    find_bulk=50,
    write_bulk=50,
    bundle_bulk=50,
)

PEOPLE = {"contact": Kind.CONTACT, "company": Kind.COMPANY}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryConnector:
    """One account of a CRM in memory."""

    def __init__(self, crm: MemoryCrm, spec: ConnectorSpec = MEMORY) -> None:
        self.crm = crm
        self.spec = spec

    def check(self) -> Account:
        self._begin_reading("check", None, 0)
        return Account("memory", "Memory", user="Grace")

    def catalog(self) -> Catalog:
        self._begin_reading("catalog", None, 0)
        return self.crm.catalog

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        self._begin_reading("find", kind, len(queries))
        return [self.matching(query, self.crm.records(kind)) for query in queries]

    def matching(self, query: Query, records: Sequence[Record]) -> list[Record]:
        """Those of ``records`` that match, newest change first."""
        return sorted(
            (one for one in records if self._matches(query, one)),
            key=lambda one: one.updated_at or BEGINNING,
            reverse=True,
        )

    def find_created(
        self, kind: Kind, drafts: Sequence[Draft], since: datetime
    ) -> list[list[Record]]:
        self._begin_reading("find_created", kind, len(drafts))
        settled = [one for one in self.crm.records(kind) if self.crm.settled(one)]
        return [[one for one in settled if self._made_by(draft, one, since)] for draft in drafts]

    def effect(self, kind: Kind, draft: Draft) -> Effect:
        return self.crm.effects.get(kind, Effect.MARKED)

    def create(self, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        def one(draft: Draft) -> Outcome:
            return Outcome.done(self._add(kind, draft).id)

        return self._write("create", kind, drafts, one, _failed)

    def update(self, kind: Kind, changes: Sequence[Change]) -> list[Outcome]:
        def one(change: Change) -> Outcome:
            self.crm.change(Ref(kind, change.id), change.fields, change.tags)
            return Outcome.done(change.id)

        return self._write("update", kind, changes, one, _failed)

    def link(self, links: Sequence[Link]) -> list[Outcome]:
        def one(link: Link) -> Outcome:
            self.crm.connect(link.source, link.target)
            return Outcome.done(link.target.id)

        return self._write("link", None, links, one, _failed)

    def create_bundles(self, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        return self._write("create_bundles", Kind.DEAL, bundles, self._bundle, Bundle.failed)

    def record_url(self, ref: Ref) -> str | None:
        has_page = ref.kind not in (Kind.TASK, Kind.NOTE)
        return f"https://memory.test/{ref.kind}/{ref.id}" if has_page else None

    def _bundle(self, bundle: Bundle) -> BundleOutcome:
        """All or nothing, as a real composite call would be."""
        with self.crm.lock:
            for kind, draft in bundle.parts.items():
                try:
                    self.crm.check(kind, draft.fields)
                except RejectedError as error:
                    return bundle.refused(kind, error)
            made = merge(self.crm, bundle) if bundle.enquiry else None
            made = made or self._add_all(bundle)
        return {kind: Outcome.done(ref.id) for kind, ref in made.items()}

    def _add_all(self, bundle: Bundle) -> dict[Kind, Ref]:
        drafts = bundle.parts
        if bundle.enquiry:
            drafts[Kind.DEAL] = replace(bundle.deal, fields=awaiting(self.crm, bundle.deal))
        made = {kind: self._add(kind, draft).ref for kind, draft in drafts.items()}
        for source, target in combinations(made.values(), 2):
            self.crm.connect(source, target)
        return made

    def _add(self, kind: Kind, draft: Draft) -> Record:
        if kind in (Kind.TASK, Kind.NOTE) and not draft.links:
            raise RejectedError("a task or note needs the record it is about")
        return self.crm.add(
            kind, draft.fields, tags=draft.tags, links=draft.links, marker=draft.marker
        )

    def _matches(self, query: Query, record: Record) -> bool:
        if query.field == "id":
            return record.id == query.value
        if query.field in PEOPLE and record.kind is Kind.DEAL:
            return Ref(PEOPLE[query.field], query.value) in record.links
        field = self.crm.field(record.kind, query.field)
        if field is None:
            raise RejectedError("there is no such field", field=query.field)
        value = record.fields.get(field.id)
        values = value if isinstance(value, list) else [value]
        there = [one for one in values if one is not None]
        loosely = query.last_digits and field.type is FieldType.PHONE
        return self.crm.settled(record) and (
            any(same(field, query.value, one) for one in there)
            or (loosely and any(same_last_digits(query.value, str(one)) for one in there))
        )

    def _made_by(self, draft: Draft, record: Record, since: datetime) -> bool:
        marker = self.crm.marker(record.ref)
        if draft.marker and self.crm.keeps_markers:
            return marker == draft.marker
        if (record.created_at or BEGINNING) < since:
            return False
        return set(draft.links) <= set(record.links) and all(
            record.fields.get(id) == value for id, value in draft.fields.items()
        )

    def _begin_reading(self, operation: str, kind: Kind | None, size: int) -> None:
        hit = self.crm.begin(operation, kind, size)
        if hit:
            raise next(iter(hit.values())).error(writes=False)

    def _write(
        self,
        operation: str,
        kind: Kind | None,
        items: Sequence[T],
        apply: Callable[[T], R],
        failed: Callable[[T, ConnectorError], R],
    ) -> list[R]:
        hit = self.crm.begin(operation, kind, len(items))
        return [_attempt(item, hit.get(at), apply, failed) for at, item in enumerate(items)]


def _attempt(
    item: T,
    accident: Accident | None,
    apply: Callable[[T], R],
    failed: Callable[[T, ConnectorError], R],
) -> R:
    """Apply one item of a write, unless an accident or a refusal befalls it."""
    try:
        if accident and accident is not Accident.LOSE_REPLY:
            raise accident.error(writes=True)
        result = apply(item)
        if accident:
            raise accident.error(writes=True)
    except ConnectorError as error:
        return failed(item, error)
    return result


def _failed(item: object, error: ConnectorError) -> Outcome:
    return Outcome.failed(error)
