"""Custom fields that are made of parts: each part is a field of ours.

A part's field has the id of the whole, a dot, and the part's name in Kommo, such as ``26.city``; of
the levels of a chained list that is the id of the level's list. Kommo replaces the whole, so what is
there is written again beside the changed parts. Of several values the parts are those of the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from connectors.base import Json
from connectors.catalog import Field, FieldType, Option
from connectors.kommo.api import Item
from connectors.kommo.values import decimal_text, json_number

Parts: TypeAlias = Mapping[str, tuple[str, FieldType]]
"""Kommo's name of each part, with its label and type."""

_TEXT, _NUMBER, _CHOICE = FieldType.TEXT, FieldType.NUMBER, FieldType.CHOICE

# developers.kommo.com/docs/custom-fields: a smart_address keeps its parts under these codes.
ADDRESS: Parts = {
    "address_line_1": ("address", _TEXT),
    "address_line_2": ("address, line 2", _TEXT),
    "city": ("city", _TEXT),
    "state": ("state", _TEXT),
    "zip": ("postcode", _TEXT),
    "country": ("country", _TEXT),
}

# The members of these values: github.com/amocrm/amocrm-api-php, CustomFieldsValues/ValueModels.
_PAPERS: Parts = {
    "vat_id": ("VAT or tax number", _TEXT),
    "tax_registration_reason_code": ("registration number", _TEXT),
    "address": ("address", _TEXT),
    "real_address": ("actual address", _TEXT),
    "kpp": ("KPP", _TEXT),
    "unp": ("UNP", _TEXT),
    "bin": ("BIN", _TEXT),
    "egrpou": ("EDRPOU", _TEXT),
    "mfo": ("MFO", _TEXT),
    "oked": ("OKED", _TEXT),
    "bank_code": ("bank code", _TEXT),
    "bank_account_number": ("account number", _TEXT),
    "director": ("director", _TEXT),
    "external_uid": ("id elsewhere", _TEXT),
}
_LINKED: Parts = {
    "name": ("name", _TEXT),
    "entity_id": ("record id", _NUMBER),
    "entity_type": ("kind of record", _TEXT),
}
OBJECTS: Mapping[str, Parts] = {
    "legal_entity": {"name": ("name", _TEXT), "entity_type": ("kind", _CHOICE), **_PAPERS},
    "linked_entity": {**_LINKED, "catalog_id": ("list id", _NUMBER)},
    "supplier": {**_LINKED, **_PAPERS},
    "payer": {**_LINKED, **_PAPERS},
    "file": {
        "file_uuid": ("file id", _TEXT),
        "version_uuid": ("version id", _TEXT),
        "file_name": ("file name", _TEXT),
        "file_size": ("size in bytes", _NUMBER),
    },
    "items": {
        "sku": ("SKU", _TEXT),
        "description": ("description", _TEXT),
        "unit_price": ("unit price", _NUMBER),
        "quantity": ("quantity", _NUMBER),
        "unit_type": ("unit", _TEXT),
        "product_id": ("product id", _NUMBER),
        "external_uid": ("id elsewhere", _TEXT),
        "vat_rate_value": ("VAT rate", _NUMBER),
    },
}
"""Type of a field whose value is an object to the object's members."""

CHAIN = "chained_list"
KINDS_OF_ENTITY = (Option("1", "Sole proprietor"), Option("2", "Legal entity"))

# What Kommo computes for an item and does not take back.
_COMPUTED = frozenset({"total_sum", "is_total_sum_recalculated", "is_discount_recalculated"})


def parts_of(item: Item) -> list[Field]:
    """The fields for the parts of one of Kommo's fields; none when it is whole."""
    type = str(item["type"])
    parts = {"smart_address": ADDRESS, CHAIN: _levels(item)}.get(type) or OBJECTS.get(type, {})
    return [
        Field(
            f"{item['id']}.{part}",
            f"{item['name']}: {label}",
            kind,
            options=KINDS_OF_ENTITY if kind is _CHOICE else (),
        )
        for part, (label, kind) in parts.items()
    ]


def _levels(item: Item) -> Parts:
    """The lists that a chained list chooses from, the outermost first."""
    return {
        str(level["catalog_id"]): (
            f"{level.get('title') or level['catalog_id']}, element id",
            _NUMBER,
        )
        for level in item.get("chained_lists") or []
    }


def read_parts(fields: Mapping[str, Field], values: Sequence[Item]) -> dict[str, Json]:
    """Field id to value of the parts that are filled in. ``fields`` are those of one whole, by part."""
    return {
        fields[part].id: decimal_text(value)
        if fields[part].type is FieldType.NUMBER
        else str(value)
        for part, value in _present(values).items()
        if part in fields and value not in (None, "")
    }


def part_value(field: Field, value: Json) -> Json:
    """One part in Kommo's form. Raises ValueError, TypeError or ArithmeticError when it does not fit."""
    if value is None:
        return None
    if field.type is FieldType.CHOICE:
        return int(value)
    return json_number(Decimal(value)) if field.type is FieldType.NUMBER else str(value)


def written_parts(
    known: Sequence[str], changes: Mapping[str, Json], values: Sequence[Item]
) -> list[dict[str, Json]]:
    """Kommo's ``values`` of the whole after ``changes`` by part; none when nothing is left of it.

    ``known`` are all of its parts, in order.
    """
    parts = {**_present(values), **changes}
    left = {part: value for part, value in parts.items() if value not in (None, "")}
    if ADDRESS.keys() >= set(known):
        return [{"value": value, "enum_code": part} for part, value in left.items()]
    if all(part.isdecimal() for part in known):
        levels = (part for part in known if part in left)  # from the outermost to the innermost
        return [{"catalog_id": int(part), "catalog_element_id": left[part]} for part in levels]
    others = [{"value": _own(value["value"])} for value in values[1:]]
    return [*([{"value": _own(left)}] if left else []), *others]


def blamed_part(value: Item, steps: Sequence[str]) -> str | None:
    """Which part Kommo means by ``steps`` from ``value`` on; None when it is no part."""
    if "catalog_id" in value:
        return str(value["catalog_id"])
    if isinstance(value.get("value"), dict):
        return steps[1] if len(steps) > 1 else None
    code = value.get("enum_code")
    return code if code in ADDRESS else None


def _present(values: Sequence[Item]) -> dict[str, Json]:
    if not values:
        return {}
    if "catalog_id" in values[0]:
        return {str(value["catalog_id"]): value["catalog_element_id"] for value in values}
    if isinstance(values[0].get("value"), dict):
        return dict(values[0]["value"])
    return {_address_part(value): value.get("value") for value in values}


def _address_part(value: Item) -> str:
    """Which part of an address this is, by its code or by its number."""
    code = value.get("enum_code")
    return str(code).lower() if code else list(ADDRESS)[int(value["enum_id"]) - 1]


def _own(members: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if name not in _COMPUTED}
