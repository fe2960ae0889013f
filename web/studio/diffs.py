"""What differs between two texts, line by line, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

AROUND = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Its numbers count from 1 in the text before and after; None where it is not."""

    sign: Literal["+", "-", " "]
    text: str
    before: int | None
    after: int | None


def difference(before: str, after: str) -> list[list[Line]]:
    """The changed places, each with a few lines around it; none when the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    groups = _matcher(old, new).get_grouped_opcodes(AROUND)
    return [
        [line for opcode in group for line in _lines(old, new, *opcode)]
        for group in groups
        if any(tag != "equal" for tag, *_ in group)
    ]


def changes_between(before: str, after: str) -> int:
    """How many places differ."""
    opcodes = _matcher(before.splitlines(), after.splitlines()).get_opcodes()
    return sum(tag != "equal" for tag, *_ in opcodes)


def _matcher(old: list[str], new: list[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, old, new, autojunk=False)


def _lines(
    old: list[str], new: list[str], tag: str, first: int, end: int, new_first: int, new_end: int
) -> list[Line]:
    if tag == "equal":
        return [
            Line(" ", text, first + number, new_first + number)
            for number, text in enumerate(old[first:end], start=1)
        ]
    return [
        *(Line("-", text, number, None) for number, text in enumerate(old[first:end], first + 1)),
        *(
            Line("+", text, None, number)
            for number, text in enumerate(new[new_first:new_end], new_first + 1)
        ),
    ]
