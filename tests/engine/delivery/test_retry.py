"""When a run is tried again: a table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from engine.delivery.retry import seconds_to_wait

HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("error", "attempt", "tried_for", "wait_s"),
    [
        (UnavailableError("down"), 1, 0 * HOURS, 5),
        (UnavailableError("down"), 2, 0 * HOURS, 30),
        (UnavailableError("down"), 9, 10 * HOURS, 6 * 3600),
        (UnavailableError("down"), 10, 20 * HOURS, 8 * 3600),
        (UnavailableError("down"), 17, 71 * HOURS, 8 * 3600),
        (UnavailableError("down"), 18, 72 * HOURS, None),  # enough
        (OutcomeUnknownError("lost"), 1, 0 * HOURS, 5),
        (RateLimitedError("slow", retry_after_s=900), 1, 0 * HOURS, 990),
        (RateLimitedError("slow", retry_after_s=99_999), 1, 0 * HOURS, 3960),  # an hour at most
        (RateLimitedError("slow"), 1, 0 * HOURS, 5.5),
        (AuthError("no"), 1, 0 * HOURS, None),  # a person must act
        (SettingsError("no"), 1, 0 * HOURS, None),
        (RejectedError("no"), 1, 0 * HOURS, None),
    ],
)
def test_seconds_to_wait(
    error: ConnectorError, attempt: int, tried_for: timedelta, wait_s: float | None
) -> None:
    waited_s = seconds_to_wait(error, attempt, tried_for=tried_for, jitter=1.0)
    assert waited_s == (wait_s and pytest.approx(wait_s))


def test_jitter_at_most_halves_the_wait() -> None:
    assert seconds_to_wait(UnavailableError("down"), 2, jitter=0.0) == 15
