"""How a form's visitors write: the region of their phone numbers, the zone of their clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator

_ZONES = available_timezones()  # reads many files


@dataclass(frozen=True, slots=True)
class Locale:
    """``region`` is of two letters, ``zone`` an IANA name."""

    region: str
    zone: str


NOWHERE = Locale("ZZ", "UTC")
"""For texts in which no phone number and no date is read."""


def _known_zone(zone: str) -> str:
    if zone not in _ZONES:
        raise ValueError(f"{zone!r} is not a time zone; write one such as Europe/Kyiv")
    return zone


def _known_region(region: str) -> str:
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{region!r} is not a country code; write two letters such as UA")
    return region


Zone = Annotated[str, AfterValidator(_known_zone)]
Region = Annotated[str, AfterValidator(_known_region)]
