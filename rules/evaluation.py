"""Run a rule against a submission's answers.

JsonLogic, with two differences that make answers compare as the people who write rules expect:

- Letter case, surrounding blanks and Unicode variants never matter: the answers and the texts of
  the rule are folded before they meet. A blank answer is none, and "" in a rule means none. A list
  of one is its only item, and a single answer is a list of one to ``all``, ``some`` and ``none``.
- Under ``> >= < <=`` two values that both look like numbers, however written ("1 500,50 ₴"), compare
  as numbers; so do two dates (2026-01-31 or 31.01.2026, with or without a time) and two times of day
  (9:30); two texts that are none of these compare as texts. Anything else (an empty answer, a list, a
  word against a number) makes the comparison false. ``==`` and ``!=`` know dates and times too,
  and arithmetic takes numbers as they are written.

An answer that is a number is its text, so that 6 is in ["6", "7"] and in [6, 7]. An answer of any
other shape (a mapping, a list in a list) is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from datalogic_py import DataLogicError, Rule

from rules.builder import sentence
from rules.dates import read_date, read_time
from rules.folding import answer_of, folded, number_as_text, size
from rules.grammar import (
    BUDGET,
    ITEM_WISE,
    Names,
    arguments,
    cost,
    mistakes,
    placed_arguments,
    size_issue,
)
from rules.operators import ENGINE, OWN_NAME
from rules.references import Json, lookup

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
    return compiled(rule).evaluate(data)


def holds(rule: Any, data: Mapping[str, Any]) -> bool:
    """Say whether ``rule`` holds, without the trace. Raises RuleError."""
    return compiled(rule).whole.holds(data)


def reads(rule: Any) -> tuple[str, ...]:
    """Every reference of ``rule``, once. Raises RuleError."""
    return compiled(rule).reads


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled (part of a) rule. ``reads`` are the references behind its variables r0, r1, …"""

    compiled: Rule
    reads: tuple[str, ...]
    cost: int

    def holds(self, data: Mapping[str, Any]) -> bool:
        found = {f"r{n}": answer_of(lookup(data, name)) for n, name in enumerate(self.reads)}
        answered = {key: value for key, value in found.items() if value not in (None, [])}
        # What long answers cost is not the rule's fault, and a visitor must not make it fail.
        budget = BUDGET + self.cost * sum(map(size, answered.values()))
        try:
            result, _ = self.compiled.evaluate_metered(answered, budget)
        except DataLogicError as error:
            raise RuleError(_explanation(error)) from error
        return ENGINE.truthy(result)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition that none combines, with its place in the rule."""

    pointer: str
    sentence: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule made ready to be evaluated again and again."""

    whole: Condition
    leaves: tuple[Leaf, ...]
    sentence: str

    @property
    def reads(self) -> tuple[str, ...]:
        """Every reference, once."""
        return self.whole.reads

    def evaluate(self, data: Mapping[str, Any]) -> Verdict:
        """What `evaluate` says. Raises RuleError."""
        value = self.whole.holds(data)
        return Verdict(value, tuple(self._step(leaf, data, value) for leaf in self.leaves))

    def _step(self, leaf: Leaf, data: Mapping[str, Any], value: bool) -> Step:
        values = tuple((name, _shown(lookup(data, name))) for name in leaf.condition.reads)
        if leaf.pointer == "":  # nothing but this condition
            return Step(leaf.pointer, leaf.sentence, values, value)
        try:
            result = leaf.condition.holds(data)
        except RuleError:
            return Step(leaf.pointer, leaf.sentence, values, None)
        return Step(leaf.pointer, leaf.sentence, values, result)


def compiled(rule: Any) -> CompiledRule:
    """Make ``rule`` ready. Raises RuleError when it is none."""
    if issue := size_issue(rule):
        raise RuleError(f"The rule {issue.message}.")
    try:
        text = json.dumps(rule, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RuleError(f"The rule is not JSON: {error}.") from error
    return _compiled_text(text)


@lru_cache(maxsize=512)
def _compiled_text(text: str) -> CompiledRule:
    rule = json.loads(text)
    if issues := mistakes(rule, Names()):
        issue = issues[0]
        raise RuleError(f"The rule is wrong at {issue.path or 'its start'}: {issue.message}.")
    found = (Leaf(path, sentence(leaf), _condition(leaf)) for path, leaf in leaves(rule))
    return CompiledRule(_condition(rule), tuple(found), sentence(rule))


def _condition(rule: Any) -> Condition:
    keys: dict[str, str] = {}
    rewritten = _rewritten(rule, keys)
    try:
        return Condition(ENGINE.compile(rewritten), tuple(keys), cost(rule))
    except DataLogicError as error:
        raise RuleError(_explanation(error)) from error


def _shown(value: Json) -> Json:
    if isinstance(value, str) and len(value) > SHOWN_LENGTH:
        return value[: SHOWN_LENGTH - 1] + "…"
    if isinstance(value, list):
        return [_shown(item) for item in value[:SHOWN_ITEMS] if not isinstance(item, list)]
    return None if isinstance(value, Mapping) else value


def leaves(rule: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a rule that and, or and not combine, with their pointers."""
    if isinstance(rule, dict):
        name, operand = next(iter(rule.items()))
        if combines(rule):
            for place, argument in placed_arguments(path, name, operand):
                yield from leaves(argument, place)
            return
    yield path, rule


def combines(node: Any) -> bool:
    """Whether ``node`` is made of conditions of its own."""
    if not isinstance(node, dict):
        return False
    name, operand = next(iter(node.items()))
    return name in ("and", "or") or (name == "!" and combines(arguments(operand)[0]))


def _rewritten(node: Any, keys: dict[str, str], in_item: bool = False) -> Any:
    """``node`` with folded texts, our own order operators, and each reference as a key of ``keys``.

    Keys are plain because a name may hold dots, which JsonLogic would take for levels.
    """
    if isinstance(node, str):
        return folded(node)
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
    if name == "matches":
        return {OWN_NAME[name]: [_rewritten(given[0], keys, in_item), given[1]]}
    if name == "in":
        given = [number_as_text(one) for one in given]
    if name in _ARITHMETIC:
        return {name: [_as_number(_rewritten(one, keys, in_item)) for one in given]}
    if name in ("==", "!="):
        return _equality(name, [_rewritten(argument, keys, in_item) for argument in given])
    return {OWN_NAME.get(name, name): [_rewritten(argument, keys, in_item) for argument in given]}


def _equality(name: str, given: list[Any]) -> Any:
    """Loose equality, or the same moment where no other text is written out."""
    if not all(isinstance(one, dict) or _is_moment(one) for one in given):
        return {name: given}
    equal = {"or": [{"==": given}, {OWN_NAME["same moment"]: given}]}
    return equal if name == "==" else {"!": [equal]}


def _as_number(node: Any) -> Any:
    return {OWN_NAME["number"]: [node]} if isinstance(node, dict) else node


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and (read_date(value) or read_time(value)) is not None


def _explanation(error: DataLogicError) -> str:
    if error.error_type == "BudgetExceeded":
        return f"The rule needs more than {BUDGET} operations; make it smaller."
    place = f" in {error.operator!r}" if error.operator else ""
    return f"The rule fails{place}: {error.error_type}; check that it computes with numbers only."


_ARITHMETIC = frozenset({"+", "-", "*", "/", "%"})
