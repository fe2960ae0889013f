"""When calls to a CRM that does not answer stop, and when one of them tries again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

IN_A_ROW = 5
SHARE = 0.5
OF_AT_LEAST = 20
WINDOW = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)


class Recent(NamedTuple):
    """The calls of the last `WINDOW`, the latest included."""

    calls: int
    failed: int


class Begun(NamedTuple):
    """A call on its way. ``probe``: it was let through to see whether the CRM is back."""

    at: datetime
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Breaker:
    """Open while ``until`` lies ahead: nothing is sent. Once it is past, one call is the probe.

    ``failures`` are those in a row; they say how long the breaker stays open, too.
    """

    failures: int = 0
    until: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        return self.until is not None and self.until > at

    def probing(self, at: datetime) -> Breaker:
        """The breaker from when a probe goes out: nobody else calls until it is back, or is lost."""
        return Breaker(self.failures, at + self._wait)

    def after_success(self, call: Begun) -> Breaker:
        """A call that was under way when the breaker opened says nothing about now."""
        if self.until is not None and call.at < self.until - self._wait:
            return self
        return Breaker()

    def after_failure(self, call: Begun, at: datetime, recent: Recent) -> Breaker:
        """The ``recent`` calls count while the breaker is closed."""
        if self.is_open(at) and not call.probe:
            return self
        counted = Breaker(self.failures + 1)
        crowded = recent.calls >= OF_AT_LEAST and recent.failed >= SHARE * recent.calls
        if self.until is None and counted.failures < IN_A_ROW and not crowded:
            return counted
        opened = Breaker(max(counted.failures, IN_A_ROW))
        return Breaker(opened.failures, at + opened._wait)

    @property
    def _wait(self) -> timedelta:
        """Doubles with each failed probe."""
        doublings = min(max(self.failures - IN_A_ROW, 0), 10)
        return min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
