"""One budget of calls per connection, over several windows at once.

Every process that calls a CRM books its calls in Redis, so that together they keep the limits.
While Redis is away each process keeps them by itself.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from connectors.base import Rate
from connectors.errors import RateLimitedError

LONGEST_WAIT_S = 5.0
"""Whoever would wait longer is sent away, so that a worker serves other connections meanwhile."""

_MARGIN = 1.05
"""Calls are counted where they arrive, not where they start: keep a little more distance than told."""


class Windows:
    """The CRM's limits as rules for when the next call may start."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._windows = [(rate.calls, rate.seconds * _MARGIN) for rate in rates]
        self.most_calls = max((calls for calls, _ in self._windows), default=0)
        self.longest_s = max((seconds for _, seconds in self._windows), default=0.0)

    def free_at(self, nth_last: Callable[[int], float | None]) -> float:
        """When the tightest window has room.

        ``nth_last(n)`` is when the n-th last call started or will start, None before there were n.
        """
        starts = ((nth_last(calls), seconds) for calls, seconds in self._windows)
        return max((start + seconds for start, seconds in starts if start is not None), default=0.0)


class SharedBook(Protocol):
    """Where the calls of all processes are booked."""

    def book(self, windows: Windows, at_least_s: float, at_most_s: float) -> float | None:
        """Book a call and return in how many seconds it may start; ``at_least_s`` or more.

        Nothing is booked when that is more than ``at_most_s``. None when the book is out of reach.
        """


class Budget:
    """Lets calls through as the CRM's limits allow. Thread-safe."""

    def __init__(
        self,
        rates: Sequence[Rate],
        *,
        shared: SharedBook | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._windows = Windows(rates)
        self._shared = shared
        self._own: deque[float] = deque(maxlen=self._windows.most_calls)
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def take(self) -> None:
        """Wait until one more call is allowed, and count it.

        Raises RateLimitedError, and counts nothing, when that would take more than LONGEST_WAIT_S.
        """
        if not self._windows.most_calls:
            return
        with self._lock:
            wait_s = self._book()
        self._sleep(wait_s)

    def _book(self) -> float:
        at = self._clock()
        wait_s = max(0.0, self._windows.free_at(self._nth_last) - at)
        # This process's own calls are kept beside the shared book: it may be lost or out of reach.
        if self._shared is not None and wait_s <= LONGEST_WAIT_S:
            wait_s = self._shared.book(self._windows, wait_s, LONGEST_WAIT_S) or wait_s
        if wait_s > LONGEST_WAIT_S:
            raise RateLimitedError("not sent: the CRM's limit is used up", retry_after_s=wait_s)
        self._own.append(at + wait_s)
        return wait_s

    def _nth_last(self, n: int) -> float | None:
        return self._own[-n] if len(self._own) >= n else None
