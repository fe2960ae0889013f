"""What exists in the CRM for a whole wave: known records by id first, searches for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.base import Connector, Json, Kind, Query, Record
from connectors.errors import ConnectorError, RejectedError
from connectors.phones import same_last_digits, same_number
from engine.deciding.identity import same_email
from engine.deciding.planning import LookUp, key_name
from engine.delivery.pool import Pool, chunks
from engine.delivery.wire import serving

Asked = Mapping[LookUp, Iterable[int]]
"""Each look-up with the ids of the runs that want it."""


@dataclass(slots=True)
class Seen:
    """What was found, and what could not be looked up.

    ``stale`` are identities whose known record does not bear them any more.
    """

    found: dict[LookUp, list[Record]] = field(default_factory=dict)
    failed: dict[LookUp, ConnectorError] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)


def look(connector: Connector, pool: Pool, asked: Asked, known: Mapping[str, str]) -> Seen:
    """Look up everything in ``asked``. ``known`` maps identities to record ids."""
    seen = Seen()
    _look_by_id(connector, asked, known, seen)
    searches = [
        (kind, part)
        for kind, queries in _by_kind(asked, seen).items()
        # People's deals go together: a connector answers all of them with a few calls.
        for part in chunks(queries, len(queries) if kind is Kind.DEAL else connector.spec.find_bulk)
    ]

    def search(one: tuple[Kind, Sequence[Query]]) -> None:
        kind, queries = one
        with serving("look", _runs(asked, kind, queries)):
            _find(connector, kind, queries, seen)

    if searches:
        pool.map(search, searches)
    return seen


def _look_by_id(connector: Connector, asked: Asked, known: Mapping[str, str], seen: Seen) -> None:
    by_kind: dict[Kind, dict[LookUp, str]] = {}
    for kind, query in asked:
        record_id = known.get(key_name(kind, query.field, query.value))
        if record_id is not None:
            by_kind.setdefault(kind, {})[kind, query] = record_id
    for kind, wanted in by_kind.items():
        ids = list(dict.fromkeys(wanted.values()))
        with serving("look", _runs(asked, kind, [query for _, query in wanted])):
            try:
                results = connector.find(kind, [Query("id", id) for id in ids])
            except ConnectorError as error:
                seen.failed.update(dict.fromkeys(wanted, error))
                continue
        records = {id: found[0] for id, found in zip(ids, results, strict=True) if found}
        for look_up, id in wanted.items():
            query = look_up[1]
            if id in records and _bears(records[id], query):
                seen.found[look_up] = [records[id]]
            else:
                seen.stale.add(key_name(kind, query.field, query.value))


def _by_kind(asked: Asked, seen: Seen) -> dict[Kind, list[Query]]:
    """The look-ups still open."""
    open_: dict[Kind, list[Query]] = {}
    for kind, query in asked:
        if (kind, query) not in seen.found and (kind, query) not in seen.failed:
            open_.setdefault(kind, []).append(query)
    return open_


def _find(connector: Connector, kind: Kind, queries: Sequence[Query], seen: Seen) -> None:
    try:
        results = connector.find(kind, queries)
    except ConnectorError as error:
        if isinstance(error, RejectedError) and len(queries) > 1:
            # The CRM refuses one of them, such as one by a field that was removed: it alone fails.
            half = len(queries) // 2
            for part in (queries[:half], queries[half:]):
                _find(connector, kind, part, seen)
            return
        seen.failed.update({(kind, query): error for query in queries})
        return
    for query, records in zip(queries, results, strict=True):
        seen.found[kind, query] = records


def _runs(asked: Asked, kind: Kind, queries: Iterable[Query]) -> set[int]:
    return {run for query in queries for run in asked[kind, query]}


def _bears(record: Record, query: Query) -> bool:
    """Whether the record still has the identity we knew it by."""
    value: Json = record.fields.get(query.field)
    values = value if isinstance(value, list | tuple) else [value]
    same = {"phone": same_number, "email": same_email}.get(query.field, _same_text)
    there = [str(one) for one in values if one not in (None, "")]
    return any(same(query.value, one) for one in there) or (
        query.last_digits and any(same_last_digits(query.value, one) for one in there)
    )


def _same_text(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
