"""Phone numbers that are written in plain digits, by their country's numbering plan alone.

`phonenumbers` first looks for everything that people may write around a number, and then for every
kind of number there is; that is a tenth of all work for a plan. Of most numbers nothing but digits is
left to read, and they are ordinary ones. What is not so plain, or not surely valid, is left to it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumberDesc,
    country_code_for_region,
)

_PLAIN = re.compile(r"(?:\+|\(?)[0-9][0-9 ()-]{3,30}[0-9]")
_SIGNS = str.maketrans("", "", "+ ()-")


class _Kind(NamedTuple):
    """Numbers of one kind: their lengths, and what their digits look like."""

    lengths: frozenset[int]
    pattern: re.Pattern[str]

    def has(self, digits: str) -> bool:
        return len(digits) in self.lengths and self.pattern.fullmatch(digits) is not None


class _Country(NamedTuple):
    """The numbering plan of a country: its calling ``code``, what is dialled before numbers within it
    (``prefix``, which may be empty) and before those ``abroad``, and its ``ordinary`` numbers.
    """

    code: str
    prefix: str
    abroad: re.Pattern[str]
    every: _Kind
    ordinary: tuple[_Kind, ...]


def plain_number(text: str, region: str) -> str | None:
    """The E.164 form of a plainly written number that is surely valid, read as one of ``region``.

    None says nothing about the number: `phonenumbers` is to be asked.
    """
    if _PLAIN.fullmatch(text) is None:
        return None
    digits = text.translate(_SIGNS)
    country = _country_called(digits[:3]) if text[0] == "+" else _country(region)
    if country is None:
        return None
    if text[0] == "+":
        national = digits.removeprefix(country.code)
        if country.prefix and national.startswith(country.prefix):
            return None
    elif digits.startswith(country.code) or country.abroad.match(digits):
        return None  # perhaps one whose plus was lost
    else:
        national = digits.removeprefix(country.prefix)
    if national.startswith("0") or not country.every.has(national):
        return None
    ordinary = any(kind.has(national) for kind in country.ordinary)
    return f"+{country.code}{national}" if ordinary else None


@lru_cache(maxsize=1000)
def _country_called(digits: str) -> _Country | None:
    """The country whose calling code ``digits`` begin with; none when several share it."""
    for length in (1, 2, 3):
        if regions := COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length])):
            return _country(regions[0])
    return None


@lru_cache(maxsize=300)
def _country(region: str) -> _Country | None:
    """The country, if it has a calling code of its own and a plain prefix."""
    code = country_code_for_region(region)
    if len(COUNTRY_CODE_TO_REGION_CODE.get(code, ())) != 1:
        return None
    plan = PhoneMetadata.metadata_for_region(region)
    if plan is None or plan.general_desc is None or plan.national_prefix_transform_rule:
        return None
    prefix = plan.national_prefix_for_parsing or ""
    if prefix and not prefix.isdecimal():
        return None
    every = _kind(plan.general_desc)
    ordinary = tuple(_kind(one) for one in (plan.mobile, plan.fixed_line) if one is not None)
    return _Country(
        str(code), prefix, re.compile(plan.international_prefix or "$"), every, ordinary
    )


def _kind(numbers: PhoneNumberDesc) -> _Kind:
    pattern = re.compile(numbers.national_number_pattern or "(?!)")
    return _Kind(frozenset(numbers.possible_length), pattern)
