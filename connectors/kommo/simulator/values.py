"""Custom field values: what Kommo accepts, and what it makes of it.

Source: developers.kommo.com, Custom fields; the paths of its complaints from
github.com/amocrm/amocrm-api-php, issue 115; the members of objects from the same client's models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.kommo.simulator.account import ZONE
from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.element import LATEST, Element
from connectors.simulation import Record

MANY = frozenset({"multiselect", "multitext", "smart_address", "chained_list", "items"})


def write_values(
    crm: Crm, entity: str, element: Element, before: Sequence[Record] | None
) -> list[Record] | None:
    """The values of a record after a write: fields it does not name stay, null clears a field."""
    after = {filled["field_id"]: filled for filled in before or ()}
    named = element.body["custom_fields_values"]
    for item in element.children("custom_fields_values", named) if named is not None else ():
        field = _field(crm, entity, item)
        if field is None:
            continue
        values = _values(crm, field, item)
        if values:
            after[field["id"]] = {
                "field_id": field["id"],
                "field_name": field["name"],
                "field_code": field["code"],
                "field_type": field["type"],
                "values": values,
            }
        else:
            after.pop(field["id"], None)
    return list(after.values()) or None


def _field(crm: Crm, entity: str, item: Element) -> Record | None:
    for key, find in (("field_id", crm.field), ("field_code", crm.field_coded)):
        if item.body.get(key) is not None:
            field = find(entity, item.body[key])
            if field is None:
                item.refuse("NotSupportedChoice", key)
            return field
    item.refuse("FieldMissing", "field_id")
    return None


def _values(crm: Crm, field: Record, item: Element) -> list[Record]:
    if "values" not in item.body:
        item.refuse("FieldMissing", "values")
        return []
    listed = item.body["values"]
    if listed is None:
        return []
    if listed == [] or (isinstance(listed, list) and len(listed) > 1 and field["type"] not in MANY):
        item.refuse("InvalidType", "values")
        return []
    read = READERS.get(field["type"], _text)
    return [read(crm, field, value) for value in item.children("values", listed)]


def _text(crm: Crm, field: Record, value: Element) -> Record:
    return _plain(value, str, "string")


def _flag(crm: Crm, field: Record, value: Element) -> Record:
    return _plain(value, bool, "bool")


def _plain(value: Element, wanted: type, named: str) -> Record:
    found = value.body.get("value")
    if not isinstance(found, wanted):
        value.refuse("InvalidType", "value", f"This value should be of type {named}.")
    return {"value": found}


def _number(crm: Crm, field: Record, value: Element) -> Record:
    found = value.body.get("value")
    try:
        if isinstance(found, bool) or not Decimal(str(found)).is_finite():
            raise InvalidOperation
    except InvalidOperation:
        value.refuse("InvalidType", "value", "This value should be of type numeric.")
    return {"value": str(found)}


def _moment(crm: Crm, field: Record, value: Element) -> Record:
    try:
        return {"value": _seconds(value.body.get("value"))}
    except (ValueError, OverflowError):
        value.refuse("InvalidType", "value", "This value should be of type int.")
        return {"value": 0}


def _seconds(found: Any) -> int:
    """Unix seconds of a number or an RFC 3339 string; people are born before 1970."""
    try:
        at = int(str(found))
    except ValueError:
        at = int(datetime.fromisoformat(str(found)).timestamp())
    if abs(at) >= LATEST:
        raise ValueError(found)
    return at


def _date(crm: Crm, field: Record, value: Element) -> Record:
    """Midnight, where the account is, of the day there at that moment.

    Source: github.com/amocrm/amocrm-api-php, issue 402: midnight UTC came back shifted.
    """
    at = _moment(crm, field, value)["value"]
    day = datetime.fromtimestamp(at, UTC).astimezone(ZONE).date()
    return {"value": int(datetime.combine(day, time.min, ZONE).timestamp())}


def _choice(crm: Crm, field: Record, value: Element) -> Record:
    for key, of in (("enum_id", "id"), ("enum_code", "code"), ("value", "value")):
        wanted = value.body.get(key)
        if wanted is not None:
            option = _option(field, of, wanted)
            if option is None:
                value.refuse("NotSupportedChoice", key)
                return {}
            return {
                "value": option["value"],
                "enum_id": option["id"],
                "enum_code": option["code"],
            }
    value.refuse("FieldMissing", "value")
    return {}


def _typed_text(crm: Crm, field: Record, value: Element) -> Record:
    """A phone, e-mail or part of an address: text with the kind it is of, the first by default."""
    text = _text(crm, field, value)
    option: Record | None = field["enums"][0]
    for key, of in (("enum_id", "id"), ("enum_code", "code")):
        wanted = value.body.get(key)
        if wanted is not None:
            option = _option(field, of, wanted)
            if option is None:
                value.refuse("NotSupportedChoice", key)
                return {}
    return {**text, "enum_id": option["id"], "enum_code": option["code"]} if option else {}


def _option(field: Record, key: str, wanted: Any) -> Record | None:
    options: Sequence[Record] = field["enums"] or ()
    return next((option for option in options if option[key] == wanted), None)


def _object(*needed: str, kinds: Sequence[Any] = ()) -> Callable[[Crm, Record, Element], Record]:
    """A value that is an object: which members it must have, and what its entity_type may be."""

    def read(crm: Crm, field: Record, value: Element) -> Record:
        whole = value.child("value", value.body.get("value"))
        whole.require(*needed)
        if kinds and whole.body.get("entity_type") not in (None, *kinds):
            whole.refuse("NotSupportedChoice", "entity_type")
        for name, member in whole.body.items():
            wanted = _NUMBERS.get(name, str)
            right = isinstance(member, wanted) or member is None
            if not (right and not isinstance(member, bool)) and name not in (
                "discount",
                "metadata",
            ):
                whole.refuse("InvalidType", name)
        return {"value": dict(whole.body)}

    return read


_WHOLE: tuple[type, ...] = (int,)
_NUMBERS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("entity_id", "catalog_id", "product_id", "file_size"), _WHOLE),
    **dict.fromkeys(("unit_price", "quantity", "vat_rate_value"), (int, float)),
    "entity_type": (int, str),
}
"""Members of objects that are no texts."""


def _chosen_element(crm: Crm, field: Record, value: Element) -> Record:
    """One level of a chained list: an element of one of the field's lists."""
    value.require("catalog_id", "catalog_element_id")
    lists = [level["catalog_id"] for level in field["chained_lists"] or ()]
    if value.body.get("catalog_id") not in lists:
        value.refuse("NotSupportedChoice", "catalog_id")
    if not isinstance(value.body.get("catalog_element_id"), int):
        value.refuse("InvalidType", "catalog_element_id")
    return {key: value.body.get(key) for key in ("catalog_id", "catalog_element_id")}


_LINKABLE = ("contacts", "companies", "catalog_elements")

READERS: Mapping[str, Callable[[Crm, Record, Element], Record]] = {
    "numeric": _number,
    "price": _number,
    "monetary": _number,
    "checkbox": _flag,
    "date": _date,
    "birthday": _date,
    "date_time": _moment,
    "select": _choice,
    "radiobutton": _choice,
    "category": _choice,
    "multiselect": _choice,
    "multitext": _typed_text,
    "smart_address": _typed_text,
    "legal_entity": _object("name", kinds=(1, 2)),
    "linked_entity": _object("entity_id", "entity_type", kinds=_LINKABLE),
    "supplier": _object(kinds=_LINKABLE),
    "payer": _object(kinds=_LINKABLE),
    "items": _object("description"),
    "file": _object("file_uuid"),
    "chained_list": _chosen_element,
}
"""Field type to how one value is read; the types not named are text."""
