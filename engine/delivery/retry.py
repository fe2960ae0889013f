"""When a run is tried again, or who must act. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.errors import (
    AuthError,
    ConnectorError,
    RateLimitedError,
    RejectedError,
    SettingsError,
)

GIVE_UP_AFTER = timedelta(hours=72)
LONGEST_WISH_S = 3600.0
UNSAID_LIMIT_S = 5.0
LONGEST_SETTLE_S = 900.0
_MINUTE, _HOUR = 60, 3600
_WAITS_S = (5, 30, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 6 * _HOUR)
_THEN_EVERY_S = 8 * _HOUR


def seconds_to_wait(
    error: ConnectorError, attempt: int, *, tried_for: timedelta = timedelta(0), jitter: float = 1.0
) -> float | None:
    """Seconds until try ``attempt + 1``, None when a person must act.

    ``tried_for`` is the time since the first try; ``jitter`` is a random number in [0, 1].
    """
    if isinstance(error, AuthError | SettingsError | RejectedError) or tried_for >= GIVE_UP_AFTER:
        return None
    if isinstance(error, RateLimitedError):
        return limit_wait_s(error, jitter)
    wait = _WAITS_S[attempt - 1] if attempt <= len(_WAITS_S) else _THEN_EVERY_S
    return wait * (0.5 + jitter / 2)


def limit_wait_s(error: RateLimitedError, jitter: float) -> float:
    """How long the whole connection pauses: the CRM's wish, at most an hour, and up to a tenth more."""
    wish = error.retry_after_s if error.retry_after_s is not None else UNSAID_LIMIT_S
    return min(wish, LONGEST_WISH_S) * (1 + jitter / 10)


def learnt_settle_s(usual_s: float, lag_s: float) -> float:
    """How long a lost write is given to show itself, where the slowest so far took ``lag_s``."""
    return max(usual_s, min(3 * lag_s, LONGEST_SETTLE_S))


def settle_until(sent_at: datetime, settle_s: float) -> datetime:
    """When a write without an answer must have become visible if it was applied at all."""
    return sent_at + timedelta(seconds=settle_s)
