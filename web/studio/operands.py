"""What a rule's row can look at, and what it can ask of it: the words of the Logic tab's pickers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engine.deciding.form import FormConfig
from rules.builder import Operator
from rules.shapes import shape_of

Sort: TypeAlias = Literal["text", "number", "date", "time", "choice", "tick"]
Options: TypeAlias = tuple[tuple[str, str], ...]
"""Values with what people call them."""


@dataclass(frozen=True, slots=True)
class Operand:
    """``reference`` is what a rule calls it; without ``options`` any value can be given."""

    reference: str
    label: str
    sort: Sort = "text"
    options: Options = ()


@dataclass(frozen=True, slots=True)
class OperandGroup:
    label: str
    operands: tuple[Operand, ...]

    @property
    def choices(self) -> Options:
        return tuple((one.reference, one.label) for one in self.operands)


_SORTS: Mapping[str, Sort] = {
    "number": "number",
    "date": "date",
    "select": "choice",
    "checkbox": "tick",
}
"""A form field's type to what it is compared as; every other is text."""

_VISIT: Mapping[str, LazyString] = {
    "utm.source": _l("UTM source"),
    "utm.medium": _l("UTM medium"),
    "utm.campaign": _l("UTM campaign"),
    "utm.term": _l("UTM term"),
    "utm.content": _l("UTM content"),
    "page.url": _l("address of the page"),
    "page.title": _l("title of the page"),
    "page.referrer": _l("page before"),
    "page.landing_url": _l("first page of the visit"),
    "visitor.language": _l("visitor’s language"),
    "visitor.ip": _l("visitor’s IP address"),
}
_ARRIVAL: Mapping[str, LazyString] = {
    "time.weekday": _l("weekday"),
    "time.time": _l("time of day"),
    "time.date": _l("date"),
    "spam.score": _l("spam score"),
    "spam.reasons": _l("why it looks like spam"),
    "submission.number": _l("number of the submission"),
    "form.key": _l("key of the form"),
}
_FIXED_SORTS: Mapping[str, Sort] = {
    "time.weekday": "choice",
    "time.time": "time",
    "time.date": "date",
    "spam.score": "number",
    "submission.number": "number",
}
_WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


def operand_groups(
    form: FormConfig, seen: Mapping[str, str], others: Iterable[tuple[str, str]]
) -> list[OperandGroup]:
    """Everything there is to look at.

    ``seen`` are names that submissions had with what was asked, ``others`` the form's other modules:
    key and name.
    """
    declared, language = {field.key for field in form.fields}, get_locale().language
    groups = (
        (_("Fields of the form"), _declared(form)),
        (
            _("Seen in submissions"),
            (_seen(name, label) for name, label in seen.items() if name not in declared),
        ),
        (_("The visit"), _visit(language)),
        (_("The submission"), _arrival(language)),
        (_("Other modules of the form"), (_outcome(key, name) for key, name in others)),
    )
    built = (OperandGroup(label, tuple(operands)) for label, operands in groups)
    return [group for group in built if group.operands]


def _declared(form: FormConfig) -> Iterator[Operand]:
    for field in form.fields:
        label = f"{field.label} ({field.key})" if field.label else field.key
        options = tuple((option, option) for option in field.options)
        yield Operand(f"field.{field.key}", label, _SORTS.get(field.type, "text"), options)


def _seen(name: str, label: str) -> Operand:
    return Operand(f"field.{name}", f"{label} ({name})" if label else name)


@cache
def _visit(_language: str) -> tuple[Operand, ...]:
    return tuple(_named(_VISIT))


@cache
def _arrival(_language: str) -> tuple[Operand, ...]:
    return tuple(_named(_ARRIVAL))


def _named(words: Mapping[str, LazyString]) -> Iterator[Operand]:
    for reference, label in words.items():
        options = _days() if reference == "time.weekday" else ()
        yield Operand(reference, str(label), _FIXED_SORTS.get(reference, "text"), options)


def _days() -> Options:
    return tuple((str(number), str(day)) for number, day in enumerate(_WEEKDAYS, 1))


def _outcome(key: str, name: str) -> Operand:
    reference = f"modules.{key}.state"
    shape = shape_of(reference, {})
    states = tuple((state, state) for state in shape.options) if shape else ()
    return Operand(reference, _("outcome of %(module)s", module=name), "choice", states)


_WORDS: Mapping[Operator, LazyString] = {
    Operator.EQUALS: _l("equals"),
    Operator.NOT_EQUALS: _l("does not equal"),
    Operator.CONTAINS: _l("contains"),
    Operator.NOT_CONTAINS: _l("does not contain"),
    Operator.STARTS: _l("starts with"),
    Operator.ENDS: _l("ends with"),
    Operator.EMPTY: _l("is empty"),
    Operator.NOT_EMPTY: _l("is not empty"),
    Operator.GREATER: _l("is greater than"),
    Operator.AT_LEAST: _l("is at least"),
    Operator.LESS: _l("is less than"),
    Operator.AT_MOST: _l("is at most"),
    Operator.IN_LIST: _l("is one of"),
    Operator.NOT_IN_LIST: _l("is none of"),
    Operator.CHOSEN: _l("has the option"),
    Operator.NOT_CHOSEN: _l("does not have the option"),
    Operator.MATCHES: _l("matches the pattern"),
    Operator.NOT_MATCHES: _l("does not match the pattern"),
}
_MOMENT_WORDS: Mapping[Operator, LazyString] = {
    Operator.EQUALS: _l("is"),
    Operator.NOT_EQUALS: _l("is not"),
    Operator.GREATER: _l("is after"),
    Operator.AT_LEAST: _l("is at or after"),
    Operator.LESS: _l("is before"),
    Operator.AT_MOST: _l("is at or before"),
}
_OWN_WORDS: Mapping[Sort, Mapping[Operator, LazyString]] = {
    "date": _MOMENT_WORDS,
    "time": _MOMENT_WORDS,
    "tick": {Operator.NOT_EMPTY: _l("is ticked"), Operator.EMPTY: _l("is not ticked")},
}

_EITHER = (Operator.EMPTY, Operator.NOT_EMPTY)
_SAME = (Operator.EQUALS, Operator.NOT_EQUALS)
_LISTED = (Operator.IN_LIST, Operator.NOT_IN_LIST)
_ORDER = (Operator.GREATER, Operator.AT_LEAST, Operator.LESS, Operator.AT_MOST)
_USUAL: Mapping[Sort, tuple[Operator, ...]] = {
    "text": (
        *_SAME,
        Operator.CONTAINS,
        Operator.NOT_CONTAINS,
        Operator.STARTS,
        Operator.ENDS,
        *_LISTED,
        *_EITHER,
        Operator.MATCHES,
        Operator.NOT_MATCHES,
    ),
    "number": (*_SAME, *_ORDER, *_LISTED, *_EITHER),
    "date": (*_ORDER, *_SAME, *_EITHER),
    "time": (*_ORDER, *_SAME, *_EITHER),
    "choice": (*_SAME, *_LISTED, Operator.CHOSEN, Operator.NOT_CHOSEN, *_EITHER),
    "tick": (Operator.NOT_EMPTY, Operator.EMPTY),
}


def operators(sort: Sort) -> tuple[Options, Options]:
    """The operators for what is compared as ``sort``: the usual ones, then all the others."""
    return _operators(sort, get_locale().language)


# What is the same on every page is kept by language: the words are many, and looked up one by one.
@cache
def _operators(sort: Sort, _language: str) -> tuple[Options, Options]:
    usual = _USUAL[sort]
    own = _OWN_WORDS.get(sort, {})
    named = {one: str(own.get(one, _WORDS[one])) for one in (*usual, *_WORDS)}
    return (
        tuple((one, named[one]) for one in usual),
        tuple((one, named[one]) for one in named if one not in usual),
    )
