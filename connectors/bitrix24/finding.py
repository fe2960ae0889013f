"""Looking records up in Bitrix24: its own search first, exact comparison here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.base import Draft, Effect, Kind, Query, Record, Ref
from connectors.bitrix24.api import PAGE_SIZE, Command, Item
from connectors.bitrix24.catalog import MULTIFIELDS
from connectors.bitrix24.mapping import (
    ORIGINATOR,
    Portal,
    activity,
    comment,
    is_number,
    key_of,
    moment,
    parent_of,
    record,
    same_text,
)
from connectors.bitrix24.spellings import phone_spellings
from connectors.bitrix24.values import CUSTOM, messenger_address, same_value
from connectors.catalog import Field, FieldType
from connectors.errors import RejectedError
from connectors.phones import same_last_digits

PEOPLE: Mapping[str, Kind] = {"contact": Kind.CONTACT, "company": Kind.COMPANY}
_LINK_KEYS: Mapping[str, str] = {Kind.CONTACT: "contactIds", Kind.COMPANY: "companyId"}

SEARCHED = frozenset(
    {
        FieldType.TEXT,
        FieldType.LONG_TEXT,
        FieldType.URL,
        FieldType.NUMBER,
        FieldType.YES_NO,
        FieldType.CHOICE,
        FieldType.CHOICES,
        FieldType.USER,
    }
)
"""Types whose values crm.item.list compares as we know them."""

_LONGEST_NAME = 6  # words; a longer one is no person's

# Bitrix24's clock decides when a record was created, ours says since when.
CLOCK_SLACK = timedelta(minutes=2)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def find(portal: Portal, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
    """Return the exact matches of each query, newest change first: one call, or two."""
    asked = [query for query in dict.fromkeys(queries) if query.value.strip()]
    if kind is Kind.TASK:
        found = _tasks_by_id(portal, asked)
    else:
        portal.entity(kind)  # raises for notes
        found = {**_by_id(portal, kind, asked), **_by_value(portal, kind, asked)}
    return [sorted(found.get(query, ()), key=_changed_at, reverse=True) for query in queries]


def _changed_at(record: Record) -> datetime:
    return record.updated_at or BEGINNING


def read(portal: Portal, kind: Kind, ids: Iterable[str]) -> dict[str, Item]:
    """The records that have one of these ids, by id."""
    numbers = [id for id in dict.fromkeys(ids) if is_number(id)]
    rows = portal.api.lists(
        [
            _listing(portal, kind, {"@id": numbers[at : at + PAGE_SIZE]})
            for at in range(0, len(numbers), PAGE_SIZE)
        ]
    )
    return {str(item["id"]): item for some in rows for item in some}


def _listing(portal: Portal, kind: Kind, wanted: Mapping[str, object]) -> Command:
    # Without "select", which leaves phones and e-mails out. From the oldest, so that records that
    # come meanwhile move no page.
    return Command(
        "crm.item.list",
        {
            "entityTypeId": portal.entity(kind).type_id,
            "filter": dict(wanted),
            "order": {"id": "ASC"},
        },
    )


def _by_id(portal: Portal, kind: Kind, queries: Sequence[Query]) -> dict[Query, list[Record]]:
    ids = [query.value for query in queries if query.field == "id"]
    items = read(portal, kind, ids)
    return {Query("id", id): [record(portal, kind, items[id])] for id in ids if id in items}


def _tasks_by_id(portal: Portal, queries: Sequence[Query]) -> dict[Query, list[Record]]:
    ids = [query.value for query in queries if query.field == "id" and is_number(query.value)]
    if len(ids) < len(queries):
        raise RejectedError("the CRM looks tasks up by their ids only")
    pages = [ids[at : at + PAGE_SIZE] for at in range(0, len(ids), PAGE_SIZE)]
    rows = portal.api.lists([_activities({"@ID": page}) for page in pages])
    return {Query("id", str(row["ID"])): [activity(row)] for some in rows for row in some}


def _by_value(portal: Portal, kind: Kind, queries: Sequence[Query]) -> dict[Query, list[Record]]:
    """Lists answer with whole records, searches for phones and the like with ids to be read."""
    lists: dict[Query, Command] = {}
    searches: list[tuple[Query, Command]] = []
    for query in queries:
        if query.field == "id":
            continue
        if kind is Kind.DEAL and query.field in PEOPLE:
            if is_number(query.value):
                lists[query] = _listing(portal, kind, {_LINK_KEYS[query.field]: query.value})
            continue
        field = _field(portal, kind, query)
        if field.id in MULTIFIELDS:
            searches += [(query, one) for one in _searches(portal, kind, field, query)]
        else:
            lists[query] = _listing(portal, kind, _narrowed(kind, field, query.value))
    rows = portal.api.lists(list(lists.values()))
    candidates = {
        query: [record(portal, kind, item) for item in some]
        for query, some in zip(lists, rows, strict=True)
    }
    candidates |= _searched(portal, kind, searches)
    return {
        query: [one for one in some if _matches(portal, kind, query, one)]
        for query, some in candidates.items()
    }


def _field(portal: Portal, kind: Kind, query: Query) -> Field:
    field = portal.field(kind, query.field)
    if field is None:
        raise RejectedError(f"the CRM has no {kind} field {query.field}", field=query.field)
    if field.id in MULTIFIELDS or field.type in SEARCHED or query.field == "budget":
        return field
    raise RejectedError(f"the CRM cannot look records up by a {field.type} field", field=field.id)


def _narrowed(kind: Kind, field: Field, value: str) -> dict[str, object]:
    text = value.strip()
    if field.id == "name" and kind is Kind.CONTACT:
        either = {str(at): one for at, one in enumerate(_halvings(text))}
        return {"0": {"logic": "OR", **either}}
    if field.type is FieldType.YES_NO and field.id.lower().startswith(CUSTOM):
        text = "1" if text in ("1", "Y", "true") else "0"  # it knows no Y and N in a filter
    return {f"={key_of(kind, field.id)}": text}


def _halvings(name: str) -> list[dict[str, str]]:
    """Every way to divide a name between first and last name."""
    words = name.split(" ")
    if len(words) > _LONGEST_NAME:
        return [{"=name": name}]
    return [
        {"=name": " ".join(words[:at]), "=lastName": " ".join(words[at:])}
        for at in range(len(words) + 1)
    ]


def _matches(portal: Portal, kind: Kind, query: Query, found: Record) -> bool:
    if query.field in PEOPLE:
        return kind is Kind.DEAL and Ref(PEOPLE[query.field], query.value) in found.links
    field = portal.field(kind, query.field)
    assert field is not None
    value = found.fields.get(field.id)
    there = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    loosely = query.last_digits and field.type is FieldType.PHONE
    return any(same_value(field, query.value.strip(), one) for one in there) or (
        loosely and any(same_last_digits(query.value, str(one)) for one in there)
    )


# --- phones, e-mails, messengers -------------------------------------------------------------


def _searched(
    portal: Portal, kind: Kind, searches: Sequence[tuple[Query, Command]]
) -> dict[Query, list[Record]]:
    answers = portal.api.read([command for _, command in searches])
    ids: dict[Query, list[str]] = {}
    for (query, _), answer in zip(searches, answers, strict=True):
        ids.setdefault(query, []).extend(_ids_in(answer))
    items = read(portal, kind, [id for some in ids.values() for id in some])
    return {
        query: [record(portal, kind, items[id]) for id in dict.fromkeys(some) if id in items]
        for query, some in ids.items()
    }


def _ids_in(answer: object) -> list[str]:
    """Ids in the answer of findbycomm, by kind, or of a list; an empty one is always a list."""
    if isinstance(answer, dict):
        return [str(id) for some in answer.values() if isinstance(some, list) for id in some]
    rows = answer if isinstance(answer, list) else []
    return [str(row["ID"]) for row in rows if isinstance(row, dict)]


def _searches(portal: Portal, kind: Kind, field: Field, query: Query) -> list[Command]:
    entity, (code, _, _) = portal.entity(kind), MULTIFIELDS[field.id]
    text = query.value.strip()
    if field.type in (FieldType.PHONE, FieldType.EMAIL):
        # Without a kind the first that has 20 hides the others.
        is_phone = field.type is FieldType.PHONE
        spellings = phone_spellings(text, loosely=query.last_digits) if is_phone else _cases(text)
        wanted = {"type": code, "values": spellings, "entity_type": entity.name.upper()}
        return [Command("crm.duplicate.findbycomm", wanted)]
    if field.type is FieldType.MESSENGER:
        text = messenger_address(text) or text
    return [
        Command(f"crm.{entity.name}.list", {"filter": {code: one}, "select": ["ID"]})
        for one in _cases(text)
    ]


def _cases(text: str) -> list[str]:
    """Nobody says whether Bitrix24 minds capitals, so small letters are tried too."""
    return list(dict.fromkeys((text, text.lower())))


# --- what an earlier attempt may have created ------------------------------------------------


def effect(kind: Kind, draft: Draft) -> Effect:
    """How surely `find_created` recognises the draft.

    Contacts, companies and deals by our marker, comments by what they are about and their text. A
    to-do has no place for a marker, and may be moved or reworded before anybody looks.
    """
    match kind:
        case Kind.TASK:
            told = False
        case Kind.NOTE:
            told = True
        case _:
            told = bool(draft.marker)
    return Effect.MARKED if told else Effect.UNMARKED


def find_created(
    portal: Portal, kind: Kind, drafts: Sequence[Draft], since: datetime
) -> list[list[Record]]:
    """Return what creating each draft at or after ``since`` may have made."""
    earliest = since - CLOCK_SLACK
    if kind not in (Kind.TASK, Kind.NOTE):
        return _made(portal, kind, drafts, earliest)
    read_one, of_parent = (activity, _activities_of) if kind is Kind.TASK else (comment, _comments)
    rows = portal.api.lists([of_parent(portal, parent_of(draft)) for draft in drafts])
    return [
        [
            one
            for one in map(read_one, some)
            if same_text(one.fields["text"], draft.fields.get("text", ""))
            and _same_due(one, draft)
            and (one.created_at is None or one.created_at >= earliest)
        ]
        for draft, some in zip(drafts, rows, strict=True)
    ]


def _made(
    portal: Portal, kind: Kind, drafts: Sequence[Draft], earliest: datetime
) -> list[list[Record]]:
    rows = portal.api.lists([_listing(portal, kind, _telling(kind, draft)) for draft in drafts])
    found = [[record(portal, kind, item) for item in some] for some in rows]
    return [
        [
            one
            for one, item in zip(records, some, strict=True)
            if _is_made_by(draft, one, item, earliest)
        ]
        for draft, records, some in zip(drafts, found, rows, strict=True)
    ]


def _telling(kind: Kind, draft: Draft) -> dict[str, object]:
    """The filter that the record passes, if it exists: by our marker, or a deal by its people."""
    if draft.marker:
        return {"=originatorId": ORIGINATOR, "=originId": draft.marker}
    if kind is Kind.DEAL and draft.links:
        link = draft.links[0]
        return {_LINK_KEYS[link.kind]: link.id}
    raise RejectedError(f"a {kind} without a marker cannot be recognised")


def _is_made_by(draft: Draft, found: Record, item: Item, earliest: datetime) -> bool:
    if draft.marker:
        return (item.get("originatorId"), item.get("originId")) == (ORIGINATOR, draft.marker)
    at, name = found.created_at, draft.fields.get("name")
    return (at is None or at >= earliest) and name in (None, found.fields.get("name"))


def _activities(wanted: Mapping[str, object]) -> Command:
    return Command(
        "crm.activity.list",
        {"filter": {**wanted, "PROVIDER_ID": "CRM_TODO"}, "order": {"ID": "ASC"}},
    )


def _activities_of(portal: Portal, parent: Ref) -> Command:
    owner = portal.entity(parent.kind).type_id
    return _activities({"OWNER_TYPE_ID": owner, "OWNER_ID": parent.id})


def _comments(portal: Portal, parent: Ref) -> Command:
    about = {"ENTITY_TYPE": portal.entity(parent.kind).name, "ENTITY_ID": parent.id}
    return Command("crm.timeline.comment.list", {"filter": about, "order": {"ID": "ASC"}})


def _same_due(task: Record, draft: Draft) -> bool:
    due = draft.fields.get("due")
    return task.kind is not Kind.TASK or not due or moment(task.fields.get("due")) == moment(due)
