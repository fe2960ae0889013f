"""Pipedrive's entities in our form, and ours in Pipedrive's: tables and pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from connectors.base import Fields, Json, Kind, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import RejectedError
from connectors.pipedrive.api import Item
from connectors.pipedrive.catalog import LABELS, LOST, PATHS, WON, ZONE, is_custom
from connectors.pipedrive.values import (
    added,
    decimal_text,
    from_pipedrive,
    json_number,
    moment,
    time_of_day,
    to_pipedrive,
)

# Our field id to Pipedrive's key, for what is no custom field and written as it stands.
PLAIN: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONTACT: {
        "name": "name",
        "responsible": "owner_id",
        "job_title": "job_title",
        "birthday": "birthday",
    },
    Kind.COMPANY: {
        "name": "name",
        "responsible": "owner_id",
        "address": "address",
        "website": "website",
        "linkedin": "linkedin",
        "industry": "industry",
        "annual_revenue": "annual_revenue",
        "employee_count": "employee_count",
    },
    Kind.DEAL: {
        "name": "title",
        "budget": "value",
        "responsible": "owner_id",
        "probability": "probability",
        "expected_close_date": "expected_close_date",
        "lost_reason": "lost_reason",
    },
}
LISTS: Mapping[str, str] = {"email": "emails", "phone": "phones", "im": "im"}
"""Our field id to the key of a person's list of values."""
NAMES = ("first_name", "last_name")
PLACES: Mapping[str, str] = {"pipeline": "pipeline_id", "stage": "stage_id"}
PEOPLE: Mapping[Kind, str] = {Kind.CONTACT: "person_id", Kind.COMPANY: "org_id"}
"""Where a record names the person and the organization it is linked with."""

PART_NAMES = ("value", "until", ZONE)

UNNAMED_DEAL = "New deal"  # a title is required


def path_of(kind: Kind) -> str:
    """Pipedrive's list of records of this kind. Raises RejectedError."""
    if kind not in PATHS:
        raise RejectedError(f"the CRM has no list of all {kind} records")
    return PATHS[kind]


def field_called(kind: Kind, id: str, catalog: Catalog) -> Field | None:
    """The field with this very id; labels are for people."""
    return next((field for field in catalog.fields.get(kind, ()) if field.id == id), None)


def number_of(ref: Ref) -> int:
    """Pipedrive's id of a record. Raises RejectedError."""
    if not (ref.id.isascii() and ref.id.isdigit()):
        raise RejectedError(f"no {ref.kind} of Pipedrive has such an id")
    return int(ref.id)


# --- Pipedrive to us -------------------------------------------------------------------------


def record(kind: Kind, item: Item, catalog: Catalog, tags: Sequence[str]) -> Record:
    """Read a person, organization or deal. Fields that are empty in Pipedrive are left out."""
    values = {
        **{id: _own_value(id, item.get(key)) for id, key in PLAIN[kind].items()},
        **_custom_values(kind, _custom_of(item), catalog),
    }
    if kind is Kind.CONTACT:
        values |= {id: item.get(id) for id in NAMES}
        values |= {id: _listed(id, item.get(key)) for id, key in LISTS.items()}
    closed = kind is Kind.DEAL and item.get("status") in (WON, LOST)
    if kind is Kind.DEAL:
        values["pipeline"] = _id(item.get("pipeline_id"))
        values["stage"] = item["status"] if closed else _id(item.get("stage_id"))
    return Record(
        kind,
        str(item["id"]),
        {id: value for id, value in values.items() if value not in (None, "", [])},
        tags=tuple(tags),
        links=tuple(
            Ref(other, str(item[key])) for other, key in PEOPLE.items() if item.get(key) is not None
        ),
        created_at=moment(item.get("add_time")),
        updated_at=moment(item.get("update_time")),
        closed=closed,
    )


def _id(value: Json) -> str | None:
    return None if value is None else str(value)


def _own_value(id: str, value: Json) -> Json:
    if isinstance(value, dict):  # an address
        value = value.get("value")
    if value is None or (id == "budget" and not value):  # a deal without a value has one of 0
        return None
    return decimal_text(value) if isinstance(value, int | float) else str(value)


def _listed(id: str, values: Json) -> list[str]:
    found = [one for one in values or [] if one.get("value")]
    if id == "im":
        return [f"{one.get('label')}:{one['value']}" for one in found]
    return [str(one["value"]) for one in found]


def _custom_values(kind: Kind, custom: Mapping[str, Json], catalog: Catalog) -> dict[str, Json]:
    values = {}
    for field in catalog.fields.get(kind, ()):
        key, _, part = _key_of(field).partition(".")
        value = custom.get(key)
        if part:
            values[field.id] = value.get(part) if isinstance(value, dict) else None
        elif is_custom(key) and field.type is not FieldType.OPAQUE:
            values[field.id] = from_pipedrive(field, value)
    return values


def _key_of(field: Field) -> str:
    """Where the field stands in Pipedrive; a phone of companies stands in a custom field."""
    return field.code if field.code and is_custom(field.code) else field.id


# --- us to Pipedrive -------------------------------------------------------------------------


def new_entity(kind: Kind, fields: Fields, catalog: Catalog) -> dict[str, Json]:
    """A person, organization or deal to be created, without links and labels. Raises RejectedError."""
    given = {id: value for id, value in fields.items() if value not in (None, "", [])}
    body = changed_entity(kind, given, catalog, {})
    key = PLAIN[kind]["name"]
    if key not in body:
        telling = next((given[id][0] for id in ("email", "phone") if given.get(id)), None)
        name = UNNAMED_DEAL if kind is Kind.DEAL else telling
        if name is None:
            raise RejectedError(f"the CRM wants a name for a {kind}", field="name")
        body[key] = name
    return body


def adds_to_present(kind: Kind, fields: Fields, catalog: Catalog) -> bool:
    """Whether any of these fields is written together with what the record holds already."""
    known = [field_called(kind, id, catalog) for id in fields]
    return "pipeline" in fields or any(
        field is not None and (field.many or "." in field.id or field.id in NAMES)
        for field in known
    )


def changed_entity(kind: Kind, fields: Fields, catalog: Catalog, current: Item) -> dict[str, Json]:
    """Fields in Pipedrive's form. Raises RejectedError, which names the field.

    Pipedrive replaces lists and objects as a whole. So what a field of several values, or of parts,
    has in ``current`` is repeated beside the new values.
    """
    body: dict[str, Json] = {}
    custom: dict[str, Json] = {}
    wholes: dict[str, dict[str, Json]] = {}
    for id, value in fields.items():
        field = _writable(kind, id, catalog)
        with _fitting(id):
            if id in PLACES and kind is Kind.DEAL:
                continue
            if "." in id:
                key, part = id.split(".")
                wholes.setdefault(key, {})[part] = _part(
                    field, value, timed=_zoned(kind, key, catalog)
                )
            elif id in LISTS and kind is Kind.CONTACT:
                body[LISTS[id]] = _list(field, value, current)
            elif id in PLAIN[kind]:
                body[PLAIN[kind][id]] = _plain(field, value)
            elif id not in NAMES:
                custom[_key_of(field)] = _custom(field, value, current)
    for key, changes in wholes.items():
        known = [name for name in PART_NAMES if field_called(kind, f"{key}.{name}", catalog)]
        custom[key] = _whole(known, changes, _custom_of(current).get(key) or {}, catalog)
    if kind is Kind.CONTACT and "name" not in body and any(id in fields for id in NAMES):
        body["name"] = _full_name(fields, current)
    if kind is Kind.DEAL:
        body |= _placed(fields, catalog, current)
    return {**body, "custom_fields": custom} if custom else body


def _writable(kind: Kind, id: str, catalog: Catalog) -> Field:
    field = field_called(kind, id, catalog)
    if field is None:
        raise RejectedError("the CRM has no such field", field=id)
    if field.read_only:
        raise RejectedError("the CRM itself writes this field", field=id)
    return field


def _plain(field: Field, value: Json) -> Json:
    if field.id == "name" and not value:
        raise ValueError("a name cannot be cleared")
    if field.id == "budget":
        return json_number(value or 0)
    if field.id == "address":
        return {"value": str(value or "")}
    return to_pipedrive(field, value)


def _full_name(fields: Fields, current: Item) -> str:
    names = (fields.get(id, current.get(id)) for id in NAMES)
    name = " ".join(str(one) for one in names if one)
    if not name:
        raise RejectedError("a name cannot be cleared", field=NAMES[0])
    return name


def _list(field: Field, value: Json, current: Item) -> list[Json]:
    """A person's phones, e-mails or messengers after ``value`` was added; none to clear them."""
    if value is None:
        return []
    present = [one for one in current.get(LISTS[field.id]) or [] if one.get("value")]
    known = _listed(field.id, present)
    new = [_entry(field, one) for one in added(field, value, known)[len(known) :]]
    entries = [*present, *new]
    if entries and not any(one.get("primary") for one in entries):
        entries[0] = {**entries[0], "primary": True}
    return entries


def _entry(field: Field, value: str) -> dict[str, Json]:
    label, address = "work", value
    if field.type is FieldType.MESSENGER:
        named, _, address = value.partition(":")
        messenger = field.option(named)
        if messenger is None or not address.strip():
            raise ValueError("no messenger of this account")
        label, address = messenger.id, address.strip()
    return {"value": address, "primary": False, "label": label}


def _custom_of(item: Item) -> Mapping[str, Json]:
    return item.get("custom_fields") or {}


def _custom(field: Field, value: Json, current: Item) -> Json:
    if field.many and value is not None:
        present = _custom_of(current).get(_key_of(field))
        value = added(field, value, from_pipedrive(field, present) or [])
    return to_pipedrive(field, value)


def _zoned(kind: Kind, key: str, catalog: Catalog) -> bool:
    """Whether a field made of parts is a time of some zone."""
    return field_called(kind, f"{key}.{ZONE}", catalog) is not None


def _part(field: Field, value: Json, *, timed: bool) -> Json:
    if timed and value and not field.id.endswith(f".{ZONE}"):
        return time_of_day(value)
    return to_pipedrive(field, value)


def _whole(
    known: Sequence[str], changes: Mapping[str, Json], present: Mapping[str, Json], catalog: Catalog
) -> Json:
    """A field made of the parts ``known`` after ``changes``; None when nothing is left of it."""
    parts = {**{name: present.get(name) for name in known}, **changes}
    if ZONE in known and not parts[ZONE]:
        parts[ZONE] = catalog.time_zone or "UTC"
    left = {name: one for name, one in parts.items() if one is not None}
    return left if left.keys() - {ZONE} else None


def _placed(fields: Fields, catalog: Catalog, current: Item) -> dict[str, Json]:
    """Where a deal goes. Pipedrive wants pipeline and stage to fit, and closes by a status."""
    stage, pipeline = fields.get("stage"), fields.get("pipeline")
    if stage not in (None, WON, LOST):
        with _fitting("stage"):
            place: dict[str, Json] = {"stage_id": int(stage), "status": "open"}
        lines = [line for line in catalog.pipelines if any(one.id == stage for one in line.stages)]
        named = pipeline or (lines[0].id if lines else None)
        return {**place, **({"pipeline_id": int(named)} if named else {})}
    closing: dict[str, Json] = {"status": stage} if stage else {}
    if pipeline is None or str(current.get("pipeline_id")) == pipeline:
        return closing
    with _fitting("pipeline"):
        place = {"pipeline_id": int(pipeline)}
    line = next((one for one in catalog.pipelines if one.id == pipeline), None)
    first = next((one for one in line.stages if not one.closed), None) if line else None
    return {**closing, **place, **({"stage_id": int(first.id)} if first else {})}


@contextmanager
def _fitting(id: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise RejectedError("the value does not fit the field", field=id) from error


# --- what Pipedrive says is wrong ------------------------------------------------------------


def blamed_field(kind: Kind, body: Mapping[str, Json], named: frozenset[str]) -> str | None:
    """Which of our fields that are in ``body`` Pipedrive means; ``named`` are the keys it names."""
    for key, value in (body.get("custom_fields") or {}).items():
        if key in named:
            return f"{key}.{next(iter(value))}" if _made_of_parts(value) else key
    keys = {**PLAIN.get(kind, {}), **LISTS, **PLACES, "stage": "status"}
    ours = {key: id for id, key in keys.items()} | {"stage_id": "stage"}
    return next((id for key, id in ours.items() if key in named and key in body), None)


def _made_of_parts(value: Json) -> bool:
    return isinstance(value, dict) and "currency" not in value


def label_ids(item: Item) -> list[int]:
    return [int(id) for id in item.get(LABELS) or []]
