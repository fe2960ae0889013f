"""In which language somebody is written to.

Sentences are made in English here; how they are said in another language is known above.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speech:
    """A language by its code, and what says a sentence of ours in it."""

    language: str
    told: Callable[[str], str]


Speeches = Callable[[str], Speech]
"""The speech of a language; that of people in general for one that is not spoken, or none."""

ENGLISH = Speech("en", str)


def only_english(_language: str) -> Speech:
    return ENGLISH
