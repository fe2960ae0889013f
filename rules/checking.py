"""Mistakes in a rule, found without running it.

Rules are JsonLogic (https://jsonlogic.com/operations.html) with ``starts_with`` and ``ends_with``
from datalogic, and without the operators that build lists (``map``, ``filter``, ``reduce``): a rule
is a condition.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from rules.references import ROOTS

MAX_DEPTH = 32
MAX_NODES = 500
MAX_INTEGER = 2**53

OPERATORS: dict[str, tuple[int, int | None]] = {
    "var": (1, 2),
    "missing": (1, None),
    "missing_some": (2, 2),
    "if": (2, None),
    "?:": (3, 3),
    "and": (1, None),
    "or": (1, None),
    "!": (1, 1),
    "!!": (1, 1),
    "==": (2, 2),
    "!=": (2, 2),
    "===": (2, 2),
    "!==": (2, 2),
    ">": (2, 3),
    ">=": (2, 3),
    "<": (2, 3),
    "<=": (2, 3),
    "in": (2, 2),
    "starts_with": (2, 2),
    "ends_with": (2, 2),
    "cat": (1, None),
    "substr": (2, 3),
    "merge": (1, None),
    "all": (2, 2),
    "some": (2, 2),
    "none": (2, 2),
    "max": (1, None),
    "min": (1, None),
    "+": (1, None),
    "-": (1, 2),
    "*": (1, None),
    "/": (2, 2),
    "%": (2, 2),
}
"""Operator to the fewest and most arguments it takes."""

ITEM_WISE = frozenset({"all", "some", "none"})
"""Operators whose second argument is evaluated per item, where ``{"var": ""}`` is the item."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with a document. ``path`` is a JSON Pointer (RFC 6901)."""

    path: str
    message: str


def check(rule: Any, roots: Collection[str] | None = ROOTS) -> list[Issue]:
    """Everything that is wrong with ``rule``. ``roots`` are what ``var`` may begin with, None for any."""
    if issue := size_issue(rule):
        return [issue]
    if not isinstance(rule, dict | bool):
        return [
            Issue("", 'is not a condition; write one such as {"==": [{"var": "field.x"}, "y"]}')
        ]
    return list(_mistakes(rule, "", _Scope(roots)))


def size_issue(rule: Any) -> Issue | None:
    """What is wrong with the size of ``rule``. Safe for documents of any depth."""
    waiting, nodes = [(rule, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if nodes > MAX_NODES:
            return Issue("", f"has more than {MAX_NODES} parts; split it into several rules")
        if depth > MAX_DEPTH and isinstance(node, dict | list):
            return Issue("", f"is nested more than {MAX_DEPTH} deep; flatten it")
        children = (
            node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        )
        waiting.extend((child, depth + 1) for child in children)
    return None


def arguments(operand: Any) -> list[Any]:
    """An operator's arguments; JsonLogic lets a single one stand without its list."""
    return operand if isinstance(operand, list) else [operand]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where in a rule we are. ``item`` inside the condition of an item-wise operator."""

    roots: Collection[str] | None
    item: bool = False


def _mistakes(node: Any, path: str, scope: _Scope) -> Iterator[Issue]:
    if isinstance(node, dict):
        yield from _call_mistakes(node, path, scope)
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from _mistakes(child, f"{path}/{position}", scope)
    elif message := _literal_mistake(node):
        yield Issue(path, message)


def _literal_mistake(value: Any) -> str | None:
    match value:
        case None | bool():
            return None
        case int() if abs(value) > MAX_INTEGER:
            return "is too large for a number; write it as text"
        case float() if not math.isfinite(value):
            return "is not a number that JSON knows"
        case str() if not _is_unicode(value):
            return "holds half a character (a lone surrogate); type the text anew"
        case int() | float() | str():
            return None
    return f"is not JSON, but a Python {type(value).__name__}"


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _call_mistakes(node: dict[Any, Any], path: str, scope: _Scope) -> Iterator[Issue]:
    if len(node) != 1:
        yield Issue(path, f"has {len(node)} operators; each part of a rule has exactly one")
        return
    operator, operand = next(iter(node.items()))
    if operator not in OPERATORS:
        yield Issue(path, _unknown_operator(operator))
        return
    given = arguments(operand)
    if message := _count_mistake(operator, len(given)):
        yield Issue(path, message)
    inside = f"{path}/{operator.replace('~', '~0').replace('/', '~1')}"
    places = [f"{inside}/{n}" for n in range(len(given))] if isinstance(operand, list) else [inside]
    for position, (argument, place) in enumerate(zip(given, places, strict=True)):
        if operator in _NAMING and position == _NAMING[operator]:
            yield from _naming_mistakes(operator, argument, place, scope)
        elif operator == "missing":
            yield from _reference_mistakes(argument, place, scope)
        elif operator in ITEM_WISE and position == 1:
            yield from _mistakes(argument, place, _Scope(scope.roots, item=True))
        else:
            yield from _mistakes(argument, place, scope)


_NAMING = {"var": 0, "missing_some": 1}
"""Operator to the position of the argument that names what is read."""


def _naming_mistakes(operator: str, argument: Any, path: str, scope: _Scope) -> Iterator[Issue]:
    if operator == "var":
        yield from _reference_mistakes(argument, path, scope)
    elif not isinstance(argument, list):
        yield Issue(path, 'must be a list of names such as ["field.email", "field.phone"]')
    else:
        for position, name in enumerate(argument):
            yield from _reference_mistakes(name, f"{path}/{position}", scope)


def _reference_mistakes(reference: Any, path: str, scope: _Scope) -> Iterator[Issue]:
    if not isinstance(reference, str):
        yield Issue(path, 'must be a name written out, such as "field.email"')
        return
    root, _, name = reference.partition(".")
    if scope.item:
        if reference:
            yield Issue(path, 'can only be "", the item, inside all, some and none')
    elif scope.roots is not None and root not in scope.roots:
        known = ", ".join(sorted(scope.roots))
        yield Issue(path, f"{root!r} is not known here; begin with one of {known} and a dot")
    elif not name:
        yield Issue(path, f'needs a name after the dot, such as "{root}.email"')
    elif not _is_unicode(reference):
        yield Issue(path, "holds half a character (a lone surrogate); type the name anew")


def _unknown_operator(operator: Any) -> str:
    near = get_close_matches(str(operator), OPERATORS, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"known are {' '.join(OPERATORS)}"
    return f"there is no operator {str(operator)[:40]!r}; {remedy}"


def _count_mistake(operator: str, given: int) -> str | None:
    fewest, most = OPERATORS[operator]
    if given >= fewest and (most is None or given <= most):
        return None
    wanted = (
        f"{fewest}" if fewest == most else f"{fewest} to {most}" if most else f"{fewest} or more"
    )
    return f"{operator!r} takes {wanted} arguments, not {given}"
