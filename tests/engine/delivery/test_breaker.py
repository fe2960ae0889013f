"""The breaker as a table: what befell the calls, second by second, and what it does then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.delivery.breaker import Begun, Breaker, Recent

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUIET = Recent(1, 1)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def failing(breaker: Breaker, *seconds: float, recent: Recent = QUIET) -> Breaker:
    """``breaker`` after calls that began and failed in these seconds."""
    for second in seconds:
        probe = breaker.until is not None and not breaker.is_open(at(second))
        if probe:
            breaker = breaker.probing(at(second))
        breaker = breaker.after_failure(Begun(at(second), probe), at(second), recent)
    return breaker


@pytest.mark.parametrize(
    ("failures", "recent", "opens"),
    [
        (1, Recent(1, 1), False),
        (4, Recent(4, 4), False),
        (5, Recent(5, 5), True),  # in a row
        (1, Recent(19, 19), False),  # too few to say anything by share
        (1, Recent(20, 9), False),
        (1, Recent(20, 10), True),  # half of them
        (1, Recent(200, 99), False),
        (1, Recent(200, 150), True),
    ],
)
def test_it_opens_after_five_in_a_row_or_half_of_many(
    failures: int, recent: Recent, opens: bool
) -> None:
    breaker = failing(Breaker(), *range(failures), recent=recent)
    assert breaker.is_open(at(failures)) == opens


@pytest.mark.parametrize(
    ("probes", "wait_s"),
    [(0, 30), (1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (6, 900), (500, 900)],
)
def test_each_failed_probe_doubles_the_wait_up_to_a_quarter_of_an_hour(
    probes: int, wait_s: int
) -> None:
    breaker = failing(Breaker(), 0, 0, 0, 0, 0)
    for _ in range(probes):
        assert breaker.until is not None
        second = (breaker.until - NOON).total_seconds()
        breaker = failing(breaker, second)
    opened = at(second) if probes else NOON
    assert breaker.until == opened + timedelta(seconds=wait_s)


def test_one_success_closes_it_and_forgets_the_failures() -> None:
    breaker = failing(Breaker(), 0, 0, 0, 0, 0)
    probing = breaker.probing(at(30))
    assert probing.after_success(Begun(at(30), probe=True)) == Breaker()
    assert failing(Breaker(), 0, 1, 2, 3).after_success(Begun(at(4))) == Breaker()


def test_while_a_probe_is_out_nobody_else_calls_and_a_lost_probe_is_followed_by_another() -> None:
    breaker = failing(Breaker(), 0, 0, 0, 0, 0)
    assert breaker.is_open(at(29.9))
    assert not breaker.is_open(at(30))
    probing = breaker.probing(at(30))
    assert probing.is_open(at(31))
    assert not probing.is_open(at(60))


def test_calls_under_way_when_it_opened_change_nothing() -> None:
    breaker = failing(Breaker(), 10, 10, 10, 10, 10)
    early = Begun(at(9))
    assert breaker.after_failure(early, at(12), QUIET) == breaker
    assert breaker.after_success(early) == breaker


def test_a_call_that_a_person_insisted_on_closes_it_and_never_prolongs_it() -> None:
    breaker = failing(Breaker(), 0, 0, 0, 0, 0)
    test = Begun(at(10))
    assert breaker.after_failure(test, at(11), QUIET) == breaker
    assert breaker.after_success(test) == Breaker()
