"""How many calls go side by side, as a table, and a pool that keeps to it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from engine.delivery.pace import Pace
from engine.delivery.pool import Pool

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def after(story: str, most: int = 4) -> int:
    """The pace after a story: ``20`` clean calls in a row, ``x`` for one with trouble."""
    pace = Pace(2)
    for second, part in enumerate(story.split()):
        at = NOON + timedelta(seconds=second)
        if part == "x":
            pace = pace.after_trouble(at, at)
        else:
            for _ in range(int(part)):
                pace = pace.after_clean(most)
    return pace.calls


@pytest.mark.parametrize(
    ("story", "calls"),
    [
        ("", 2),
        ("19", 2),
        ("20", 3),
        ("40", 4),
        ("400", 4),  # the most that the CRM can bear
        ("x", 1),
        ("x x x", 1),  # never fewer than one
        ("40 x", 2),
        ("19 x 19", 1),  # clean calls count from the last trouble
        ("19 x 20", 2),
    ],
)
def test_it_grows_by_one_and_halves(story: str, calls: int) -> None:
    assert after(story) == calls


def test_calls_side_by_side_that_meet_the_same_trouble_halve_it_once() -> None:
    pace = Pace(8)
    for second in range(4):
        pace = pace.after_trouble(NOON, NOON + timedelta(seconds=1 + second))
    assert pace.calls == 4
    assert pace.after_trouble(NOON + timedelta(seconds=2), NOON + timedelta(seconds=9)).calls == 2


@pytest.mark.parametrize("pace", [1, 2, 3])
def test_a_pool_does_no_more_at_once_than_its_pace(pace: int) -> None:
    together = threading.Barrier(pace)
    lock = threading.Lock()
    busy: list[int] = [0, 0]  # now, at most

    def work(number: int) -> int:
        with lock:
            busy[0] += 1
            busy[1] = max(busy)
        if number < pace:  # the first of them prove that so many go at once
            together.wait(timeout=30)
        with lock:
            busy[0] -= 1
        return number

    pool = Pool(4, lambda: pace)
    assert pool.map(work, range(12)) == list(range(12))
    pool.close()
    assert busy[1] == pace


def test_a_pool_speeds_up_as_soon_as_its_pace_grows() -> None:
    pace = [1]
    both = threading.Barrier(2)

    def work(number: int) -> None:
        if number == 0:
            pace[0] = 2
        else:
            both.wait(timeout=30)

    pool = Pool(2, lambda: pace[0])
    pool.map(work, [0, 1, 2])
    pool.close()
