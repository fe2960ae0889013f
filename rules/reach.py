"""Conditions that are decided before anybody answers, and those that are therefore never looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from rules.evaluation import RuleError, combines, holds, reads
from rules.grammar import Issue, canonical, placed_arguments
from rules.references import Json
from rules.shapes import FieldShape, shape_of

MAX_TRIALS = 256
"""Combinations of answers that are tried on one condition."""


def decided(
    rule: Any, fields: Mapping[str, FieldShape], path: str = ""
) -> tuple[bool | None, list[Issue]]:
    """What ``rule`` is for every submission, None when that depends; and a warning per place.

    Only the options of choices are tried. The rule has no mistakes.
    """
    if isinstance(rule, bool):
        return rule, []
    if combines(rule):
        ((name, operand),) = rule.items()
        places = placed_arguments(path, name, operand)
        if name == "!":
            value, issues = decided(places[0][1], fields, places[0][0])
            return (None if value is None else not value), issues
        return _combined(rule, name == "or", places, fields, path)
    value = _tried(rule, fields)
    return value, [] if value is None else [_always(path, value)]


def _combined(
    rule: Any,
    deciding: bool,
    places: list[tuple[str, Any]],
    fields: Mapping[str, FieldShape],
    path: str,
) -> tuple[bool | None, list[Issue]]:
    """An or, which one true condition decides, or an and, which one false one does."""
    found = [decided(part, fields, place) for place, part in places]
    values = [value for value, _ in found]
    issues = [issue for _, inner in found for issue in inner]
    issues += _unreached(places, values, deciding)
    issues += _repeated(places)
    if deciding in values:
        return deciding, issues
    if None not in values:
        return not deciding, issues
    value = _tried(rule, fields)
    return value, issues if value is None else [*issues, _always(path, value)]


def _unreached(
    places: list[tuple[str, Any]], values: list[bool | None], deciding: bool
) -> Iterator[Issue]:
    if deciding in values:
        for place, _ in places[values.index(deciding) + 1 :]:
            why = f"a condition before it is always {_word(deciding)}"
            yield Issue(place, f"is never looked at, because {why}", "warning")


def _repeated(places: list[tuple[str, Any]]) -> Iterator[Issue]:
    seen = set()
    for place, part in places:
        text = canonical(part)
        if text in seen:
            yield Issue(place, "says the same as a condition before it; take it out", "warning")
        seen.add(text)


def _tried(rule: Any, fields: Mapping[str, FieldShape]) -> bool | None:
    """What ``rule`` is for all the answers that there can be, when these are few and agree."""
    try:
        names = reads(rule)
        shapes = [shape_of(name, fields) for name in names]
        possible = [list(shape.possible()) if shape else [] for shape in shapes]
        if not 0 < prod(map(len, possible)) <= MAX_TRIALS:
            return None
        values = {holds(rule, _data(names, answers)) for answers in product(*possible)}
    except RuleError:  # it fails for an answer that the form offers, so it is not decided
        return None
    return values.pop() if len(values) == 1 else None


def _data(names: tuple[str, ...], answers: tuple[Json, ...]) -> dict[str, dict[str, Json]]:
    data: dict[str, dict[str, Json]] = {}
    for reference, answer in zip(names, answers, strict=True):
        root, _, name = reference.partition(".")
        data.setdefault(root, {})[name] = answer
    return data


def _always(path: str, value: bool) -> Issue:
    return Issue(path, f"is always {_word(value)}, whatever is answered", "warning")


def _word(value: bool) -> str:
    return "true" if value else "false"
