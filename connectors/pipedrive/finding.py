"""Looking records up in Pipedrive: its search narrows down, the comparison is done here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.base import Kind, Query, Record
from connectors.catalog import Field, FieldType
from connectors.errors import RejectedError
from connectors.phones import national_digits, same_last_digits
from connectors.pipedrive.activities import task_record
from connectors.pipedrive.api import Params
from connectors.pipedrive.catalog import FIELD_PATHS
from connectors.pipedrive.mapping import field_called, path_of
from connectors.pipedrive.scene import Scene
from connectors.pipedrive.values import same_value

# API v2, persons/search, organizations/search and deals/search: the types that are looked through.
SEARCHED = frozenset(
    {
        FieldType.TEXT,
        FieldType.LONG_TEXT,
        FieldType.PHONE,
        FieldType.EMAIL,
        FieldType.NUMBER,
        FieldType.MONEY,
    }
)
OWN_SEARCHED: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONTACT: {"name": "name", "email": "email", "phone": "phone"},
    Kind.COMPANY: {"name": "name", "address": "address"},
    Kind.DEAL: {"name": "title"},
}
"""Our field id to what the search calls it; custom fields are looked through all at once."""

LINKED: Mapping[str, str] = {"contact": "person_id", "company": "org_id"}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
SHORTEST_TERM = 2  # of a search that is not exact


def find(scene: Scene, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
    """Return the exact matches of each query, newest change first."""
    found = _by_id(scene, kind, queries)
    for query in queries:
        if query not in found:
            found[query] = (
                _of_person(scene, query)
                if kind is Kind.DEAL and query.field in LINKED
                else _by_value(scene, kind, query)
            )
    return [sorted(found[query], key=_changed_at, reverse=True) for query in queries]


def _changed_at(record: Record) -> datetime:
    return record.updated_at or BEGINNING


def _by_id(scene: Scene, kind: Kind, queries: Sequence[Query]) -> dict[Query, list[Record]]:
    asked = list(dict.fromkeys(query for query in queries if query.field == "id"))
    records = _read(scene, kind, [query.value for query in asked])
    return {query: [records[query.value]] if query.value in records else [] for query in asked}


def _read(scene: Scene, kind: Kind, ids: Sequence[str]) -> dict[str, Record]:
    # Pipedrive's ids are numbers; anything else is nobody's.
    numbers = [id for id in ids if id.isascii() and id.isdigit()]
    items = scene.api.by_id(path_of(kind), numbers).values() if numbers else []
    records = (
        [task_record(item) for item in items] if kind is Kind.TASK else scene.records(kind, items)
    )
    return {record.id: record for record in records}


def _of_person(scene: Scene, query: Query) -> list[Record]:
    """A person's or an organization's deals that are not archived."""
    if not (query.value.isascii() and query.value.isdigit()):
        return []
    items = scene.api.items(path_of(Kind.DEAL), {LINKED[query.field]: query.value})
    return scene.records(Kind.DEAL, items)


def _by_value(scene: Scene, kind: Kind, query: Query) -> list[Record]:
    field = field_called(kind, query.field, scene.catalog)
    if kind not in FIELD_PATHS or field is None:
        raise RejectedError(f"the CRM has no {kind} field {query.field}", field=query.field)
    if field.type not in SEARCHED or "." in field.id:
        raise RejectedError(f"the CRM cannot look records up by {field.label}", field=field.id)
    for params in _searches(kind, field, query.value.strip()):
        hits = scene.api.items(f"{path_of(kind)}/search", params)
        ids = [str(hit["id"]) for hit in hits]
        found = [one for one in _read(scene, kind, ids).values() if _matches(field, query, one)]
        if found:
            return found
    return []


def _searches(kind: Kind, field: Field, value: str) -> Iterable[Params]:
    """The searches to make in turn until one finds somebody.

    An exact one compares the whole of what was typed: it finds what Formwire wrote. Phones that others
    have written are found by the digits that all spellings share, and so are those that stand
    together with others in one text field.
    """
    where = OWN_SEARCHED[kind].get(field.id, "custom_fields")
    shared = field.many and where == "custom_fields"  # several values stand in one text
    if value and not shared:
        yield {"term": value, "fields": where, "exact_match": "true"}
    part = national_digits(value)[-10:] if field.type is FieldType.PHONE else value
    if (shared or field.type is FieldType.PHONE) and len(part) >= SHORTEST_TERM:
        yield {"term": part, "fields": where}


def _matches(field: Field, query: Query, record: Record) -> bool:
    value = record.fields.get(field.id)
    there = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    loosely = query.last_digits and field.type is FieldType.PHONE
    return any(same_value(field, query.value, one) for one in there) or (
        loosely and any(same_last_digits(query.value, str(one)) for one in there)
    )
