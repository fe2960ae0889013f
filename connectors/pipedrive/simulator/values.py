"""What a value must look like to be taken, by type. v2 converts nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.pipedrive.simulator.crm import Crm
from connectors.simulation import Record

LONGEST_VARCHAR = 255
ADDRESS_PARTS = (
    "country",
    "admin_area_level_1",
    "admin_area_level_2",
    "locality",
    "sublocality",
    "route",
    "street_number",
    "subpremise",
    "postal_code",
)


class Mistake(Exception):
    """A value is refused; the text says what would have been right."""


class Missing(Exception):
    """A record that is to be linked with is not there."""


Check: TypeAlias = Callable[[Crm, Any], Any]
"""The account and a value, never null, to what is stored. Raises Mistake, Missing."""


def text(crm: Crm, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Mistake("Expected 'string'")
    return value


def varchar(crm: Crm, value: Any) -> str:
    return text(crm, value)[:LONGEST_VARCHAR]


def number(crm: Crm, value: Any) -> int | float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Mistake("Expected 'number'")
    return value


def whole(crm: Crm, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Mistake("Expected 'integer'")
    return value


def flag(crm: Crm, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mistake("Expected 'boolean'")
    return value


def day(crm: Crm, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise Mistake("Expected a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise Mistake("Expected a date as YYYY-MM-DD") from error


def clock(crm: Crm, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d:\d\d", value):
        raise Mistake("Expected a time as HH:MM:SS")
    try:
        return time.fromisoformat(value).isoformat()
    except ValueError as error:
        raise Mistake("Expected a time as HH:MM:SS") from error


def zone(crm: Crm, value: Any) -> str:
    try:
        return ZoneInfo(text(crm, value)).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Mistake("Expected a time zone") from error


def currency(crm: Crm, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
        raise Mistake("Expected a currency such as EUR")
    return value


def user(crm: Crm, value: Any) -> int:
    found = crm.store.get("users", whole(crm, value))
    if found is None or not found["active_flag"]:
        raise Mistake("Expected an active user")
    return int(found["id"])


def linked(entity: str) -> Check:
    """The id of a record that exists."""

    def check(crm: Crm, value: Any) -> int:
        if crm.live(entity, whole(crm, value)) is None:
            raise Missing(entity)
        return int(value)

    return check


def made_of(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these members and no others; what is left out becomes null."""

    def check(crm: Crm, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not required.keys() <= value.keys():
            raise Mistake(f"Expected an object with {', '.join(required)}")
        if unknown := value.keys() - required.keys() - optional.keys():
            raise Mistake(f"{min(unknown)} is not allowed")
        members = {**required, **optional}
        return {
            name: None if value.get(name) is None else member(crm, value[name])
            for name, member in members.items()
        }

    return check


def several(check: Check) -> Check:
    def listed(crm: Crm, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Mistake("Expected 'array'")
        return [check(crm, one) for one in value]

    return listed


def reach(kind: str) -> Check:
    """A person's e-mails, phones or messengers. One of them is the primary one."""
    entry = made_of({"value": text}, {"primary": flag, "label": varchar})

    def check(crm: Crm, value: Any) -> list[Any]:
        entries = several(entry)(crm, value)
        if kind == "emails" and any("@" not in one["value"] for one in entries):
            raise Mistake("Expected an e-mail address")
        first = next((at for at, one in enumerate(entries) if one["primary"]), 0)
        return [
            {"value": one["value"], "primary": at == first, "label": one["label"] or "work"}
            for at, one in enumerate(entries)
        ]

    return check


def label(list_: str) -> Check:
    """An id of one of the account's labels."""

    def check(crm: Crm, value: Any) -> int:
        fields = crm.store.all(list_)
        labels = next(one for one in fields if one["field_code"] == "label_ids")
        return _option(labels, whole(crm, value))

    return check


address = made_of({"value": varchar}, dict.fromkeys(ADDRESS_PARTS, varchar))

_CUSTOM: Mapping[str, Check] = {
    "varchar": varchar,
    "varchar_auto": varchar,
    "text": text,
    "phone": varchar,
    "double": number,
    "monetary": made_of({"value": number, "currency": currency}, {}),
    "date": day,
    "daterange": made_of({"value": day, "until": day}, {}),
    "time": made_of({"value": clock, "timezone_name": zone}, {}),
    "timerange": made_of({"value": clock, "until": clock, "timezone_name": zone}, {}),
    "address": address,
    "user": user,
    "org": linked("organizations"),
    "people": linked("persons"),
}


def custom_value(crm: Crm, field: Record, value: Any) -> Any:
    """A custom field's value as it is stored. Raises Mistake, Missing."""
    if value is None:
        return None
    if field["field_type"] == "enum":
        if not isinstance(value, int) or isinstance(value, bool):
            raise Mistake("Expected 'number' as value for single option custom field")
        return _option(field, value)
    if field["field_type"] == "set":
        if not isinstance(value, list) or not value:
            raise Mistake("Expected a list of numbers, or null")
        return [_option(field, whole(crm, one)) for one in value]
    check = _CUSTOM.get(field["field_type"])
    if check is None:
        raise Mistake("cannot be written")
    return check(crm, value)


def _option(field: Record, id: int) -> int:
    if not any(option["id"] == id for option in field["options"] or ()):
        raise Mistake("there is no such option")
    return id
