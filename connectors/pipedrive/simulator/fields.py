"""The account's fields: those every account has, and custom ones with their 40-character keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha1
from typing import Any

from connectors.simulation import Record

LISTS = {"persons": "personFields", "organizations": "organizationFields", "deals": "dealFields"}
"""Entity to the list of its fields."""

# Codes, names and types of what every account has (API v2, GET /dealFields and its sisters).
_SYSTEM: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "persons": (
        ("name", "Name", "varchar"),
        ("first_name", "First name", "varchar"),
        ("last_name", "Last name", "varchar"),
        ("phone", "Phone", "phone"),
        ("email", "Email", "varchar"),
        ("org_id", "Organization", "org"),
        ("owner_id", "Owner", "user"),
        ("add_time", "Person created", "date"),
    ),
    "organizations": (
        ("name", "Name", "varchar"),
        ("owner_id", "Owner", "user"),
        ("address", "Address", "address"),
        ("website", "Website", "varchar"),
        ("linkedin", "LinkedIn profile", "varchar"),
        ("annual_revenue", "Annual revenue", "double"),
        ("employee_count", "Number of employees", "double"),
    ),
    "deals": (
        ("title", "Title", "varchar"),
        ("value", "Value", "monetary"),
        ("owner_id", "Owner", "user"),
        ("person_id", "Contact person", "people"),
        ("org_id", "Organization", "org"),
        ("stage_id", "Stage", "stage"),
        ("status", "Status", "status"),
        ("probability", "Probability", "int"),
        ("expected_close_date", "Expected close date", "date"),
        ("lost_reason", "Lost reason", "varchar_options"),
    ),
}
# Fields that exist with contact sync only.
SYNCED = (
    ("im", "Instant messenger", "varchar_options"),
    ("job_title", "Job title", "varchar"),
    ("birthday", "Birthday", "date"),
)
_LABELS = {"persons": ("Customer", "Hot lead"), "organizations": ("Customer",), "deals": ("Hot",)}

_CUSTOM: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "persons": (
        ("Position", "varchar", ()),
        ("Preferred contact", "enum", ("Phone", "E-mail")),
        ("About", "text", ()),
        ("Second phone", "phone", ()),
    ),
    "organizations": (
        ("Phone", "phone", ()),
        ("E-mail", "text", ()),
        ("Kind", "enum", ("Customer", "Partner", "Supplier")),
    ),
    "deals": (
        ("Topic", "varchar", ()),
        ("UTM_SOURCE", "varchar", ()),
        ("UTM_MEDIUM", "varchar", ()),
        ("UTM_CAMPAIGN", "varchar", ()),
        ("Formwire ID", "varchar", ()),
        ("Product line", "enum", ("Software", "Hardware")),
        ("Interests", "set", ("Demo", "Prices", "Support")),
        ("Details", "text", ()),
        ("Seats", "double", ()),
        ("Delivery cost", "monetary", ()),
        ("Wanted date", "date", ()),
        ("Trial", "daterange", ()),
        ("Call at", "time", ()),
        ("Reachable", "timerange", ()),
        ("Delivery address", "address", ()),
        ("Engineer", "user", ()),
        ("Partner", "org", ()),
        ("Recommended by", "people", ()),
    ),
}


def key_of(entity: str, name: str) -> str:
    """The key of a custom field: 40 hexadecimal digits, other ones in every account."""
    return sha1(f"{entity}/{name}".encode(), usedforsecurity=False).hexdigest()


def field(
    id: int,
    code: str,
    name: str,
    type: str,
    options: Sequence[str] = (),
    *,
    custom: bool = True,
) -> dict[str, Any]:
    """A field as Pipedrive lists it, with the id that the store wants."""
    return {
        "id": id,
        "field_name": name,
        "field_code": code,
        "field_type": type,
        "options": [
            {"id": 100 * id + at, "label": label} for at, label in enumerate(options, start=1)
        ]
        or None,
        "subfields": None,
        "is_custom_field": custom,
        "is_optional_response_field": False,
    }


def _fields(entity: str, first: int) -> Iterator[Record]:
    id = first
    for code, name, type in _SYSTEM[entity]:
        yield field(id, code, name, type, custom=False)
        id += 1
    yield field(id, "label_ids", "Labels", "set", _LABELS[entity], custom=False)
    for name, type, options in _CUSTOM[entity]:
        id += 1
        yield field(id, key_of(entity, name), name, type, options)


FIELDS: Mapping[str, list[Record]] = {
    LISTS[entity]: list(_fields(entity, 1000 * at)) for at, entity in enumerate(LISTS, start=1)
}
