"""The budget, by a clock that only sleeping moves."""

from __future__ import annotations

import pytest

from connectors.base import Rate
from connectors.errors import RateLimitedError
from engine.delivery.limits import LONGEST_WAIT_S, Budget, Windows


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
        ([Rate(7, 1), Rate(10, 4)], 11, 4),  # the tightest window rules
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


def test_whoever_would_wait_long_is_sent_away_and_not_counted() -> None:
    clock = Clock()
    budget = Budget([Rate(2, 60)], clock=clock, sleep=clock.sleep)
    budget.take()
    budget.take()
    for _ in range(3):
        with pytest.raises(RateLimitedError) as refused:
            budget.take()
    assert refused.value.retry_after_s == pytest.approx(63, abs=0.1)
    assert clock.now == 1000
    clock.sleep(63)
    budget.take()


class Book:
    """A shared book with one entry: how long everybody is to wait, None when it is out of reach."""

    def __init__(self, wait_s: float | None) -> None:
        self.wait_s = wait_s
        self.asked: list[float] = []

    def book(self, windows: Windows, at_least_s: float, at_most_s: float) -> float | None:
        assert at_most_s == LONGEST_WAIT_S
        self.asked.append(at_least_s)
        return None if self.wait_s is None else max(self.wait_s, at_least_s)


@pytest.mark.parametrize(
    ("told_s", "waits"),
    [
        (0.0, [0, 0, 1.05]),  # never sooner than this process's own calls allow
        (0.5, [0.5, 0.5, 1.55]),
        (2.0, [2, 2, 3.05]),
        (None, [0, 0, 1.05]),
    ],
)
def test_the_shared_book_and_our_own_calls_both_count(
    told_s: float | None, waits: list[float]
) -> None:
    clock = Clock()
    slept: list[float] = []
    budget = Budget([Rate(2, 1)], shared=Book(told_s), clock=clock, sleep=slept.append)
    for _ in range(3):
        budget.take()
    assert slept == pytest.approx(waits)


def test_a_connection_without_limits_asks_no_book() -> None:
    book = Book(0.0)
    Budget([], shared=book).take()
    assert book.asked == []
