"""Telephone numbers as CRMs keep them: as somebody typed them."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

LAST_DIGITS = 10


def same_number(e164: str, typed: str) -> bool:
    """Whether ``typed``, read as in the country of ``e164``, is that very number."""
    wanted = _parse(e164, None)
    if wanted is None:
        return e164.strip() == typed.strip()
    return any(_same(wanted, reading) for reading in _readings(wanted, typed))


def same_last_digits(e164: str, typed: str) -> bool:
    """Whether ``typed`` is no telephone number as it stands, but ends in the same ten digits.

    What is a number is that number, and of nobody else: +91 415 555 0100 is not +1 415 555 0100.
    """
    wanted, ending = _parse(e164, None), _digits(e164)[-LAST_DIGITS:]
    if wanted is None or len(ending) < LAST_DIGITS or _digits(typed)[-LAST_DIGITS:] != ending:
        return False
    return not any(phonenumbers.is_valid_number(one) for one in _readings(wanted, typed))


def national_digits(e164: str) -> str:
    """The digits that every way to write this number has in common."""
    number = _parse(e164, None)
    return _national(number) if number else _digits(e164)


def country_and_national_digits(e164: str) -> tuple[str, str]:
    """A number's country code, and the digits that every way to write it has in common."""
    number = _parse(e164, None)
    if number is None:
        raise ValueError(f"{e164} is not in E.164")
    return str(number.country_code), _national(number)


def _readings(wanted: PhoneNumber, typed: str) -> list[PhoneNumber]:
    """What ``typed`` can mean to somebody in the country of ``wanted``."""
    region = phonenumbers.region_code_for_number(wanted)
    found = (_parse(typed, region), _parse(f"+{typed}", None))  # often only the plus is missing
    return [one for one in found if one is not None]


def _same(one: PhoneNumber, other: PhoneNumber) -> bool:
    return one.country_code == other.country_code and _national(one) == _national(other)


def _national(number: PhoneNumber) -> str:
    return phonenumbers.national_significant_number(number)


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


@lru_cache(maxsize=4096)
def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None
