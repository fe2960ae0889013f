"""Looking at a CRM through what is known of it: as it was before some runs, or as it was once seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter

from connectors.base import Connector, ConnectorSpec, Kind, Query, Record, Ref
from connectors.catalog import Catalog
from connectors.phones import same_last_digits
from engine.deciding.changes import as_list, same_value
from engine.deciding.planning import LookUp
from engine.delivery.deciding import Desk
from engine.delivery.pool import Pool
from engine.storage.database import Database

Seen: TypeAlias = dict[LookUp, list[Record]]
_SEEN = TypeAdapter(list[tuple[Kind, Query, list[Record]]])


@dataclass(slots=True)
class Lens:
    """Answers look-ups with what ``view`` makes of each record, and keeps the answers in ``seen``.

    Where ``view`` returns None, there is no record; what it changed must still match.
    """

    connector: Connector
    catalog: Catalog
    view: Callable[[Record], Record | None] = lambda record: record
    seen: Seen = attribute(default_factory=dict)

    @property
    def spec(self) -> ConnectorSpec:
        return self.connector.spec

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        found = self.connector.find(kind, queries)
        for query, records in zip(queries, found, strict=True):
            self.seen[kind, query] = [one for each in records if (one := self._viewed(each, query))]
        return [self.seen[kind, query] for query in queries]

    def _viewed(self, record: Record, query: Query) -> Record | None:
        one = self.view(record)
        if one is None or one == record or record.kind is Kind.DEAL:
            return one  # people's deals are theirs, whatever is in them
        return one if _fits(one, query, self.catalog) else None


@dataclass(slots=True)
class Memory:
    """Answers look-ups with what was seen; one never asked before, by comparing those records."""

    spec: ConnectorSpec
    catalog: Catalog
    seen: Seen

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        return [
            self.seen[kind, query] if (kind, query) in self.seen else self._matching(kind, query)
            for query in queries
        ]

    def _matching(self, kind: Kind, query: Query) -> list[Record]:
        records = {record.ref: record for found in self.seen.values() for record in found}
        return [
            one for one in records.values() if one.kind is kind and _fits(one, query, self.catalog)
        ]


def _fits(record: Record, query: Query, catalog: Catalog) -> bool:
    if record.kind is Kind.DEAL and query.field in (Kind.CONTACT, Kind.COMPANY):
        return Ref(Kind(query.field), query.value) in record.links
    field = catalog.field(record.kind, query.field)
    values = as_list(record.fields.get(query.field))
    return field is not None and (
        any(same_value(field, query.value, one) for one in values)
        or (query.last_digits and any(same_last_digits(query.value, str(one)) for one in values))
    )


def through_lens(desk: Desk, lens: Lens, turns: dict[int, int] | None = None) -> Desk:
    """``desk`` behind a lens. It knows of no earlier runs."""
    return replace(desk, connector=_looking(lens), connection_id=0, turns=turns or {})


def from_memory(database: Database, memory: Memory, pool: Pool) -> Desk:
    """A desk that asks no CRM. It knows of no earlier runs."""
    return Desk(
        database=database,
        connection_id=0,
        connector=_looking(memory),
        pool=pool,
        catalog=lambda: memory.catalog,
        refresh_catalog=lambda: False,
    )


def _looking(eyes: Lens | Memory) -> Connector:
    return cast(Connector, eyes)  # who decides only looks


def dump_seen(seen: Seen) -> list[Any]:
    """What was seen, as plain JSON."""
    rows = [(kind, query, records) for (kind, query), records in seen.items()]
    document: list[Any] = _SEEN.dump_python(rows, mode="json")
    return document


def load_seen(document: list[Any]) -> Seen:
    """What `dump_seen` made ``document`` of."""
    return {(kind, query): records for kind, query, records in _SEEN.validate_python(document)}
