"""How a rule is written: its operators, its size, and the mistakes in both.

Rules are JsonLogic (https://jsonlogic.com/operations.html) with ``starts_with`` and ``ends_with``
from datalogic and ``matches`` of our own, and without the operators that build lists (``map``,
``filter``, ``reduce``): a rule is a condition.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from rules.folding import folded
from rules.patterns import pattern_mistake
from rules.references import MEMBERS

MAX_DEPTH = 32
MAX_NODES = 500
MAX_INTEGER = 2**53
MAX_TEXT = 4096
BUDGET = 10_000
"""Operations that one evaluation may cost, those not counted that long answers need."""

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
    "matches": (2, 2),
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
    """One thing wrong with a document. ``path`` is a JSON Pointer (RFC 6901).

    A warning may be saved: it says what will surprise.
    """

    path: str
    message: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Names:
    """What ``var`` may name: a root, and under ``field`` a field of the form. None is any."""

    roots: Collection[str] | None = None
    fields: Collection[str] | None = None


def mistakes(rule: Any, names: Names) -> list[Issue]:
    """Everything because of which ``rule`` cannot run, all of it errors."""
    if issue := size_issue(rule):
        return [issue]
    if not isinstance(rule, dict | bool):
        return [
            Issue("", 'is not a condition; write one such as {"==": [{"var": "field.x"}, "y"]}')
        ]
    found = list(_mistakes(rule, "", _Scope(names)))
    if not found and (needed := cost(rule)) > BUDGET:
        found.append(
            Issue("", f"may need {needed} operations, more than {BUDGET}; shorten its nested lists")
        )
    return found


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


def spelled_out(node: Any) -> Any:
    """``node`` with every operator's arguments in a list, and only a variable's name out of one."""
    if isinstance(node, list):
        return [spelled_out(child) for child in node]
    if not isinstance(node, dict):
        return node
    spelled = {name: [spelled_out(one) for one in arguments(given)] for name, given in node.items()}
    match spelled:
        case {"var": [name]}:
            return {"var": name}
    return spelled


def canonical(rule: Any) -> str:
    """The same text for two rules that differ in letter case or in the order of conditions only."""
    return json.dumps(_sorted(spelled_out(rule)), sort_keys=True)


def _sorted(node: Any) -> Any:
    match node:
        case {"var": _} | {"matches": _}:
            return node
        case {"and": inner} | {"or": inner}:
            (name,) = node
            return {name: sorted(map(_sorted, inner), key=json.dumps)}
        case dict():
            return {name: _sorted(given) for name, given in node.items()}
        case list():
            return [_sorted(one) for one in node]
        case str():
            return folded(node)
    return node


def placed_arguments(path: str, operator: str, operand: Any) -> list[tuple[str, Any]]:
    """An operator's arguments, each with its JSON Pointer; ``path`` is the operator's own."""
    inside = f"{path}/{operator.replace('~', '~0').replace('/', '~1')}"
    if not isinstance(operand, list):
        return [(inside, operand)]
    return [(f"{inside}/{n}", argument) for n, argument in enumerate(operand)]


def cost(node: Any) -> int:
    """The most operations that ``node`` needs when every answer is short."""
    if isinstance(node, list):
        return 1 + sum(map(cost, node))
    if not isinstance(node, dict):
        return 1
    operator, operand = next(iter(node.items()))
    given = arguments(operand)
    if operator == "var":
        return 1 + sum(map(cost, given[1:]))
    if operator in ITEM_WISE:
        items, condition = given
        return 2 + cost(items) + max(1, _length(items)) * (1 + cost(condition))
    return _WEIGHTS.get(operator, 1) * (1 + sum(map(cost, given)))


def _length(items: Any) -> int:
    """How many items a written-out list has; those of an answer are not counted."""
    match items:
        case list():
            return len(items)
        case {"merge": given}:
            return sum(_length(one) for one in arguments(given))
    return 1


_WEIGHTS = {"==": 3, "!=": 3, "+": 2, "-": 2, "*": 2, "/": 2, "%": 2, "matches": 20}
"""Operator to how many times as dear as others it is: its arguments are looked at again."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where in a rule we are. ``item`` inside the condition of an item-wise operator."""

    names: Names
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
        case str() if len(value) > MAX_TEXT:
            return f"is longer than {MAX_TEXT} characters; compare with a shorter part of it"
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
    for position, (place, argument) in enumerate(placed_arguments(path, operator, operand)):
        if operator in _NAMING and position == _NAMING[operator]:
            yield from _naming_mistakes(operator, argument, place, scope)
        elif operator == "missing":
            yield from _reference_mistakes(argument, place, scope)
        elif operator == "matches" and position == 1:
            yield from _pattern_mistakes(argument, place)
        elif operator in ITEM_WISE and position == 1:
            yield from _mistakes(argument, place, _Scope(scope.names, item=True))
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


def _pattern_mistakes(pattern: Any, path: str) -> Iterator[Issue]:
    if not isinstance(pattern, str):
        yield Issue(path, r'must be a pattern written out, such as "^\d{5}$"')
    elif message := _literal_mistake(pattern) or pattern_mistake(pattern):
        yield Issue(path, message)


def _reference_mistakes(reference: Any, path: str, scope: _Scope) -> Iterator[Issue]:
    if not isinstance(reference, str):
        yield Issue(path, 'must be a name written out, such as "field.email"')
    elif scope.item:
        if reference:
            yield Issue(path, 'can only be "", the item, inside all, some and none')
    elif not _is_unicode(reference):
        yield Issue(path, "holds half a character (a lone surrogate); type the name anew")
    elif message := _name_mistake(reference, scope.names):
        yield Issue(path, message)


def _name_mistake(reference: str, names: Names) -> str | None:
    root, _, name = reference.partition(".")
    if names.roots is not None and root not in names.roots:
        known = ", ".join(sorted(names.roots))
        return f"{root!r} is not known here; begin with one of {known} and a dot"
    if not name:
        return f'needs a name after the dot, such as "{root}.email"'
    if root == "modules" and "." not in name:
        return f'needs to say what of the module, such as "{reference}.state"'
    if root in MEMBERS and name not in MEMBERS[root]:
        return f"{root} has no {name!r}; {_remedy(name, MEMBERS[root])}"
    if root == "field" and names.fields is not None and name not in names.fields:
        return f"the form has no field {name[:80]!r}; {_remedy(name, names.fields)}"
    return None


def _remedy(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name[:80], known, n=1)
    listed = ", ".join(sorted(known)[:20])
    return f"did you mean {near[0]!r}?" if near else f"known are {listed or 'none yet'}"


def _unknown_operator(operator: Any) -> str:
    near = get_close_matches(str(operator)[:40], OPERATORS, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"known are {' '.join(OPERATORS)}"
    return f"there is no operator {str(operator)[:40]!r}; {remedy}"


def _count_mistake(operator: str, given: int) -> str | None:
    fewest, most = OPERATORS[operator]
    if given >= fewest and (most is None or given <= most):
        return None
    wanted = f"{fewest}" if fewest == most else f"{fewest}–{most}" if most else f"{fewest} or more"
    return f"{operator!r} takes {wanted} arguments, not {given}"
