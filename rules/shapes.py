"""What an answer can be: the form's fields as rules know them, and what stands around every form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from rules.comparing import Scale, measured
from rules.folding import folded
from rules.references import Json

MAX_COMBINED = 12
"""Options of which all pairs are tried when several may be chosen."""


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a field's answers look like.

    ``options`` are all that a choice offers, none when they are unknown. ``several`` of them may be
    chosen. Unless ``always`` there, the answer can be empty.
    """

    type: Literal["text", "number", "date", "time", "choice"] = "text"
    options: tuple[str, ...] = ()
    several: bool = False
    always: bool = False

    def offers(self, text: str) -> bool:
        return folded(text) in {folded(option) for option in self.options}

    def possible(self) -> Iterator[Json]:
        """The answers of a choice that tell its conditions apart; of any other shape, none."""
        if not self.options:
            return
        if not self.always:
            yield None
        yield from self.options
        if self.several:
            yield list(self.options)
            if len(self.options) <= MAX_COMBINED:
                yield from map(list, combinations(self.options, 2))

    def scales(self) -> frozenset[Scale] | None:
        """What the answers can be measured on; None when that is not known."""
        if self.options:
            return frozenset(found[0] for option in self.options if (found := measured(option)))
        return _SCALES.get(self.type)


_SCALES = {
    "number": frozenset({Scale.NUMBER}),
    "date": frozenset({Scale.DATE}),
    "time": frozenset({Scale.TIME}),
}

_OUTCOMES = (
    "delivered",
    "skipped",
    "held",
    "waiting",
    "failed",
    "discarded",
    "queued",
    "running",
)
"""The states of a run."""

SURROUNDINGS: Mapping[str, FieldShape] = {
    "time.weekday": FieldShape("choice", tuple("1234567"), always=True),
    "time.time": FieldShape("time", always=True),
    "time.date": FieldShape("date", always=True),
    "submission.date": FieldShape("date", always=True),
    "spam.score": FieldShape("number", always=True),
}


def shape_of(reference: str, fields: Mapping[str, FieldShape]) -> FieldShape | None:
    """What ``reference`` reads, when that is known."""
    root, _, name = reference.partition(".")
    if root == "field":
        return fields.get(name)
    if root == "modules" and name.endswith(".state"):
        return FieldShape("choice", _OUTCOMES)
    return SURROUNDINGS.get(reference)


def scales_of(node: Any, fields: Mapping[str, FieldShape]) -> frozenset[Scale] | None:
    """What the value of an expression can be measured on; None when that is not known."""
    match node:
        case {"var": str(reference)} | {"var": [str(reference)]}:
            shape = shape_of(reference, fields)
            return shape.scales() if shape else None
        case int() | float() | str():
            found = measured(node)
            return frozenset({found[0]}) if found else frozenset()
    return None
