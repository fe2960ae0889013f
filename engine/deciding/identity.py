"""The normalised phones and e-mails by which a person or company is recognised.

An identity is ``phone:`` and a number in E.164, or ``email:`` and an address in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from engine.deciding.plain_phones import plain_number

MAX_PHONE = 100
MIN_INTERNATIONAL_DIGITS = 11


@lru_cache(maxsize=4096)
def e164(text: str, region: str) -> str | None:
    """``text`` as +380671234567; None when it is no valid number.

    A number without a plus is read as one of ``region``, and if it is none there, as an
    international one whose plus was lost.
    """
    text = text.strip()
    if not text or len(text) > MAX_PHONE:
        return None
    if number := plain_number(text, region) or _valid(text, region):
        return number
    digits = phone_digits(text)
    return _valid(f"+{digits}", region) if len(digits) >= MIN_INTERNATIONAL_DIGITS else None


def _valid(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdecimal())


def split_phones(text: str) -> list[str]:
    """The numbers that one answer lists with semicolons, commas or line breaks between them."""
    return [part.strip() for part in _BETWEEN_PHONES.split(text) if part.strip()]


_BETWEEN_PHONES = re.compile(r"[;,\r\n]+")


@lru_cache(maxsize=4096)
def normal_email(text: str) -> str | None:
    """The address with its domain in lower case; None when it cannot be one. Asks no DNS."""
    text = text.strip()
    plain = _PLAIN_EMAIL.fullmatch(text)
    if plain is None:
        return _checked_email(text)
    known = _email_at(plain["domain"])
    return known and plain["name"] + known.removeprefix(_ANYBODY)


# An address of this kind is as good as its domain; and while people differ, domains do not.
_PLAIN_EMAIL = re.compile(
    r"(?P<name>(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@(?P<domain>[A-Za-z0-9.-]{1,40})"
)
_ANYBODY = "anybody"


@lru_cache(maxsize=4096)
def _email_at(domain: str) -> str | None:
    return _checked_email(f"{_ANYBODY}@{domain}")


def _checked_email(text: str) -> str | None:
    try:
        # Reserved domains such as .test stay usable: rehearsals are part of the product.
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized


def phone_key(text: str, region: str) -> str | None:
    number = e164(text, region)
    return f"phone:{number}" if number else None


def email_key(text: str) -> str | None:
    address = normal_email(text)
    return f"email:{address.lower()}" if address else None


def identities(phones: Iterable[str], emails: Iterable[str], region: str) -> tuple[str, ...]:
    """Every identity there is in ``phones`` and ``emails``, sorted, each once."""
    numbers = (number for text in phones for number in split_phones(text))
    keys = {phone_key(number, region) for number in numbers} | {email_key(text) for text in emails}
    return tuple(sorted(key for key in keys if key))


def same_email(one: str, other: str) -> bool:
    address = email_key(one)
    return address is not None and address == email_key(other)
