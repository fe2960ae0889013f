"""Texts and answers in the one form in which they meet: letter case and Unicode variants gone."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

from rules.references import Json

_MAX_BITS = 1000
_MAX_EXACT = 10**15


def folded(text: str) -> str | None:
    """``text`` without what people do not see as a difference; None when nothing is left."""
    whole = text.encode("utf-8", "replace").decode()  # half a character would stop the engine
    return unicodedata.normalize("NFKC", whole).casefold().strip() or None


def answer_of(value: Json) -> Json:
    """An answer as rules see it: folded, numbers as texts, a list of one as its only item."""
    if not isinstance(value, list):
        return _scalar(value)
    items = [item for item in map(_scalar, value) if item is not None]
    return items[0] if len(items) == 1 else items


def number_as_text(value: Any) -> Any:
    """``value``, or the items of a list, with each number as `answer_of` has it."""
    if isinstance(value, list):
        return [number_as_text(one) for one in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _text(value) if is_number else value


def size(answer: Json) -> int:
    """What ``answer`` may add to an operation: the engine counts items, and texts by their length."""
    if isinstance(answer, list):
        return 1 + sum(map(size, answer))
    return 1 + len(answer) // 8 if isinstance(answer, str) else 1


def _scalar(value: Json) -> str | bool | None:
    if isinstance(value, str):
        return folded(value)
    if isinstance(value, bool):
        return value
    return _text(value) if isinstance(value, int | float) else None


def _text(number: int | float) -> str | None:
    if isinstance(number, int):
        return str(number) if number.bit_length() <= _MAX_BITS else None
    if not math.isfinite(number):
        return None
    return str(int(number)) if number.is_integer() and abs(number) < _MAX_EXACT else repr(number)
