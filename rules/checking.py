"""Mistakes in a rule, found without a submission.

What cannot run is an error. With the form's fields known, so is a comparison that can never be true
by its types; a condition that its field's options decide beforehand is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from rules.builder import Group, Operator, Row, from_rule, operand_words
from rules.evaluation import leaves
from rules.folding import folded
from rules.grammar import Issue, Names, mistakes, placed_arguments
from rules.patterns import pattern_surprise
from rules.reach import decided
from rules.references import ROOTS
from rules.shapes import FieldShape, scales_of, shape_of

__all__ = ["FieldShape", "Issue", "check"]


def check(
    rule: Any,
    roots: Collection[str] | None = ROOTS,
    fields: Mapping[str, FieldShape] | None = None,
) -> list[Issue]:
    """Everything that is wrong with ``rule``.

    ``roots`` are what ``var`` may begin with, None for any. ``fields`` are the form's, by name;
    without them there are no warnings, and every field is taken for known.
    """
    found = mistakes(rule, Names(roots, fields))
    if found or fields is None:
        return found
    told = [*_clashes(rule, "", fields), *_surprises(rule, fields)]
    places = {issue.path for issue in told}
    _, beforehand = decided(rule, fields)
    return told + [issue for issue in beforehand if issue.path not in places]


def _clashes(node: Any, path: str, fields: Mapping[str, FieldShape]) -> Iterator[Issue]:
    """Orders between values that have none."""
    if isinstance(node, list):
        for position, child in enumerate(node):
            yield from _clashes(child, f"{path}/{position}", fields)
    if not isinstance(node, dict):
        return
    operator, operand = next(iter(node.items()))
    if operator in (">", ">=", "<", "<="):
        for left, right in pairwise(scales_of(one, fields) for one in operand):
            if left is not None and right is not None and not left & right:
                yield Issue(path, f"compares {_named(left)} with {_named(right)}: never true")
    for place, argument in placed_arguments(path, operator, operand):
        yield from _clashes(argument, place, fields)


def _named(scales: Collection[str]) -> str:
    return f"a {' or '.join(sorted(scales))}" if scales else "what has no order"


def _surprises(rule: Any, fields: Mapping[str, FieldShape]) -> Iterator[Issue]:
    """What rows of the logic screen say and their writer did hardly mean."""
    for path, leaf in leaves(rule):
        match from_rule(leaf):
            case Group(parts=(Row(operand=operand) as row,)):
                shape = shape_of(operand, fields)
                if message := _row_surprise(row, shape):
                    yield Issue(path, message, "warning")


_WHOLE = {
    Operator.EQUALS,
    Operator.NOT_EQUALS,
    Operator.IN_LIST,
    Operator.NOT_IN_LIST,
    Operator.CHOSEN,
    Operator.NOT_CHOSEN,
}
"""Operators that compare with whole options."""


def _row_surprise(row: Row, shape: FieldShape | None) -> str | None:
    if row.operator in (Operator.MATCHES, Operator.NOT_MATCHES):
        return pattern_surprise(str(row.value))
    if shape is None or row.operator not in _WHOLE:
        return None
    texts = row.value if isinstance(row.value, tuple) else (row.value,)
    if shape.options:
        return _foreign_options(row.operand, shape, [text for text in texts if folded(text)])
    wanted = shape.scales()
    for text in texts:
        found = scales_of(text, {})
        if wanted and folded(text) and found and not found & wanted:
            return f"compares {_named(wanted)} with {text[:80]!r}"
    return None


def _foreign_options(operand: str, shape: FieldShape, texts: list[str]) -> str | None:
    foreign = [text for text in texts if not shape.offers(text)]
    if not foreign:
        return None
    near = get_close_matches(foreign[0][:80], shape.options, n=1)
    known = ", ".join(shape.options[:20])
    remedy = f"did you mean {near[0]!r}?" if near else f"its options are {known}"
    return f"{operand_words(operand)} has no option {foreign[0][:80]!r}; {remedy}"
