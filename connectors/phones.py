"""Telephone numbers as CRMs keep them: as somebody typed them."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException


def same_number(e164: str, typed: str) -> bool:
    """Whether ``typed``, read as in the country of ``e164``, is that very number."""
    wanted = _parse(e164, None)
    if wanted is None:
        return e164.strip() == typed.strip()
    region = phonenumbers.region_code_for_number(wanted)
    readings = (_parse(typed, region), _parse(f"+{typed}", None))  # often only the plus is missing
    return any(
        reading is not None
        and reading.country_code == wanted.country_code
        and _national(reading) == _national(wanted)
        for reading in readings
    )


def national_digits(e164: str) -> str:
    """The digits that every way to write this number has in common."""
    number = _parse(e164, None)
    return _national(number) if number else "".join(filter(str.isdigit, e164))


def country_and_national_digits(e164: str) -> tuple[str, str]:
    """A number's country code, and the digits that every way to write it has in common."""
    number = _parse(e164, None)
    if number is None:
        raise ValueError(f"{e164} is not in E.164")
    return str(number.country_code), _national(number)


def _national(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.national_significant_number(number)


@lru_cache(maxsize=4096)
def _parse(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None
