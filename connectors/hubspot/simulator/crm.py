"""One simulated HubSpot account, as its API's views see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import phonenumbers
from flask import current_app

from connectors.hubspot.simulator.account import OWNERS, PIPELINES
from connectors.hubspot.simulator.properties import PROPERTIES
from connectors.simulation import Record, Store
from connectors.simulation.gate import RateLimiter

_CALCULATED: Mapping[str, str] = {
    "hs_searchable_calculated_phone_number": "phone",
    "hs_searchable_calculated_mobile_number": "mobilephone",
}


@dataclass(slots=True)
class Keys:
    """Who bears a unique value: kept up with the store's truth log, whatever changed it."""

    store: Store
    _seen: int = 0
    _log: object = None
    _ids: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)

    def holders(self, entity: str, name: str, value: str) -> list[Record]:
        """The records of ``entity`` whose property ``name`` has this very value."""
        events = self.store.truth
        if self._log is not events:
            self._log, self._seen = events, 0
            self._ids.clear()
        for event in events[self._seen :]:
            properties = event.body.get("properties") if isinstance(event.body, dict) else None
            for one, text in (properties or {}).items():
                for key in _unique_values(event.entity, one, text):
                    self._ids.setdefault(key, set()).add(event.id)
        self._seen = len(events)
        key = (entity, name, value)
        found = (self.store.get(entity, id) for id in sorted(self._ids.get(key, ())))
        return [one for one in found if one and self._bears(entity, one, key)]

    def _bears(self, entity: str, record: Record, key: tuple[str, str, str]) -> bool:
        return any(
            key in _unique_values(entity, name, text) for name, text in record["properties"].items()
        )


def _unique_values(entity: str, name: str, text: str) -> list[tuple[str, str, str]]:
    if entity == "contacts" and name == "hs_additional_emails":
        return [(entity, "email", one) for one in text.split(";") if one]
    unique = (entity, name) == ("contacts", "email") or any(
        one["hasUniqueValue"] for one in PROPERTIES.get(entity, ()) if one["name"] == name
    )
    return [(entity, name, text)] if unique else []


@dataclass(frozen=True, slots=True)
class Crm:
    """The account's records, its access and its clock in Unix seconds.

    ``token`` is the service key; ``client_id`` and ``client_secret`` are those of the app that people
    may let in. ``multi_status``: whether a batch of which a row failed is answered with 207, as by version 3.
    """

    store: Store
    token: str
    client_id: str
    client_secret: str
    multi_status: bool
    searches: RateLimiter
    keys: Keys
    now: Callable[[], float]

    def moment(self) -> str:
        """Now, as HubSpot writes it."""
        return iso(self.now())

    def definition(self, entity: str, name: str) -> Record | None:
        return next((one for one in PROPERTIES[entity] if one["name"] == name), None)

    def pipeline(self, id: str) -> Record | None:
        return next((one for one in PIPELINES if one["id"] == id), None)

    def owner(self, id: str) -> Record | None:
        return next((one for one in OWNERS if str(one["id"]) == id), None)

    def value(self, entity: str, record: Record, name: str) -> str | None:
        """A property's value, also of those that HubSpot computes."""
        if name == "hs_object_id":
            return str(record["id"])
        if name == "createdate":
            return str(record["createdAt"])
        if name in ("lastmodifieddate", "hs_lastmodifieddate"):
            return str(record["updatedAt"])
        if name in _CALCULATED:
            return searchable(record["properties"].get(_CALCULATED[name]))
        return cast("str | None", record["properties"].get(name))


def crm() -> Crm:
    """The account that the request is about."""
    return cast(Crm, current_app.extensions["hubspot"])


def iso(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def searchable(typed: str | None) -> str | None:
    """A phone number's digits without the country's code, where it is told.

    Source: developers.hubspot.com, Search the CRM. What becomes of a number without plus is not
    said: here its digits stay as they are.
    """
    if not typed:
        return None
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException:
        return "".join(filter(str.isdecimal, typed)) or None
    return phonenumbers.national_significant_number(number)


def text_of(entity: str, record: Record) -> str:
    """What narrows a search down: all values, and the phones' digits."""
    values = [str(value) for value in record.get("properties", {}).values()]
    phones = (searchable(record.get("properties", {}).get(one)) for one in _CALCULATED.values())
    return "\n".join([*values, *filter(None, phones)])
