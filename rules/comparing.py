"""What ``> >= < <=`` make of two values, and when two texts write the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any

from rules.dates import aligned, read_date, read_time
from rules.numbers import read_number
from rules.references import Json


class Scale(StrEnum):
    """What a value can be measured on. Values of different scales have no order."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    WORD = "word"


def measured(value: Json) -> tuple[Scale, Any] | None:
    """``value`` on the first scale that it fits, however people write it; None when it has no order."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    for scale, read in _READERS:
        if (found := read(text)) is not None:
            return scale, found
    return (Scale.WORD, value) if isinstance(value, str) else None


_READERS: tuple[tuple[Scale, Callable[[str], Any]], ...] = (
    (Scale.NUMBER, read_number),
    (Scale.DATE, read_date),
    (Scale.TIME, read_time),
)


def in_order(compare: Callable[[Any, Any], bool], left: Json, right: Json) -> bool:
    """Whether ``compare`` holds, which it never does for values of different scales."""
    match measured(left), measured(right):
        case (scale, one), (other_scale, other) if scale is other_scale:
            both = aligned(one, other) if isinstance(one, date) else (one, other)
            return compare(*both)
    return False


def same_moment(left: Json, right: Json) -> bool:
    """Whether both are dates, or both times of day, and the same, though written differently."""
    match measured(left), measured(right):
        case (Scale.DATE, one), (Scale.DATE, other):
            first, second = aligned(one, other)
            return first == second
        case (Scale.TIME, one), (Scale.TIME, other):
            return bool(one == other)
    return False
