"""Carry out what a row does to an answer, before its CRM field gives it a type.

The conversions go in order, then the map is looked up. An answer that a conversion cannot read, or
the map does not list, goes the way of ``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.deciding.amounts import names_other_currency, read_amount, without_code
from engine.deciding.conversions import (
    Conversions,
    DateFormat,
    MoneyFormat,
    NumberFormat,
    PhoneFormat,
    Unknown,
    YesNoWords,
    folded,
)
from engine.deciding.dates import read_by_pattern
from engine.deciding.filters import FILTERS, Value
from engine.deciding.identity import e164, phone_digits, split_phones
from engine.deciding.locale import Locale
from engine.deciding.values import decimal_text, read_yes_no


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer ready for its CRM field; "" or [] when nothing of it is left.

    ``problem`` is a phrase about what could not be read, without the answer itself. ``to_note`` is
    what of the answer the row wants in the note instead.
    """

    value: Value
    problem: str | None = None
    to_note: str | None = None


def apply(row: Conversions, answer: Value, locale: Locale) -> Prepared:
    """Carry out the conversions and the map of ``row``. A blank answer passes, unless the map has it."""
    applying = _Applying(row.unknown, locale)
    value = answer
    for conversion in row.convert:
        value = applying.converted(value, *conversion.chosen)
    if row.map:
        value = applying.mapped(value, row.folded_map)
    return applying.prepared(value)


class _Unreadable(ValueError):
    """The answer is not what the conversion reads; the message goes on after "the answer"."""


class _Applying:
    """One answer on its way through a row; collects what could not be read."""

    def __init__(self, unknown: Unknown, locale: Locale) -> None:
        self._fate, self._instead = unknown.chosen
        self._locale = locale
        self._problems: dict[str, None] = {}
        self._noted: list[str] = []

    def converted(self, value: Value, name: str, setting: Any) -> Value:
        if name in _OF_WHOLE:
            return _OF_WHOLE[name](value, setting)
        change = _OF_TEXT[name]
        return self._each(
            value, lambda text: change(text, setting, self._locale) if text.strip() else text
        )

    def mapped(self, value: Value, targets: Mapping[str, str]) -> Value:
        def looked_up(text: str) -> str:
            found = targets.get(folded(text))
            if found is None and text.strip():
                raise _Unreadable("is not in the row's map")
            return found or ""

        return self._each(value or "", looked_up)

    def prepared(self, value: Value) -> Prepared:
        return Prepared(value, "; ".join(self._problems) or None, ", ".join(self._noted) or None)

    def _each(self, value: Value, change: Callable[[str], str]) -> Value:
        if isinstance(value, str):
            return self._read(value, change) or ""
        read = (self._read(text, change) for text in value)
        return [text for text in read if text is not None]

    def _read(self, text: str, change: Callable[[str], str]) -> str | None:
        try:
            return change(text)
        except _Unreadable as error:
            reason = f"the answer {error}"
        match self._fate:
            case "keep":
                return text
            case "value":
                return str(self._instead)
            case "note":
                self._noted.append(text.strip())
                self._problems[f"{reason}, so it goes into the note"] = None
            case _:
                self._problems[f"{reason}, so it is left out"] = None
        return None


# Conversions of the whole answer


def _taken_apart(value: Value, separator: str) -> Value:
    """Senders join choices; without a ``separator`` it may be a semicolon, comma or line break."""
    texts = _present(value)
    pattern = re.escape(separator) if separator.strip() else r"\s+" if separator else r"[;,\r\n]"
    return _present(part.strip() for text in texts for part in re.split(pattern, text))


def _picked(value: Value, which: int | str) -> str:
    texts = _present(value)
    position = {"first": 0, "last": len(texts) - 1}.get(str(which))
    if position is None:
        position = int(which) - 1
    return texts[position] if position < len(texts) and texts else ""


def _joined(value: Value, separator: str) -> str:
    return separator.join(_present(value))


def _present(value: Value | Iterable[str]) -> list[str]:
    return [text for text in ([value] if isinstance(value, str) else value) if text.strip()]


_OF_WHOLE: dict[str, Callable[[Value, Any], Value]] = {
    "each": _taken_apart,
    "pick": _picked,
    "join": _joined,
}

# Conversions of each text


def _sentence(text: str, _setting: Any, _locale: Locale) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:].lower()


def _digits(text: str, _setting: Any, _locale: Locale) -> str:
    return phone_digits(text)


def _first_name(text: str, _setting: Any, _locale: Locale) -> str:
    """The first word, or with a comma what follows it: Ada King Lovelace, or Lovelace, Ada."""
    _family, comma, given = text.partition(",")
    return " ".join(given.split()) if comma else text.split()[0]


def _last_name(text: str, _setting: Any, _locale: Locale) -> str:
    """What `_first_name` leaves, so that no word is lost."""
    family, comma, _given = text.partition(",")
    return " ".join(family.split() if comma else text.split()[1:])


def _link(text: str, _setting: Any, _locale: Locale) -> str:
    """A file's answer is its link already; what else was sent under its name is none."""
    if re.fullmatch(r"https?://[^\s/]+\S*", text.strip(), re.IGNORECASE):
        return text.strip()
    raise _Unreadable("is no link to a file")


def _phone(text: str, setting: PhoneFormat, locale: Locale) -> str:
    """What is no phone number stays: the CRM field judges it, and keeps the digits for a person."""
    region = setting.region or locale.region
    return "; ".join(e164(part, region) or part for part in split_phones(text))


def _number(text: str, setting: NumberFormat, _locale: Locale) -> str:
    number = read_amount(text, decimal=setting.decimal or "")
    if number is None:
        raise _Unreadable("is no number")
    return decimal_text(number)


def _money(text: str, setting: MoneyFormat, _locale: Locale) -> str:
    if setting.currency:
        if names_other_currency(text, setting.currency):
            raise _Unreadable(f"is not in {setting.currency}")
        text = without_code(text, setting.currency)
    amount = read_amount(text, decimal=setting.decimal or "")
    if amount is None:
        raise _Unreadable("is no amount of money")
    return decimal_text(amount)


def _date(text: str, setting: DateFormat, locale: Locale) -> str:
    moment = read_by_pattern(text, setting.pattern, zone=setting.zone or locale.zone)
    if moment is None:
        raise _Unreadable(f"is no date written {setting.pattern}")
    return moment


def _yes_no(text: str, setting: YesNoWords, _locale: Locale) -> str:
    word = folded(text)
    for meaning, words in (("yes", setting.yes), ("no", setting.no)):
        if word in map(folded, words):
            return meaning
    answer = read_yes_no(text)
    if answer is None:
        raise _Unreadable("is neither yes nor no")
    return "yes" if answer else "no"


def _filter(name: str) -> Callable[[str, Any, Locale], str]:
    """The macro filter of this name as a conversion; one without arguments has the setting True."""
    change = FILTERS[name].apply
    takes = FILTERS[name].takes

    def converted(text: str, setting: Any, locale: Locale) -> str:
        return str(change(text, locale, *([setting] if takes else [])))

    return converted


_OF_TEXT: dict[str, Callable[[str, Any, Locale], str]] = {
    **{name: _filter(name) for name in ("trim", "upper", "lower", "title", "truncate")},
    "sentence": _sentence,
    "digits": _digits,
    "first_name": _first_name,
    "last_name": _last_name,
    "link": _link,
    "phone": _phone,
    "number": _number,
    "money": _money,
    "date": _date,
    "yes_no": _yes_no,
}
