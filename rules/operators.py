"""The engine that evaluates rules, with the operators in which we differ from JsonLogic."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from datalogic_py import Engine

from rules.comparing import in_order, same_moment
from rules.numbers import read_number
from rules.patterns import found_in
from rules.references import Json


def _own_operator(compute: Callable[..., Json]) -> Callable[[str], str]:
    """An operator of datalogic: its arguments and its result are JSON texts."""
    return lambda given: json.dumps(compute(*json.loads(given)))


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    return lambda *given: all(in_order(compare, left, right) for left, right in pairwise(given))


def _number(value: Json) -> Json:
    """A text that writes a number as that number; anything else as it is."""
    number = read_number(value) if isinstance(value, str) else None
    return value if number is None else float(number)


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., float | None]:
    """The largest or smallest of the numbers among the arguments and their items."""

    def chosen(*given: Json) -> float | None:
        items = [item for one in given for item in (one if isinstance(one, list) else [one])]
        found = [number for number in map(_number, items) if type(number) in (int, float)]
        return choose(found) if found else None

    return chosen


def _matches(answer: Json, pattern: str) -> bool:
    answers = answer if isinstance(answer, list) else [answer]
    return any(isinstance(one, str) and found_in(pattern, one) for one in answers)


_OWN: dict[str, Callable[..., Json]] = {
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    "max": _extreme(max),
    "min": _extreme(min),
    "matches": _matches,
    "number": _number,
    "same moment": same_moment,
}
OWN_NAME = {name: f"answers {name}" for name in _OWN}
"""Our operator to its name in the engine, which keeps its own of the same name."""
ENGINE = Engine(
    families=["ExtString"],
    custom_operators={OWN_NAME[name]: _own_operator(compute) for name, compute in _OWN.items()},
    config={
        "arithmetic_nan_handling": "return_null",
        "division_by_zero": "return_null",
        "loose_equality_errors": False,
    },
)
