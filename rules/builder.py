"""The rows of the logic screen, as JsonLogic and back.

A rule that `to_rule` did not write, or could not have written, has no rows: the screen then shows
the JsonLogic itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, reduce
from typing import Any, Literal, TypeAlias

from jsonlogic import Expression, Operation, Variable

from rules.grammar import MAX_INTEGER, size_issue, spelled_out
from rules.wording import Say, in_english, phrase


class Operator(StrEnum):
    """How a row compares its operand with its value.

    Contains means part of a text, or one of a list. Chosen and in_list take a single answer and a
    list of answers alike: the value is among the answers; one of the answers is among the values.
    Matches finds a regular expression anywhere in the answer, or in one of several.
    """

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS = "starts"
    ENDS = "ends"
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"
    GREATER = "greater"
    AT_LEAST = "at_least"
    LESS = "less"
    AT_MOST = "at_most"
    IN_LIST = "in_list"
    NOT_IN_LIST = "not_in_list"
    CHOSEN = "chosen"
    NOT_CHOSEN = "not_chosen"
    MATCHES = "matches"
    NOT_MATCHES = "not_matches"


LISTS = frozenset({Operator.IN_LIST, Operator.NOT_IN_LIST})
"""Operators whose value is several texts."""

_SENTENCES: dict[Operator, str] = {
    Operator.EQUALS: "%(operand)s equals %(value)s",
    Operator.NOT_EQUALS: "%(operand)s does not equal %(value)s",
    Operator.CONTAINS: "%(operand)s contains %(value)s",
    Operator.NOT_CONTAINS: "%(operand)s does not contain %(value)s",
    Operator.STARTS: "%(operand)s starts with %(value)s",
    Operator.ENDS: "%(operand)s ends with %(value)s",
    Operator.EMPTY: "%(operand)s is empty",
    Operator.NOT_EMPTY: "%(operand)s is not empty",
    Operator.GREATER: "%(operand)s is greater than %(value)s",
    Operator.AT_LEAST: "%(operand)s is at least %(value)s",
    Operator.LESS: "%(operand)s is less than %(value)s",
    Operator.AT_MOST: "%(operand)s is at most %(value)s",
    Operator.IN_LIST: "%(operand)s is one of %(value)s",
    Operator.NOT_IN_LIST: "%(operand)s is none of %(value)s",
    Operator.CHOSEN: "%(operand)s has the option %(value)s",
    Operator.NOT_CHOSEN: "%(operand)s does not have the option %(value)s",
    Operator.MATCHES: "%(operand)s matches %(value)s",
    Operator.NOT_MATCHES: "%(operand)s does not match %(value)s",
}

_OPERANDS: dict[str, str] = {
    "time.weekday": phrase("the weekday"),
    "time.time": phrase("the time"),
    "time.date": phrase("the date"),
    "visitor.language": phrase("the visitor's language"),
    "spam.score": phrase("the spam score"),
    "spam.reasons": phrase("why it looks like spam"),
}
"""What is no field and has a name of its own in a sentence."""

_WEEKDAYS = {
    "1": phrase("Monday"),
    "2": phrase("Tuesday"),
    "3": phrase("Wednesday"),
    "4": phrase("Thursday"),
    "5": phrase("Friday"),
    "6": phrase("Saturday"),
    "7": phrase("Sunday"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """``operand`` is a reference such as ``field.topic``.

    ``value`` is a text; a tuple of texts for in_list and not_in_list; "" for empty and not_empty.
    """

    operand: str
    operator: Operator
    value: str | tuple[str, ...] = ""


Match: TypeAlias = Literal["all", "any", "none"]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows and groups of which all, any or none must hold. Never empty."""

    match: Match
    parts: tuple[Row | Group, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a group needs at least one row; take the group out")


Rule: TypeAlias = dict[str, Any]


def to_rule(group: Group) -> Rule:
    """The group as JsonLogic. A lone row of an outermost "all" stands by itself."""
    alone = group.match == "all" and len(group.parts) == 1 and isinstance(group.parts[0], Row)
    expression = _expression(group.parts[0] if alone else group)
    rule: Rule = json.loads(str(expression))
    return rule


def from_rule(rule: Any) -> Group | None:
    """The group that `to_rule` makes ``rule`` of; None when there is none."""
    if size_issue(rule):
        return None
    part = _part(spelled_out(rule))
    return Group("all", (part,)) if isinstance(part, Row) else part


def sentence(rule: Any, say: Say = in_english) -> str:
    """``rule`` in words; what has no words stands as JsonLogic. Rules that `check` refuses too."""
    if issue := size_issue(rule):
        return say("a rule that %(mistake)s", mistake=issue.message)
    return _sentence(spelled_out(rule), say, outermost=True)


_AND, _OR, _NOT = Operation("and", None), Operation("or", None), Operation("!", 1)
_SOME, _NONE = Operation("some", 2), Operation("none", 2)
_MERGE, _IN = Operation("merge", 1), Operation("in", 2)
_CONTAINS = Operation("contains", 2)  # which jsonlogic writes as "in", the other way round

_PLAIN = {
    Operator.EQUALS: Operation("==", 2),
    Operator.NOT_EQUALS: Operation("!=", 2),
    Operator.STARTS: Operation("starts_with", 2),
    Operator.ENDS: Operation("ends_with", 2),
    Operator.MATCHES: Operation("matches", 2),
}
_ORDER = {
    Operator.GREATER: Operation(">", 2),
    Operator.AT_LEAST: Operation(">=", 2),
    Operator.LESS: Operation("<", 2),
    Operator.AT_MOST: Operation("<=", 2),
}
_DENIED = {
    Operator.NOT_EMPTY: Operator.EMPTY,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_CHOSEN: Operator.CHOSEN,
    Operator.NOT_MATCHES: Operator.MATCHES,
}
"""Operator to the one that it is the ``!`` of."""
_DENYING = {plain: denying for denying, plain in _DENIED.items()}
_BY_SYMBOL = {operation.op: row for row, operation in (_PLAIN | _ORDER).items()}


def _expression(part: Row | Group) -> Expression:
    if isinstance(part, Row):
        return _row_expression(part)
    first, *rest = (_expression(inner) for inner in part.parts)
    if part.match == "none":
        return Expression(_NOT, Expression(_OR, first, *rest))
    return Expression(_AND if part.match == "all" else _OR, first, *rest)


def _row_expression(row: Row) -> Expression:
    answer = Variable(row.operand)
    match row.operator, row.value:
        case Operator.EMPTY, _:
            return Expression(_NOT, answer)
        case Operator.IN_LIST | Operator.NOT_IN_LIST, tuple(texts):
            one = Expression(_IN, Variable(""), list(texts))
            quantifier = _SOME if row.operator is Operator.IN_LIST else _NONE
            return Expression(quantifier, Expression(_MERGE, answer), one)
        case operator, _ if operator in _DENIED:
            return Expression(_NOT, _row_expression(replace(row, operator=_DENIED[operator])))
        case Operator.CONTAINS, str(text):
            return Expression(_CONTAINS, answer, text)
        case Operator.CHOSEN, str(text):
            return Expression(_CONTAINS, Expression(_MERGE, answer), text)
        case operator, str(text) if operator in _PLAIN:
            return Expression(_PLAIN[operator], answer, text)
        case operator, str(text) if operator in _ORDER:
            return Expression(_ORDER[operator], answer, _number_or_text(text))
    raise TypeError(
        f"{row.operator} takes {'several texts' if row.operator in LISTS else 'one text'}"
    )


def _number_or_text(text: str) -> int | float | str:
    """A number when JSON writes it exactly as ``text`` does, so that the way back is exact."""
    try:
        number = json.loads(text)
    except ValueError:
        return text
    exact = (
        type(number) in (int, float) and abs(number) < MAX_INTEGER and json.dumps(number) == text
    )
    return number if exact else text


def _part(rule: Any) -> Row | Group | None:
    match rule:
        case {"and": [_, *_] as inner} if len(rule) == 1:
            return _group("all", inner)
        case {"or": [_, *_] as inner} if len(rule) == 1:
            return _group("any", inner)
        case {"!": [{"or": [_, *_] as inner} as denied]} if len(rule) == len(denied) == 1:
            return _group("none", inner)
    return _row(rule)


def _group(match: Match, rules: list[Any]) -> Group | None:
    parts = [_part(rule) for rule in rules]
    found = tuple(part for part in parts if part is not None)
    return Group(match, found) if len(found) == len(parts) else None


def _row(rule: Any) -> Row | None:
    """The row of which `to_rule` makes exactly this rule: guessed, then compared."""
    row = _guessed_row(rule)
    return row if row and json.loads(_written_row(row)) == rule else None


@lru_cache(maxsize=1024)
def _written_row(row: Row) -> str:
    """The row as JSON. Kept, since emitting it takes long and pages look at the same rows again."""
    return str(_row_expression(row))


def _guessed_row(rule: Any) -> Row | None:
    match rule:
        case {"!": [{"var": str(name)}]}:
            return Row(name, Operator.EMPTY)
        case {"!": [inner]}:
            row = _guessed_row(inner)
            return (
                replace(row, operator=_DENYING[row.operator])
                if row and row.operator in _DENYING
                else None
            )
        case {"in": [str(text), {"var": str(name)}]}:
            return Row(name, Operator.CONTAINS, text)
        case {"in": [str(text), {"merge": [{"var": str(name)}]}]}:
            return Row(name, Operator.CHOSEN, text)
        case {"some": [{"merge": [{"var": str(name)}]}, {"in": [_, [*texts]]}]}:
            return Row(name, Operator.IN_LIST, tuple(map(str, texts)))
        case {"none": [{"merge": [{"var": str(name)}]}, {"in": [_, [*texts]]}]}:
            return Row(name, Operator.NOT_IN_LIST, tuple(map(str, texts)))
        case dict() if len(rule) == 1:
            return _comparing_row(*next(iter(rule.items())))
    return None


def _comparing_row(symbol: Any, given: Any) -> Row | None:
    match given:
        case [{"var": str(name)}, bool() | int() | float() | str() as value] if (
            symbol in _BY_SYMBOL
        ):
            return Row(
                name, _BY_SYMBOL[symbol], value if isinstance(value, str) else json.dumps(value)
            )
    return None


def _sentence(rule: Any, say: Say, *, outermost: bool = False) -> str:
    match rule:
        case {"and": [_, *_] as inner}:
            words = _joined(inner, "%(one)s and %(other)s", say)
        case {"or": [_, *_] as inner}:
            words = _joined(inner, "%(one)s or %(other)s", say)
        case {"!": [{"or": [_, _, *_] as inner} as denied]} if len(denied) == 1:
            words = say("neither %(parts)s", parts=_joined(inner, "%(one)s nor %(other)s", say))
        case {"!": [{"or": [denied]}]}:
            return say("not (%(part)s)", part=_sentence(denied, say, outermost=True))
        case _:
            row = _row(rule)
            return (
                _row_sentence(row, say)
                if row
                else json.dumps(rule, ensure_ascii=False, default=repr)
            )
    return words if outermost or len(inner) == 1 else f"({words})"


def _joined(rules: list[Any], template: str, say: Say) -> str:
    parts = [_sentence(rule, say) for rule in rules]
    return reduce(lambda one, other: say(template, one=one, other=other), parts)


def _row_sentence(row: Row, say: Say) -> str:
    words = say(
        _SENTENCES[row.operator],
        operand=operand_words(row.operand, say),
        value=_value_words(row, say),
    )
    return words.rstrip()  # nothing is compared with, so far


def _value_words(row: Row, say: Say) -> str:
    values = row.value if isinstance(row.value, tuple) else (row.value,)
    if row.operand == "time.weekday":
        return ", ".join(
            say(_WEEKDAYS[day]) if day in _WEEKDAYS else f'"{day}"' for day in values if day
        )
    if row.operator in _ORDER:
        return ", ".join(values)
    return ", ".join(f'"{text}"' for text in values)


def operand_words(reference: str, say: Say = in_english) -> str:
    """What is read, as a sentence says it: a field by its name alone."""
    match reference.split("."):
        case ["modules", key, "state"]:
            return say("the outcome of module %(key)s", key=key)
    if words := _OPERANDS.get(reference):
        return say(words)
    return reference.removeprefix("field.")
