"""Run a rule against a submission's answers.

JsonLogic, with two differences that make answers compare as the people who write rules expect:

- Letter case, surrounding blanks and Unicode variants never matter: the answers and the texts of
  the rule are folded before they meet. A blank answer is none, and "" in a rule means none. A list
  of one is its only item, and a single answer is a list of one to ``all``, ``some`` and ``none``.
- Under ``> >= < <=`` two values that both look like numbers, however written ("1 500,50 ₴"), compare
  as numbers; two texts that both do not, compare as texts, which is right for ISO dates. Anything
  else (an empty answer, a list, a word against a number) makes the comparison false.
"""

from __future__ import annotations

import json
import operator
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from datalogic_py import DataLogicError, Engine, Rule

from rules.builder import sentence
from rules.checking import ITEM_WISE, arguments, check, size_issue
from rules.numbers import read_number
from rules.references import Json, lookup

BUDGET = 10_000
"""Operations that one evaluation may cost."""
SHOWN_LENGTH = 200
SHOWN_ITEMS = 20


class RuleError(ValueError):
    """The rule cannot be evaluated; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a rule. ``values`` are what it looked at: reference and value, long ones cut.

    ``pointer`` is its place in the rule (RFC 6901). ``result`` is None when it alone fails and the
    whole rule did not need it.
    """

    pointer: str
    sentence: str
    values: tuple[tuple[str, Json], ...]
    result: bool | None


@dataclass(frozen=True, slots=True)
class Verdict:
    value: bool
    trace: tuple[Step, ...]


def evaluate(rule: Any, data: Mapping[str, Any]) -> Verdict:
    """Say whether ``rule`` holds for ``data``, a mapping of roots, and what each condition found.

    Every condition is in the trace, also those that the verdict did not depend on. Raises RuleError.
    """
    if issue := size_issue(rule):
        raise RuleError(f"The rule {issue.message}.")
    try:
        text = json.dumps(rule, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RuleError(f"The rule is not JSON: {error}.") from error
    prepared = _prepare(text)
    value = prepared.whole.holds(data)
    return Verdict(value, tuple(_step(leaf, data) for leaf in prepared.leaves))


@dataclass(frozen=True, slots=True)
class _Condition:
    """A compiled (part of a) rule. ``reads`` are the references behind its variables r0, r1, …"""

    compiled: Rule
    reads: tuple[str, ...]

    def holds(self, data: Mapping[str, Any]) -> bool:
        found = {f"r{n}": _answer(lookup(data, name)) for n, name in enumerate(self.reads)}
        answered = {key: value for key, value in found.items() if value not in (None, [])}
        try:
            result, _ = self.compiled.evaluate_metered(answered, BUDGET)
        except DataLogicError as error:
            raise RuleError(_explanation(error)) from error
        return _ENGINE.truthy(result)


@dataclass(frozen=True, slots=True)
class _Leaf:
    pointer: str
    sentence: str
    condition: _Condition


@dataclass(frozen=True, slots=True)
class _Prepared:
    whole: _Condition
    leaves: tuple[_Leaf, ...]


@lru_cache(maxsize=512)
def _prepare(text: str) -> _Prepared:
    rule = json.loads(text)
    if issues := check(rule, roots=None):
        issue = issues[0]
        raise RuleError(f"The rule is wrong at {issue.path or 'its start'}: {issue.message}.")
    leaves = (_Leaf(path, sentence(leaf), _compiled(leaf)) for path, leaf in _leaves(rule, ""))
    return _Prepared(_compiled(rule), tuple(leaves))


def _compiled(rule: Any) -> _Condition:
    keys: dict[str, str] = {}
    rewritten = _rewritten(rule, keys)
    try:
        return _Condition(_ENGINE.compile(rewritten), tuple(keys))
    except DataLogicError as error:
        raise RuleError(_explanation(error)) from error


def _step(leaf: _Leaf, data: Mapping[str, Any]) -> Step:
    values = tuple((name, _shown(lookup(data, name))) for name in leaf.condition.reads)
    try:
        result = leaf.condition.holds(data)
    except RuleError:
        return Step(leaf.pointer, leaf.sentence, values, None)
    return Step(leaf.pointer, leaf.sentence, values, result)


def _shown(value: Json) -> Json:
    if isinstance(value, str) and len(value) > SHOWN_LENGTH:
        return value[: SHOWN_LENGTH - 1] + "…"
    if isinstance(value, list):
        return [_shown(item) for item in value[:SHOWN_ITEMS]]
    return value


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The parts of a rule that and, or and not combine, with their pointers."""
    if isinstance(node, dict):
        name, operand = next(iter(node.items()))
        given = arguments(operand)
        if name in ("and", "or") or (name == "!" and _combines(given[0])):
            for position, argument in enumerate(given):
                place = (
                    f"{path}/{name}/{position}" if isinstance(operand, list) else f"{path}/{name}"
                )
                yield from _leaves(argument, place)
            return
    yield path, node


def _combines(node: Any) -> bool:
    if not isinstance(node, dict):
        return False
    name, operand = next(iter(node.items()))
    return name in ("and", "or") or (name == "!" and _combines(arguments(operand)[0]))


def _rewritten(node: Any, keys: dict[str, str], in_item: bool = False) -> Any:
    """``node`` with folded texts, our own order operators, and each reference as a key of ``keys``.

    Keys are plain because a name may hold dots, which JsonLogic would take for levels.
    """
    if isinstance(node, str):
        return _folded(node)
    if isinstance(node, list):
        return [_rewritten(child, keys, in_item) for child in node]
    if not isinstance(node, dict):
        return node
    name, operand = next(iter(node.items()))
    given = arguments(operand)

    def key(reference: str) -> str:
        return reference if in_item else keys.setdefault(reference, f"r{len(keys)}")

    if name == "var":
        return {name: [key(given[0]), *_rewritten(given[1:], keys, in_item)]}
    if name == "missing":
        return {name: [key(reference) for reference in given]}
    if name == "missing_some":
        return {name: [given[0], [key(reference) for reference in given[1]]]}
    if name in ITEM_WISE:
        items, condition = given
        listed = {"merge": [_rewritten(items, keys, in_item)]}
        return {name: [listed, _rewritten(condition, keys, in_item=True)]}
    return {_OWN_NAME.get(name, name): [_rewritten(argument, keys, in_item) for argument in given]}


def _folded(text: str) -> str | None:
    return unicodedata.normalize("NFKC", text).casefold().strip() or None


def _answer(value: Json) -> Json:
    if isinstance(value, str):
        return _folded(value)
    if isinstance(value, list):
        items = [item for item in map(_answer, value) if item is not None]
        return items[0] if len(items) == 1 else items
    return value


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[str], str]:
    """An operator of datalogic: its arguments and its result are JSON texts."""

    def holds(given: str) -> str:
        return json.dumps(all(_in_order(compare, *pair) for pair in pairwise(json.loads(given))))

    return holds


def _in_order(compare: Callable[[Any, Any], bool], left: Json, right: Json) -> bool:
    numbers = _number(left), _number(right)
    if None not in numbers:
        return compare(*numbers)
    both_words = numbers == (None, None) and isinstance(left, str) and isinstance(right, str)
    return both_words and compare(left, right)


def _number(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return read_number(str(value))


def _explanation(error: DataLogicError) -> str:
    if error.error_type == "BudgetExceeded":
        return f"The rule needs more than {BUDGET} operations; make it smaller."
    place = f" in {error.operator!r}" if error.operator else ""
    return f"The rule fails{place}: {error.error_type}; check that it computes with numbers only."


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_OWN_NAME = {name: f"answers {name}" for name in _ORDER}
_ENGINE = Engine(
    families=["ExtString"],
    custom_operators={_OWN_NAME[name]: _ordered(compare) for name, compare in _ORDER.items()},
    config={
        "arithmetic_nan_handling": "return_null",
        "division_by_zero": "return_null",
        "loose_equality_errors": False,
    },
)
