"""How people may have written a telephone number, because Bitrix24 compares it sign by sign."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

MOST = 20  # apidocs.bitrix24.com, crm.duplicate.findbycomm
_TEN = 10


def phone_spellings(e164: str, *, loosely: bool = False) -> list[str]:
    """The number itself, without its signs, without country or trunk code, and as it is usually grouped.

    ``loosely``: also texts that are no number, but end in its last ten digits.
    """
    digits = _digits(e164)
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return list(dict.fromkeys(filter(None, (e164, digits))))
    national = phonenumbers.national_significant_number(number)
    international, grouped = (
        phonenumbers.format_number(number, style)
        for style in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
    )
    trunk = _digits(grouped).removesuffix(national)
    ending = digits[-_TEN:]
    spellings = [
        *(e164, digits, trunk + national, national),
        *((ending, f"8{ending}", f"+8{ending}") if loosely else ()),
        *_separated(international),
        *_separated(grouped),
    ]
    if len(national) == _TEN:
        thirds = "-".join((national[:3], national[3:6], national[6:]))
        spellings += [f"{trunk}-{thirds}".removeprefix("-"), f"+{number.country_code}-{thirds}"]
    return list(dict.fromkeys(spellings))[:MOST]


def _separated(written: str) -> list[str]:
    """A number as it is written, and with spaces or hyphens only."""
    plus = "+" if written.startswith("+") else ""
    groups = re.findall(r"\d+", written)
    return [written, *(plus + between.join(groups) for between in " -")]


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))
