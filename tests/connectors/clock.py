"""The clock of a simulator under test."""

from __future__ import annotations


class Clock:
    """Unix seconds that only sleep moves."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
