"""The budget, by a clock that only sleeping moves."""

from __future__ import annotations

import pytest

from connectors.base import Rate
from engine.delivery.limits import Budget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("rates", "calls", "least_s"),
    [
        ([], 100, 0),
        ([Rate(7, 1)], 7, 0),
        ([Rate(7, 1)], 8, 1),
        ([Rate(7, 1)], 22, 3),
        ([Rate(7, 1), Rate(10, 60)], 11, 60),  # the tightest window rules
    ],
)
def test_calls_wait_for_their_window(rates: list[Rate], calls: int, least_s: float) -> None:
    clock = Clock()
    budget = Budget(rates, clock=clock, sleep=clock.sleep)
    for _ in range(calls):
        budget.take()
    assert least_s <= clock.now - 1000 <= least_s * 1.1


def test_no_window_ever_holds_more_calls_than_allowed() -> None:
    clock = Clock()
    budget = Budget([Rate(3, 1)], clock=clock, sleep=clock.sleep)
    times = []
    for number in range(30):
        budget.take()
        times.append(clock.now)
        clock.now += 0.1 * (number % 4)
    for start in times:
        assert sum(start <= time < start + 1 for time in times) <= 3
