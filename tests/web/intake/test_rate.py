from __future__ import annotations

import pytest

from engine.delivery.intake import TooFast
from web.intake import rate
from web.intake.rate import RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(limit: RateLimit, times: int, address: str = "192.0.2.7", form: str = "a") -> int:
    """How many of ``times`` posts pass, at 6 a minute."""
    passed = 0
    for _ in range(times):
        try:
            limit.take(form, address, 6)
        except TooFast:
            continue
        passed += 1
    return passed


@pytest.mark.parametrize(("after_s", "passes"), [(0, 0), (9, 0), (10, 1), (35, 3), (3_600, 6)])
def test_an_empty_bucket_refills_with_time(clock: Clock, after_s: float, passes: int) -> None:
    limit = RateLimit(clock)
    assert taken(limit, 20) == 6
    clock.now += after_s
    assert taken(limit, 20) == passes


def test_who_comes_too_early_is_told_how_long_to_wait(clock: Clock) -> None:
    limit = RateLimit(clock)
    taken(limit, 6)
    clock.now += 4
    with pytest.raises(TooFast) as refusal:
        limit.take("a", "192.0.2.7", 6)
    assert refusal.value.retry_after_s == pytest.approx(6)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("", "", True),
    ],
)
def test_a_visitors_addresses_share_one_bucket(
    clock: Clock, one: str, other: str, together: bool
) -> None:
    limit = RateLimit(clock)
    taken(limit, 6, one)
    assert taken(limit, 6, other) == (0 if together else 6)


def test_forms_do_not_share_a_bucket(clock: Clock) -> None:
    limit = RateLimit(clock)
    assert (taken(limit, 6, form="a"), taken(limit, 6, form="b")) == (6, 6)


def test_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "REMEMBERED", 2)
    limit = RateLimit(clock)
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        taken(limit, 6, address)
    assert taken(limit, 1, "192.0.2.3") == 0
    assert taken(limit, 1, "192.0.2.1") == 1, "the longest silent one is forgotten"
