"""Values that are written to properties: what HubSpot refuses, and how it keeps the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.hubspot.simulator.account import PIPELINES, PORTAL
from connectors.hubspot.simulator.crm import Crm, iso
from connectors.hubspot.simulator.dialect import CONFLICT, VALIDATION
from connectors.simulation import Record

LONGEST = 65_536
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_EMAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[^@\s;,]+")
_DAY_MS = 86_400_000


class Refused(Exception):
    """A record is not written. ``more`` are further members of the error."""

    def __init__(self, message: str, category: str = VALIDATION, **more: Any) -> None:
        super().__init__(message)
        self.message, self.category, self.more = message, category, more

    @property
    def status(self) -> int:
        return {CONFLICT: 409, "OBJECT_NOT_FOUND": 404}.get(self.category, 400)


class _Wrong(Exception):
    """One value is refused, for this reason and in these words."""


def written(
    crm: Crm, entity: str, given: Any, before: Record | None, *, key: str = ""
) -> dict[str, str]:
    """The properties of a record after ``given`` are written to it. Raises Refused.

    ``key``: the unique property by which the record was named, which cannot be in the way.
    """
    if not isinstance(given, Mapping):
        raise Refused("properties must be an object")
    properties = dict(before["properties"]) if before else {}
    wrong: list[tuple[str, str, str]] = []
    for name, value in given.items():
        try:
            kept = _kept(crm, entity, name, value, properties.get(name))
        except _Wrong as error:
            wrong.append((name, *error.args))
            continue
        if kept:
            properties[name] = kept
        else:
            properties.pop(name, None)
    if not wrong:
        wrong += _lacking(entity, properties, given, is_new=before is None)
    if wrong:
        raise Refused(_told(wrong))
    _keep_unique(crm, entity, given, properties, before, key)
    return properties


def _told(wrong: list[tuple[str, str, str]]) -> str:
    """The errors stand as JSON at the end of the message (hubspot-api-python, issue 51)."""
    rows = [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": PORTAL,
        }
        for name, code, message in wrong
    ]
    return f"Property values were not valid: {json.dumps(rows)}"


def _kept(crm: Crm, entity: str, name: str, value: Any, before: str | None) -> str:
    definition = crm.definition(entity, name)
    if definition is None:
        raise _Wrong("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if definition["modificationMetadata"]["readOnlyValue"]:
        raise _Wrong("READ_ONLY_VALUE", f'"{name}" is a read only property')
    if not isinstance(value, str):
        raise _Wrong("INVALID_STRING", "values are strings")
    if len(value) > LONGEST:
        raise _Wrong("INVALID_LENGTH", "the value is too long")
    if not value:
        return ""
    if (entity, name) == ("contacts", "email"):
        if not _EMAIL.fullmatch(value):
            raise _Wrong("INVALID_EMAIL", f"Email address {value} is invalid")
        return value.lower()
    if definition.get("referencedObjectType") == "OWNER":
        if crm.owner(value) is None:
            raise _Wrong("INVALID_OWNER_ID", f"{value} is not an owner")
        return value
    if name in ("pipeline", "dealstage"):
        return value
    check = _CHECKS.get(definition["type"])
    return check(definition, value, before) if check else value


def _option(definition: Record, value: str, before: str | None) -> str:
    several = definition["fieldType"] == "checkbox"
    values = [one for one in value.split(";") if one] if several else [value]
    known = {option["value"] for option in definition["options"]}
    for one in values:
        if one not in known:
            raise _Wrong("INVALID_OPTION", f"{one} was not one of the allowed options")
    if several and value.startswith(";") and before:
        values = list(dict.fromkeys([*before.split(";"), *values]))
    return ";".join(values)


def _number(definition: Record, value: str, before: str | None) -> str:
    if not _NUMBER.fullmatch(value):
        raise _Wrong("INVALID_NUMBER", f"{value} was not a valid number")
    return value


def _bool(definition: Record, value: str, before: str | None) -> str:
    if value not in ("true", "false"):
        raise _Wrong("INVALID_BOOLEAN", f"{value} was not one of true and false")
    return value


def _date(definition: Record, value: str, before: str | None) -> str:
    if value.lstrip("-").isdigit():
        if int(value) % _DAY_MS:
            raise _Wrong("INVALID_DATE", f"{value} is at a time of day, not at midnight UTC")
        return datetime.fromtimestamp(int(value) / 1000, UTC).date().isoformat()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise _Wrong("INVALID_DATE", f"{value} is no date")
    return value


def _datetime(definition: Record, value: str, before: str | None) -> str:
    if value.lstrip("-").isdigit():
        return iso(int(value) / 1000)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise _Wrong("INVALID_DATE", f"{value} is no moment") from error
    if moment.tzinfo is None:
        raise _Wrong("INVALID_DATE", f"{value} has no zone")
    return iso(moment.timestamp())


_CHECKS: Mapping[str, Callable[[Record, str, str | None], str]] = {
    "enumeration": _option,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
}

_NEEDED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "contacts": (("email", "firstname", "lastname"), "email"),
    "companies": (("name", "domain"), "name"),
    "deals": (("dealname",), "dealname"),
    "tasks": (("hs_timestamp",), "hs_timestamp"),
    "notes": (("hs_timestamp",), "hs_timestamp"),
}
"""One of these a new record must have; and the one that is named when it has none."""


def _lacking(
    entity: str, properties: Mapping[str, str], given: Mapping[str, Any], *, is_new: bool
) -> list[tuple[str, str, str]]:
    names, blamed = _NEEDED[entity]
    if is_new and not any(properties.get(name) for name in names):
        return [(blamed, "REQUIRED_FIELD", f"{blamed} is required")]
    if entity != "deals":
        return []
    if is_new and not properties.get("dealstage"):
        return [("dealstage", "REQUIRED_FIELD", "dealstage is required")]
    if "dealstage" in given and "pipeline" not in given:
        # What HubSpot does then is common belief alone; the strictest of it.
        return [("pipeline", "REQUIRED_FIELD", "a stage needs its pipeline")]
    line = next((one for one in PIPELINES if one["id"] == properties.get("pipeline")), None)
    if line is None:
        return [("pipeline", "INVALID_OPTION", f"{properties.get('pipeline')} is no pipeline")]
    if properties["dealstage"] not in {stage["id"] for stage in line["stages"]}:
        return [("dealstage", "INVALID_OPTION", f"{properties['dealstage']} is no stage of it")]
    return []


def _keep_unique(
    crm: Crm,
    entity: str,
    given: Mapping[str, Any],
    properties: Mapping[str, str],
    before: Record | None,
    key: str,
) -> None:
    own = before["id"] if before else None
    for name in given:
        others = [
            one["id"]
            for one in crm.keys.holders(entity, name, properties.get(name, ""))
            if one["id"] != own
        ]
        if not others or name == key:
            continue
        if (entity, name) == ("contacts", "email"):
            raise Refused(f"Contact already exists. Existing ID: {others[0]}", CONFLICT)
        raise Refused(
            f"Cannot set PropertyValueCoordinates{{portalId={PORTAL}, propertyName={name}}} on "
            f"{own or 'a new object'}. {others[0]} already has that value."
        )
