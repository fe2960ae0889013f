"""What a macro may do to a value on its way into a text: ``{{ field.city | default("-") | upper }}``.

A filter that finds nothing to work on (a date filter on a word) leaves the value as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from jinja2.filters import do_title

from engine.deciding.dates import format_moment, read_moment
from engine.deciding.identity import e164
from engine.deciding.locale import Locale
from engine.deciding.values import decimal_text
from rules.numbers import read_number

Value: TypeAlias = "str | list[str]"


@dataclass(frozen=True, slots=True)
class Filter:
    """``takes`` are the types of its arguments, of which the first ``needs`` must be given.

    ``check`` finds the mistake in arguments of the right types.
    """

    apply: Callable[..., Value]
    takes: tuple[type, ...] = ()
    needs: int = 0
    check: Callable[..., str | None] = lambda *_arguments: None

    def mistake(self, arguments: tuple[Any, ...]) -> str | None:
        if not self.needs <= len(arguments) <= len(self.takes):
            most = len(self.takes)
            wanted = f"{self.needs}–{most}" if self.needs != most else str(most)
            return f"takes {wanted} arguments, not {len(arguments)}"
        for argument, kind in zip(arguments, self.takes, strict=False):
            if type(argument) is not kind:
                return "takes a number" if kind is int else 'takes a text, such as "-"'
        return self.check(*arguments)


def _each(apply: Callable[..., str]) -> Callable[..., Value]:
    """The filter of one text, for lists too."""

    def of_value(value: Value, locale: Locale, *arguments: Any) -> Value:
        if isinstance(value, list):
            return [apply(text, locale, *arguments) for text in value]
        return apply(value, locale, *arguments)

    return of_value


def _default(value: Value, _locale: Locale, text: str) -> Value:
    answered = value.strip() if isinstance(value, str) else value
    return value if answered else text


def _join(value: Value, _locale: Locale, separator: str = ", ") -> Value:
    return separator.join(value) if isinstance(value, list) else value


def _first(value: Value, _locale: Locale) -> Value:
    return (value[0] if value else "") if isinstance(value, list) else value


def _last(value: Value, _locale: Locale) -> Value:
    return (value[-1] if value else "") if isinstance(value, list) else value


def _truncate(text: str, _locale: Locale, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def _date(text: str, locale: Locale, pattern: str = "dd.mm.yyyy") -> str:
    moment = read_moment(text, region=locale.region, zone=locale.zone)
    return format_moment(moment, pattern) if moment else text


def _number(text: str, _locale: Locale, decimals: int | None = None) -> str:
    number = read_number(text)
    return text if number is None else decimal_text(number, decimals and min(decimals, 20))


def _phone(text: str, locale: Locale) -> str:
    return e164(text, locale.region) or text


def _option(text: str, _locale: Locale, labels: str) -> str:
    return _labels(labels).get(text.strip().casefold(), text)


@lru_cache(maxsize=256)
def _labels(written: str) -> Mapping[str, str]:
    """``a=Alpha; b=Beta`` as a mapping, its values in lower case to their labels."""
    pairs = (pair.partition("=") for pair in written.split(";") if pair.strip())
    return {value.strip().casefold(): label.strip() for value, _, label in pairs}


def _labels_mistake(written: str) -> str | None:
    pairs = [pair for pair in written.split(";") if pair.strip()]
    if pairs and all("=" in pair for pair in pairs):
        return None
    return 'takes answers and their labels, such as ("demo=A demo; price=The price list")'


FILTERS: dict[str, Filter] = {
    "default": Filter(_default, (str,), needs=1),
    "upper": Filter(_each(lambda text, _: text.upper())),
    "lower": Filter(_each(lambda text, _: text.lower())),
    "title": Filter(_each(lambda text, _: do_title(text))),
    "trim": Filter(_each(lambda text, _: text.strip())),
    "first": Filter(_first),
    "last": Filter(_last),
    "join": Filter(_join, (str,)),
    "truncate": Filter(_each(_truncate), (int,), needs=1),
    "date": Filter(_each(_date), (str,)),
    "number": Filter(_each(_number), (int,)),
    "phone": Filter(_each(_phone)),
    "option": Filter(_each(_option), (str,), needs=1, check=_labels_mistake),
}
