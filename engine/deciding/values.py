"""Answer → typed CRM value.

Problems are phrases for a person, without the answer itself, to be read after the field's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from connectors.base import Json
from connectors.catalog import Field, FieldType
from engine.deciding.dates import read_moment
from engine.deciding.identity import e164, normal_email, phone_digits, split_phones
from engine.deciding.locale import Locale
from engine.deciding.placeholders import deferred, is_id
from rules.numbers import read_number

OPTIONS_NAMED = 20
NOTHING: tuple[Json, ...] = (None, "", [])
"""The values that say nothing."""


class Converted(NamedTuple):
    """``value`` is in its FieldType's form; None when the answer is empty or cannot be used.

    ``problem`` says what was left out, and why. ``digits`` are those of an answer that is no phone
    number, for a person who may see through the typing error.
    """

    value: Json | None
    problem: str | None = None
    digits: str | None = None


def convert(value: str | list[str], field: Field, locale: Locale) -> Converted:
    """Turn an answer into a value of ``field``; an empty answer has no value and no problem.

    Placeholders pass in texts and addresses, and as a number when there is nothing beside an id.
    ``locale`` tells what phones without a country code and times without an offset mean.
    """
    if isinstance(value, str):
        answers = [printable(value).strip()]
    else:
        answers = [text for answer in value if (text := printable(answer).strip())]
    if not answers or not answers[0]:
        return _NO_ANSWER
    type = field.type
    if type is FieldType.CHOICES:
        return _choices(answers, field)
    read = _READERS[type]
    if field.many:
        return _many([read(text, field, locale) for text in _separate(answers, field)])
    if type in _TEXTS:
        return read(", ".join(answers), field, locale)
    first = read(answers[0], field, locale)
    if len(answers) > 1 and first.problem is None:
        return Converted(
            first.value, f"takes one value, so only the first of {len(answers)} is kept"
        )
    return first


_NO_ANSWER = Converted(None)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """``text`` with line feeds as the only line ends.

    Without other control characters than tabs, and without halves of characters.
    """
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_Read: TypeAlias = Callable[[str, Field, Locale], Converted]


def _separate(answers: list[str], field: Field) -> list[str]:
    """The single values in ``answers``: people write several phones into one input."""
    if field.type not in (FieldType.PHONE, FieldType.EMAIL):
        return answers
    return [part for answer in answers for part in split_phones(answer)]


def _many(found: list[Converted]) -> Converted:
    if len(found) == 1:
        (one,) = found
        return Converted(None if one.value is None else [one.value], one.problem, one.digits)
    values = list(dict.fromkeys(one.value for one in found if one.value is not None))
    problems = dict.fromkeys(one.problem for one in found if one.problem)
    digits = "; ".join(one.digits for one in found if one.digits)
    return Converted(values or None, "; ".join(problems) or None, digits or None)


def _text(text: str, _field: Field, _locale: Locale) -> Converted:
    return Converted(_LINE_ENDS.sub(" ", text) if "\n" in text else text)


_LINE_ENDS = re.compile(r"\s*\n\s*")


def _long_text(text: str, _field: Field, _locale: Locale) -> Converted:
    return Converted(text)


def _url(text: str, _field: Field, _locale: Locale) -> Converted:
    if deferred(text):
        return Converted(text)
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:  # such as a bracket out of place
        usable = False
    if not usable or re.search(r"\s", address):
        return Converted(None, "the answer is no web address")
    return Converted(address)


def _phone(text: str, _field: Field, locale: Locale) -> Converted:
    number = e164(text, locale.region)
    if number is None:
        problem = f"the answer is no phone number of {locale.region}, nor one with a country code"
        return Converted(None, problem, digits=phone_digits(text) or None)
    return Converted(number)


def _email(text: str, _field: Field, _locale: Locale) -> Converted:
    address = normal_email(text)
    return Converted(address, None if address else "the answer is no e-mail address")


def _number(text: str, field: Field, _locale: Locale) -> Converted:
    if is_id(text):
        return Converted(text)
    number = read_number(text)
    if number is None:
        return Converted(None, "the answer is no number")
    return Converted(decimal_text(number, field.decimals))


def decimal_text(number: Decimal, decimals: int | None = None) -> str:
    """``number`` with at most ``decimals`` digits after the point, halves rounded up, no idle zeros."""
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


_EXACT = Context(prec=200)

_YES = frozenset(
    "yes y true 1 on ok checked agree agreed + "
    "так згоден згодна істина да согласен согласна истина sí si acepto verdadero".split()
)
_NO = frozenset("no n false 0 off unchecked disagree - ні хибно нет ложь falso".split()).union(
    ["не згоден", "не згодна", "не согласен", "не согласна", "no acepto"]
)


def read_yes_no(text: str) -> bool | None:
    """Whether ``text`` says yes or no in English, Ukrainian, Russian or Spanish; None for neither."""
    word = " ".join(text.casefold().split())
    if word in _YES or word in _NO:
        return word in _YES
    return None


def _yes_no(text: str, _field: Field, _locale: Locale) -> Converted:
    answer = read_yes_no(text)
    return Converted(answer, "the answer is neither yes nor no" if answer is None else None)


def _date(text: str, _field: Field, locale: Locale) -> Converted:
    moment = read_moment(text, region=locale.region, zone=locale.zone)
    if moment is None:
        return Converted(None, "the answer is no date; 2026-12-31 and 31.12.2026 are")
    return Converted(moment.date().isoformat())


def _datetime(text: str, _field: Field, locale: Locale) -> Converted:
    moment = read_moment(text, region=locale.region, zone=locale.zone)
    if moment is None:
        return Converted(None, "the answer is no time; 2026-12-31 15:00 is")
    return Converted(moment.isoformat(timespec="seconds"))


def _choice(text: str, field: Field, _locale: Locale) -> Converted:
    option = field.option(text)
    if option is None:
        return Converted(None, f"the answer is none of the CRM's options: {_named(field)}")
    return Converted(option.id)


def _reference(text: str, field: Field, locale: Locale) -> Converted:
    """A user, pipeline or stage: of the options when the field has some, else taken as the id."""
    return _choice(text, field, locale) if field.options else Converted(text)


def _messenger(text: str, field: Field, _locale: Locale) -> Converted:
    """An address with its messenger before it, such as ``telegram:@ada``."""
    named, colon, address = text.partition(":")
    option = field.option(named.strip()) if colon else None
    if option is None or not address.strip():
        return Converted(
            None, f"write the messenger and a colon before the address: {_named(field)}"
        )
    return Converted(f"{option.id}:{address.strip()}")


def _opaque(_text: str, _field: Field, _locale: Locale) -> Converted:
    return Converted(None, "only the CRM itself writes this field; map another")


def _choices(answers: list[str], field: Field) -> Converted:
    """An answer that is no option as a whole is taken apart: senders join choices."""
    parts = [
        part
        for answer in answers
        for part in ([answer] if field.option(answer) else re.split(r"\s*[;,\n]\s*", answer))
        if part
    ]
    chosen = [option.id for part in parts if (option := field.option(part))]
    unknown = len(parts) - len(chosen)
    problem = f"{unknown} of {len(parts)} answers are none of the CRM's options: {_named(field)}"
    return Converted(list(dict.fromkeys(chosen)) or None, problem if unknown else None)


def _named(field: Field) -> str:
    options = [option.label for option in field.options]
    more, labels = len(options) - OPTIONS_NAMED, ", ".join(options[:OPTIONS_NAMED])
    return f"{labels} and {more} more" if more > 0 else labels


_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
_READERS: dict[FieldType, _Read] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.URL: _url,
    FieldType.PHONE: _phone,
    FieldType.EMAIL: _email,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.YES_NO: _yes_no,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.CHOICE: _choice,
    FieldType.USER: _reference,
    FieldType.PIPELINE: _reference,
    FieldType.STAGE: _reference,
    FieldType.MESSENGER: _messenger,
    FieldType.OPAQUE: _opaque,
}
