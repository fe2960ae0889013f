"""Looking records up in Kommo: fuzzy search there, exact comparison here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.base import Draft, Effect, Kind, Query, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import RejectedError
from connectors.kommo.api import Api, Item, Params
from connectors.kommo.mapping import field_called, parent_of, path_of, record
from connectors.kommo.values import messenger_address, same_value, seconds
from connectors.phones import national_digits, same_last_digits

# What to tell of the records around one, where it costs no further call.
WITH: Mapping[Kind, Params] = {
    Kind.CONTACT: [("with", "leads")],
    Kind.COMPANY: [("with", "leads")],
    Kind.DEAL: [("with", "contacts")],
    Kind.TASK: [],
}

SEARCHED = frozenset(
    {
        FieldType.TEXT,
        FieldType.LONG_TEXT,
        FieldType.URL,
        FieldType.PHONE,
        FieldType.EMAIL,
        FieldType.NUMBER,
        FieldType.MONEY,
    }
)
"""Types whose values the full-text search sees as we know them."""

_TELLING = ("email", "phone", "name", "first_name", "last_name")

PEOPLE: Mapping[str, Kind] = {"contact": Kind.CONTACT, "company": Kind.COMPANY}

# Kommo's clock decides a record's created_at, ours says since when; they may differ that much.
CLOCK_SLACK = timedelta(minutes=2)

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def find(api: Api, catalog: Catalog, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
    """Return the exact matches of each query, newest change first."""
    found = {**_by_id(api, catalog, kind, queries), **_of_people(api, catalog, kind, queries)}
    for query in queries:
        if query not in found:
            found[query] = _by_value(api, catalog, kind, query)
    return [sorted(found[query], key=_changed_at, reverse=True) for query in queries]


def _changed_at(record: Record) -> datetime:
    return record.updated_at or BEGINNING


def _records(kind: Kind, items: Iterable[Item], catalog: Catalog) -> list[Record]:
    return [record(kind, item, catalog) for item in items if not item.get("is_deleted")]


def _by_id(
    api: Api, catalog: Catalog, kind: Kind, queries: Sequence[Query]
) -> dict[Query, list[Record]]:
    ids = list(dict.fromkeys(query.value for query in queries if query.field == "id"))
    records = _read(api, catalog, kind, ids)
    return {Query("id", id): [records[id]] if id in records else [] for id in ids}


def _read(api: Api, catalog: Catalog, kind: Kind, ids: Sequence[str]) -> dict[str, Record]:
    # Kommo's ids are numbers; anything else is nobody's.
    numbers = [id for id in ids if id.isascii() and id.isdigit()]
    items = api.items_by_id(path_of(kind), numbers, WITH[kind])
    return {record.id: record for record in _records(kind, items.values(), catalog)}


def _of_people(
    api: Api, catalog: Catalog, kind: Kind, queries: Sequence[Query]
) -> dict[Query, list[Record]]:
    """Answer all queries for the deals of contacts and companies: two or three calls."""
    if kind is not Kind.DEAL:
        return {}
    asked = [query for query in dict.fromkeys(queries) if query.field in PEOPLE]
    people = {
        Ref(person.kind, person.id): person
        for field, person_kind in PEOPLE.items()
        for person in _read(
            api, catalog, person_kind, [query.value for query in asked if query.field == field]
        ).values()
    }
    ids = {query: _deals_of(people.get(Ref(PEOPLE[query.field], query.value))) for query in asked}
    every = list(dict.fromkeys(id for some in ids.values() for id in some))
    deals = _read(api, catalog, kind, every)
    return {query: [deals[id] for id in some if id in deals] for query, some in ids.items()}


def _deals_of(person: Record | None) -> list[str]:
    return [link.id for link in person.links if link.kind is Kind.DEAL] if person else []


def _by_value(api: Api, catalog: Catalog, kind: Kind, query: Query) -> list[Record]:
    field = field_called(kind, query.field, catalog)
    if field is None:
        raise RejectedError(f"the CRM has no {kind} field {query.field}", field=query.field)
    if not query.value.strip():
        return []
    path = path_of(kind)
    items = api.items(path, path, [*_narrowed(field, query.value), *WITH[kind]])
    records = _records(kind, items, catalog)
    return [record for record in records if _matches(field, query, record)]


def _narrowed(field: Field, value: str) -> Params:
    if field.type is FieldType.PHONE:
        # Numbers are kept as typed, so only the digits that all writings share can be searched.
        # Other spellings are not tried: that would be another call for everybody who is new.
        return [("query", national_digits(value)[-10:])]
    if field.type is FieldType.MESSENGER:
        return [("query", messenger_address(value) or value.strip())]
    if field.type in SEARCHED:
        return [("query", value.strip())]
    if field.type in (FieldType.CHOICE, FieldType.CHOICES):
        return [(f"filter[custom_fields_values][{field.id}][]", value)]
    raise RejectedError(f"the CRM cannot look records up by a {field.type} field", field=field.id)


def _matches(field: Field, query: Query, record: Record) -> bool:
    value = record.fields.get(field.id)
    there = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    loosely = query.last_digits and field.type is FieldType.PHONE
    return any(same_value(field, query.value, one) for one in there) or (
        loosely and any(same_last_digits(query.value, str(one)) for one in there)
    )


# --- what an earlier attempt may have created ------------------------------------------------


def effect(kind: Kind, draft: Draft, *, marked: bool) -> Effect:
    """How surely `find_created` recognises the draft; ``marked``: the account keeps our markers.

    People are recognised by phone, e-mail or name, notes by parent and text, unmarked deals by their
    people: deals of nobody often share their name. A task may be finished, moved or reworded before
    anybody looks.
    """
    match kind:
        case Kind.TASK:
            told = False
        case Kind.DEAL:
            told = marked or bool(draft.links)
        case Kind.NOTE:
            told = True
        case _:
            told = any(draft.fields.get(id) for id in _TELLING)
    return Effect.MARKED if told else Effect.UNMARKED


def find_created(
    api: Api,
    catalog: Catalog,
    kind: Kind,
    drafts: Sequence[Draft],
    since: datetime,
    marker_field: str | None,
) -> list[list[Record]]:
    """Return what creating each draft at or after ``since`` may have made."""
    earliest = since - CLOCK_SLACK
    return [
        [
            record
            for record in _candidates(api, catalog, kind, draft, marker_field)
            if _written_since(earliest, record, marked=_is_marked(kind, draft, marker_field))
        ]
        for draft in drafts
    ]


def _is_marked(kind: Kind, draft: Draft, marker_field: str | None) -> bool:
    return bool(kind is Kind.DEAL and marker_field and draft.marker)


def _written_since(earliest: datetime, record: Record, *, marked: bool) -> bool:
    # Our marker is there since then, however old the deal is and whatever our clock said.
    at = record.created_at
    return marked or at is None or at >= earliest


def _candidates(
    api: Api, catalog: Catalog, kind: Kind, draft: Draft, marker_field: str | None
) -> list[Record]:
    if kind is Kind.NOTE:
        return _same_text(_notes(api, catalog, parent_of(draft)), draft)
    if kind is Kind.TASK:
        tasks = _same_text(_tasks(api, catalog, parent_of(draft)), draft)
        return [task for task in tasks if _same_due(task, draft)]
    if kind is Kind.DEAL and draft.links and not _is_marked(kind, draft, marker_field):
        return _same_name(_deals_beside(api, catalog, draft), draft)
    query = _recognised_by(kind, draft, marker_field)
    (found,) = find(api, catalog, kind, [query])
    return found


def _recognised_by(kind: Kind, draft: Draft, marker_field: str | None) -> Query:
    """The one question whose answer holds the record, if it exists."""
    if marker_field and _is_marked(kind, draft, marker_field):
        return Query(marker_field, draft.marker)
    for id in ("email", "phone"):
        if draft.fields.get(id):
            return Query(id, draft.fields[id][0])
    names = (str(draft.fields.get(id) or "") for id in ("first_name", "last_name"))
    name = str(draft.fields.get("name") or " ".join(filter(None, names)))
    if not name:
        raise RejectedError(f"a {kind} without name, phone and e-mail cannot be recognised")
    return Query("name", name)


def _deals_beside(api: Api, catalog: Catalog, draft: Draft) -> list[Record]:
    """The deals of the first person the deal was to be linked with."""
    by = {kind: field for field, kind in PEOPLE.items()}
    link = draft.links[0]
    (found,) = find(api, catalog, Kind.DEAL, [Query(by[link.kind], link.id)])
    return found


def _same_name(records: Iterable[Record], draft: Draft) -> list[Record]:
    name = draft.fields.get("name")
    return [record for record in records if not name or record.fields.get("name") == name]


def _tasks(api: Api, catalog: Catalog, parent: Ref) -> list[Record]:
    # A scalar: as an array the filter by entity is not documented.
    about: Params = [
        ("filter[entity_type]", path_of(parent.kind)),
        ("filter[entity_id]", parent.id),
    ]
    items = api.items("tasks", "tasks", about)
    return _records(Kind.TASK, _about(items, parent), catalog)


def _notes(api: Api, catalog: Catalog, parent: Ref) -> list[Record]:
    items = api.items(f"{path_of(parent.kind)}/{parent.id}/notes", "notes")
    return _records(Kind.NOTE, _about(items, parent), catalog)


def _about(items: Iterable[Item], parent: Ref) -> list[Item]:
    return [item for item in items if str(item.get("entity_id")) == parent.id]


def _same_text(records: Iterable[Record], draft: Draft) -> list[Record]:
    text = str(draft.fields.get("text", ""))
    return [record for record in records if record.fields.get("text", "") == text]


def _same_due(task: Record, draft: Draft) -> bool:
    due = draft.fields.get("due")
    return not due or seconds(due) == seconds(task.fields["due"])
