"""Where texts speak of one person, however the phone or e-mail address is written there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from connectors.phones import country_and_national_digits
from engine.deciding.identity import e164, normal_email

REDACTED = "•••"

# Between the digits of a number, as people, addresses of pages and JSON write it.
_BETWEEN = r"(?:%20|%28|%29|%2[Dd]|%2E|[\s()./+\u00a0\u2011-]){0,3}"


class NobodySought(ValueError):
    """Neither an e-mail address nor a phone number that anybody could have."""


@dataclass(frozen=True, slots=False)
class Sought:
    """A person, by one identity: ``email:…`` or ``phone:…`` as in `engine.deciding.identity`."""

    key: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the identity in any text that holds it."""
        kind, _, value = self.key.partition(":")
        return _of_email(value) if kind == "email" else _of_phone(value)

    def in_text(self, text: str) -> bool:
        return self.pattern.search(text) is not None

    def redacted(self, text: str) -> str:
        return self.pattern.sub(REDACTED, text)


def sought(text: str) -> Sought:
    """The person with this e-mail address, or phone number in international form.

    Raises NobodySought.
    """
    text = text.strip()
    if "@" in text:
        address = normal_email(text)
        if address is None:
            raise NobodySought(f"{text!r} is no e-mail address")
        return Sought(f"email:{address.lower()}")
    number = e164(text, "ZZ") if text.startswith("+") else None
    if number is None:
        raise NobodySought(
            f"{text!r} is neither an e-mail address nor a phone number such as +380671234567"
        )
    return Sought(f"phone:{number}")


def _of_email(address: str) -> re.Pattern[str]:
    local, _, domain = address.rpartition("@")
    spelled = "|".join(
        f"{re.escape(quoted(local))}{at}{re.escape(domain)}"
        for quoted, at in ((str, "@"), (lambda part: quote(part, safe="._-"), "%40"))
    )
    return re.compile(rf"(?<![\w.+-])(?:{spelled})(?![\w-])", re.IGNORECASE)


def _of_phone(number: str) -> re.Pattern[str]:
    country, national = country_and_national_digits(number)
    digits = _BETWEEN.join(national)
    prefix = rf"(?:(?:\+|%2B|00)?{_BETWEEN.join(country)}{_BETWEEN}0?|0)?{_BETWEEN}"
    return re.compile(rf"(?<!\d){prefix}{digits}(?!\d)", re.IGNORECASE)
