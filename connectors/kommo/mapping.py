"""Kommo's entities in our form, and ours in Kommo's: tables and pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Draft, Fields, Json, Kind, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import RejectedError
from connectors.kommo.api import Item
from connectors.kommo.catalog import CLOSED_STAGES, MULTITEXTS, PATHS
from connectors.kommo.parts import blamed_part, part_value, read_parts, written_parts
from connectors.kommo.values import (
    Values,
    decimal_text,
    from_kommo,
    json_number,
    seconds,
    to_kommo,
)

OWN_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONTACT: {
        "name": "name",
        "first_name": "first_name",
        "last_name": "last_name",
        "responsible": "responsible_user_id",
    },
    Kind.COMPANY: {"name": "name", "responsible": "responsible_user_id"},
    Kind.DEAL: {
        "name": "name",
        "budget": "price",
        "responsible": "responsible_user_id",
        "pipeline": "pipeline_id",
        "stage": "status_id",
    },
    Kind.TASK: {
        "text": "text",
        "type": "task_type_id",
        "due": "complete_till",
        "responsible": "responsible_user_id",
    },
    Kind.NOTE: {"text": "text"},
}
"""Our field id to Kommo's key, for everything that is no custom field."""

TEXTS = frozenset({"name", "first_name", "last_name", "text"})


def zone_of(catalog: Catalog) -> tzinfo:
    return ZoneInfo(catalog.time_zone) if catalog.time_zone else UTC


def path_of(kind: Kind) -> str:
    """Kommo's name for the list of records of this kind. Raises RejectedError."""
    if kind not in PATHS:
        raise RejectedError(f"the CRM has no list of all {kind} records")
    return PATHS[kind]


def field_called(kind: Kind, id: str, catalog: Catalog) -> Field | None:
    """The field with this very id; labels are for people."""
    return next((field for field in catalog.fields.get(kind, ()) if field.id == id), None)


# --- Kommo to us -----------------------------------------------------------------------------


def record(kind: Kind, item: Item, catalog: Catalog) -> Record:
    """Read one entity. Fields that are empty in Kommo are left out."""
    fields: dict[str, Json] = {}
    for id, key in OWN_FIELDS[kind].items():
        value = _own_value(id, key, item)
        if value is not None:
            fields[id] = value
    for element in item.get("custom_fields_values") or []:
        fields |= _custom_values(kind, element, catalog)
    embedded = item.get("_embedded") or {}
    return Record(
        kind,
        str(item["id"]),
        fields,
        tags=tuple(tag["name"] for tag in embedded.get("tags") or []),
        links=tuple(_links(embedded)),
        created_at=_moment(item.get("created_at")),
        updated_at=_moment(item.get("updated_at")),
        closed=kind is Kind.DEAL and item.get("status_id") in CLOSED_STAGES,
    )


def _own_value(id: str, key: str, item: Item) -> Json:
    value = item.get(key)
    if id == "budget":
        # Accounts whose prices have cents tell the whole price under another key; price is cut.
        value = item.get("price_with_minor_units", value)
    if id == "text" and value is None:
        value = (item.get("params") or {}).get("text")
    if not value:  # a price of 0 is also what Kommo gives a deal without one
        return None
    if id == "due":
        return datetime.fromtimestamp(value, UTC).isoformat()
    return decimal_text(value) if id == "budget" else str(value)


def _custom_values(kind: Kind, element: Item, catalog: Catalog) -> dict[str, Json]:
    values = [value for value in element.get("values") or [] if isinstance(value, dict)]
    id = str(element.get("field_id"))
    if parts := _parts_of(kind, id, catalog):
        return read_parts(parts, values)
    own, _ = MULTITEXTS.get(element.get("field_code"), (id, None))
    field = field_called(kind, own, catalog)
    if field is None or field.type is FieldType.OPAQUE or not values:
        return {}
    return {field.id: from_kommo(field, values, zone_of(catalog))}


def _parts_of(kind: Kind, id: str, catalog: Catalog) -> dict[str, Field]:
    """The fields for the parts of Kommo's field ``id``, by part; none when it is whole."""
    return {
        field.id.removeprefix(f"{id}."): field
        for field in catalog.fields.get(kind, ())
        if field.id.startswith(f"{id}.")
    }


def _links(embedded: Mapping[str, Any]) -> Iterable[Ref]:
    """The main contact comes first."""
    contacts = embedded.get("contacts") or []
    for contact in sorted(contacts, key=lambda contact: not contact.get("is_main")):
        yield Ref(Kind.CONTACT, str(contact["id"]))
    for company in embedded.get("companies") or []:
        yield Ref(Kind.COMPANY, str(company["id"]))
    for deal in embedded.get("leads") or []:
        yield Ref(Kind.DEAL, str(deal["id"]))


def _moment(at_s: int | None) -> datetime | None:
    return datetime.fromtimestamp(at_s, UTC) if at_s else None


# --- us to Kommo -----------------------------------------------------------------------------


def new_entity(kind: Kind, draft: Draft, catalog: Catalog) -> dict[str, Json]:
    """A contact, company or deal to be created. Raises RejectedError."""
    given = {id: value for id, value in draft.fields.items() if value not in (None, [])}
    contacts = [link.id for link in draft.links if link.kind is Kind.CONTACT]
    companies = [link.id for link in draft.links if link.kind is Kind.COMPANY]
    embedded = {
        "tags": [{"name": tag} for tag in draft.tags],
        "contacts": [{"id": int(id), "is_main": id == contacts[0]} for id in contacts],
        "companies": [{"id": int(id)} for id in companies],
    }
    return {
        **changed_entity(kind, given, catalog),
        "_embedded": {name: items for name, items in embedded.items() if items},
    }


def new_task(draft: Draft) -> dict[str, Json]:
    """A task about the record it is linked with. Raises RejectedError."""
    parent = parent_of(draft)
    about = {"entity_type": path_of(parent.kind), "entity_id": int(parent.id)}
    return {**_own_fields(Kind.TASK, draft.fields), **about}


def new_note(draft: Draft) -> dict[str, Json]:
    """A note about the record it is linked with. Raises RejectedError."""
    text = str(draft.fields.get("text", ""))
    return {"entity_id": int(parent_of(draft).id), "note_type": "common", "params": {"text": text}}


def parent_of(draft: Draft) -> Ref:
    """The record that a task or note is about. Raises RejectedError."""
    if not draft.links:
        raise RejectedError("a task or note needs the record it is about")
    return draft.links[0]


def changed_entity(
    kind: Kind, fields: Fields, catalog: Catalog, current: Item | None = None
) -> dict[str, Json]:
    """Fields in Kommo's form. Raises RejectedError, which names the field.

    Kommo replaces whole custom fields. So what a field of several values has in ``current`` is
    repeated beside the new values; one that has them all already is left out.
    """
    own = {id: value for id, value in fields.items() if id in OWN_FIELDS[kind]}
    custom = {id: value for id, value in fields.items() if id not in own}
    body = _own_fields(kind, own)
    elements = list(_custom_fields(kind, custom, catalog, current or {}))
    return {**body, "custom_fields_values": elements} if elements else body


def adds_to_present(kind: Kind, fields: Fields, catalog: Catalog) -> bool:
    """Whether any of these fields is written together with what it holds already."""
    known = [field_called(kind, id, catalog) for id in fields]
    return any(field is not None and (field.many or "." in field.id) for field in known)


def _own_fields(kind: Kind, fields: Fields) -> dict[str, Json]:
    body = {}
    for id, value in fields.items():
        with _fitting(id):
            body[OWN_FIELDS[kind][id]] = _own_to_kommo(id, value)
    return body


def _own_to_kommo(id: str, value: Json) -> Json:
    if id in TEXTS:
        return "" if value is None else str(value)
    if id == "budget":
        return json_number(Decimal(value or 0))
    return seconds(value) if id == "due" else int(value)


def _custom_fields(
    kind: Kind, fields: Fields, catalog: Catalog, current: Item
) -> Iterable[dict[str, Json]]:
    wholes: dict[str, dict[str, Json]] = {}
    zone = zone_of(catalog)
    for id, value in fields.items():
        field = _writable(kind, id, catalog)
        if "." in id:
            whole, part = id.split(".")
            with _fitting(id):
                wholes.setdefault(whole, {})[part] = part_value(field, value)
            continue
        before = _present(field, current)
        with _fitting(id):
            values = to_kommo(field, value, zone, before)
        if not (field.many and values == before):
            yield {**_key(field), "values": values or None}
    for whole, changes in wholes.items():
        order = list(_parts_of(kind, whole, catalog))
        values = written_parts(order, changes, _values_there(whole, current))
        yield {"field_id": int(whole), "values": values or None}


def _writable(kind: Kind, id: str, catalog: Catalog) -> Field:
    field = field_called(kind, id, catalog)
    if field is None:
        raise RejectedError("the CRM has no such field", field=id)
    if field.read_only:
        raise RejectedError("only the CRM itself writes this field", field=id)
    return field


def _key(field: Field) -> dict[str, Json]:
    multitext = field.id in (id for id, _ in MULTITEXTS.values())
    return {"field_code": field.code} if multitext else {"field_id": int(field.id)}


def _present(field: Field, current: Item) -> Values:
    """What a field of several values holds, in the form in which it can be written again."""
    ((key, name),) = _key(field).items()
    of_kind = "enum_code" if field.type is FieldType.MESSENGER else "enum_id"
    return [
        {part: value[part] for part in ("value", of_kind) if value.get(part) is not None}
        for element in current.get("custom_fields_values") or []
        if element.get(key) == name and field.many
        for value in element.get("values") or []
    ]


def _values_there(id: str, current: Item) -> list[Item]:
    return [
        value
        for element in current.get("custom_fields_values") or []
        if str(element.get("field_id")) == id
        for value in element.get("values") or []
    ]


@contextmanager
def _fitting(id: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise RejectedError("the value does not fit the field", field=id) from error


# --- what Kommo says is wrong ----------------------------------------------------------------


def blamed_field(kind: Kind, body: Json, path: str) -> tuple[Kind, str | None]:
    """Which of our fields Kommo means by ``path`` into ``body``, such as ``price``.

    In a deal that is created with its people the path may lead to one of them.
    """
    steps = path.split(".")
    if steps[:2] in (["_embedded", "contacts"], ["_embedded", "companies"]) and len(steps) > 3:
        inner = Kind.CONTACT if steps[1] == "contacts" else Kind.COMPANY
        people = body.get("_embedded", {}).get(steps[1], [])
        at = int(steps[2]) if steps[2].isdecimal() else 0
        if at >= len(people):
            return kind, None
        return blamed_field(inner, people[at], ".".join(steps[3:]))
    if steps[0] == "custom_fields_values":
        return kind, _blamed_custom_field(body, steps)
    ours = {key: id for id, key in OWN_FIELDS[kind].items()}
    return kind, None if steps[0] == "_embedded" else ours.get(steps[-1])


def _blamed_custom_field(body: Json, steps: list[str]) -> str | None:
    elements = body.get("custom_fields_values", [])
    if len(steps) < 2 or not steps[1].isdecimal() or int(steps[1]) >= len(elements):
        return None
    element = elements[int(steps[1])]
    if "field_code" in element:
        return MULTITEXTS[element["field_code"]][0]
    id = str(element["field_id"])
    values = element["values"] or [{}]
    at = int(steps[3]) if len(steps) > 3 and steps[3].isdecimal() else 0
    part = blamed_part(values[at], steps[4:]) if at < len(values) else None
    return f"{id}.{part}" if part else id
