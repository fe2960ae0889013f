"""One budget of calls per connection."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from connectors.base import Rate

_MARGIN = 1.05
"""Calls are counted where they arrive, not where they start: keep a little more distance than told."""


class Budget:
    """Lets calls through as the CRM's limits allow, over several windows at once. Thread-safe."""

    def __init__(
        self,
        rates: Sequence[Rate],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._windows = [(rate.calls, rate.seconds * _MARGIN) for rate in rates]
        self._calls: deque[float] = deque(
            maxlen=max((calls for calls, _ in self._windows), default=1)
        )
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def take(self) -> None:
        """Wait until one more call is allowed, and count it."""
        with self._lock:
            start = max(self._clock(), self._free_at())
            self._calls.append(start)
        self._sleep(max(0.0, start - self._clock()))

    def _free_at(self) -> float:
        """When the tightest window has room. A call may be counted ahead of its time."""
        free = 0.0
        for calls, seconds in self._windows:
            if len(self._calls) >= calls:
                free = max(free, self._calls[-calls] + seconds)
        return free
