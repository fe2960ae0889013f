"""How a row says what becomes of an answer before its CRM field gives it a type.

`engine.deciding.converting` does it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    field_validator,
    model_validator,
)

from engine.deciding.dates import pattern_mistake
from engine.deciding.documents import Document
from engine.deciding.locale import Region, Zone
from engine.deciding.shorthand import OneOf, Setting, as_text

ShortText = Annotated[str, Field(max_length=1000)]
Separator = Annotated[str, Field(max_length=20)]
Plain = Literal[True]


class PhoneFormat(Setting):
    """``region`` is what numbers without a country code belong to; by default the form's."""

    short: ClassVar[str] = "region"

    region: Region | None = None

    @field_validator("region", mode="before")
    @classmethod
    def _norway_is_no_truth_value(cls, written: Any) -> Any:
        return "NO" if written is False else written  # YAML 1.1 reads a bare NO as false


class NumberFormat(Setting):
    """``decimal`` is the sign before the decimals; without it Formwire guesses."""

    short: ClassVar[str] = "decimal"

    decimal: Literal[",", "."] | None = None


class MoneyFormat(Setting):
    """``currency`` (ISO 4217): an amount with another one beside it is unknown."""

    short: ClassVar[str] = "currency"

    currency: str | None = None
    decimal: Literal[",", "."] | None = None

    @field_validator("currency")
    @classmethod
    def _is_a_code(cls, currency: str | None) -> str | None:
        if currency is None or re.fullmatch(r"[A-Z]{3}", currency):
            return currency
        raise ValueError(f"{currency!r} is no currency code; write three letters such as UAH")


class DateFormat(Setting):
    """How the form writes dates, such as ``DD.MM.YYYY HH:mm``, and in which zone; by default its own."""

    short: ClassVar[str] = "pattern"

    pattern: Annotated[str, Field(max_length=40)]
    zone: Zone | None = None

    @field_validator("pattern")
    @classmethod
    def _can_be_read(cls, pattern: str) -> str:
        if mistake := pattern_mistake(pattern):
            raise ValueError(mistake)
        return pattern


class YesNoWords(Document):
    """Words that mean yes or no besides those every form may use."""

    yes: tuple[ShortText, ...] = ()
    no: tuple[ShortText, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _bare_keys_are_words(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        names = {True: "yes", False: "no"}  # what YAML 1.1 makes of the bare words
        return {names.get(key, key): words for key, words in written.items()}


def _pick(written: Any) -> Any:
    number = isinstance(written, int) and not isinstance(written, bool) and written >= 1
    if number or written in ("first", "last"):
        return written
    raise ValueError("takes first, last or a number from 1 on")


class Conversion(OneOf):
    """One conversion: a word such as ``trim``, or one with its setting such as ``date: DD.MM.YYYY``."""

    bare: ClassVar[Mapping[str, Any]] = {
        **dict.fromkeys(
            "trim upper lower title sentence digits first_name last_name link".split(), True
        ),
        "phone": PhoneFormat(),
        "number": NumberFormat(),
        "money": MoneyFormat(),
        "yes_no": YesNoWords(),
        "each": "",
        "join": ", ",
    }

    trim: Plain | None = None
    upper: Plain | None = None
    lower: Plain | None = None
    title: Plain | None = None
    sentence: Plain | None = None
    digits: Plain | None = None
    first_name: Plain | None = None
    last_name: Plain | None = None
    link: Plain | None = None
    truncate: Annotated[int, Field(ge=1, strict=True)] | None = Field(None, examples=[50])
    phone: PhoneFormat | None = None
    number: NumberFormat | None = None
    money: MoneyFormat | None = None
    date: DateFormat | None = Field(None, examples=["DD.MM.YYYY"])
    yes_no: YesNoWords | None = None
    each: Separator | None = None
    pick: Annotated[int | str, PlainValidator(_pick)] | None = Field(None, examples=["first"])
    join: Separator | None = None


class Unknown(OneOf):
    """What becomes of an answer nobody can read: left out, into the note, kept as it is, or a fixed one."""

    bare: ClassVar[Mapping[str, Any]] = {"skip": True, "note": True, "keep": True}

    skip: Plain | None = None
    note: Plain | None = None
    keep: Plain | None = None
    value: Annotated[ShortText, BeforeValidator(as_text)] | None = Field(None, examples=["Other"])


class Conversions(Document):
    """The part of a row that says how an answer becomes what the CRM calls it.

    ``map`` goes from what the form sends to what the CRM calls it; letter case and blanks around do
    not count, and an empty text stands for an empty answer.
    """

    convert: Annotated[tuple[Conversion, ...], Field(max_length=20)] = ()
    map: Annotated[dict[str, ShortText], Field(max_length=1000)] = Field(default_factory=dict)
    unknown: Unknown = Unknown(skip=True)

    @field_validator("convert", mode="before")
    @classmethod
    def _one_is_a_list(cls, written: Any) -> Any:
        return [written] if isinstance(written, str | dict) else written

    @field_validator("map", mode="before")
    @classmethod
    def _bare_values_are_texts(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        if any(isinstance(answer, bool) for answer in written):
            raise ValueError("put quotes around yes, no, on, off, true and false")
        return {as_text(answer): as_text(value) for answer, value in written.items()}

    @field_validator("map")
    @classmethod
    def _answers_differ(cls, map: dict[str, str]) -> dict[str, str]:
        seen: dict[str, str] = {}
        for answer in map:
            if (other := seen.setdefault(folded(answer), answer)) != answer:
                raise ValueError(f"{other!r} and {answer!r} are the same answer")
        return map

    @cached_property
    def folded_map(self) -> Mapping[str, str]:
        """``map`` with its answers as they are compared."""
        return {folded(answer): value for answer, value in self.map.items()}


def folded(text: str) -> str:
    """``text`` as answers are compared: without regard to case and blanks."""
    return " ".join(text.casefold().split())
