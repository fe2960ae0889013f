"""The limits beside the burst limit: searches in two seconds, and a company's tokens of a day.

Source: pipedrive.readme.io, Rate limiting; the prices are those of API v1 and v2.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock

SEARCHES, WINDOW_S = 10, 2.0
DAY_S = 86400

# Tokens by method, for a record and for a list; v1 costs twice as much as v2.
_PRICES: Mapping[str, tuple[int, int]] = {
    "GET": (1, 10),
    "POST": (5, 5),
    "PATCH": (5, 5),
    "DELETE": (3, 3),
}
_CHEAP_LISTS = frozenset({"/api/v2/pipelines", "/api/v2/stages"})
_RECORD = re.compile(r"/\d+$|/users/me$|Fields/\w+$")


def is_search(path: str) -> bool:
    return path.endswith("/search")


def price_of(method: str, path: str) -> int:
    """What a call costs in tokens."""
    if is_search(path):
        return 20
    if path in _CHEAP_LISTS:
        return 5
    record, list_ = _PRICES.get(method, (0, 0))
    price = record if _RECORD.search(path) else list_
    return price * (2 if path.startswith("/api/v1/") else 1)


class Limits:
    """Both limits of one account; 0 tokens mean that the day has no end of them. Thread-safe."""

    def __init__(self, *, searches: int, tokens: int, now: Callable[[], float]) -> None:
        self._searches = searches
        self._tokens = tokens
        self._now = now
        self._lock = Lock()
        self._recent: deque[float] = deque(maxlen=searches or None)
        self._day, self._spent = 0, 0

    def wait_s(self, path: str) -> float:
        """How long a search must wait; 0 lets it, and all else, in."""
        if not self._searches or not is_search(path):
            return 0.0
        with self._lock:
            now = self._now()
            full = len(self._recent) == self._searches
            if full and now - self._recent[0] < WINDOW_S:
                return WINDOW_S - (now - self._recent[0])
            self._recent.append(now)
            return 0.0

    def spend(self, method: str, path: str) -> int | None:
        """Pay for a call; how many tokens are left, None when there is no limit, -1 for too few."""
        if not self._tokens:
            return None
        with self._lock:
            day = int(self._now() // DAY_S)
            if day != self._day:
                self._day, self._spent = day, 0
            price = price_of(method, path)
            if self._spent + price > self._tokens:
                return -1
            self._spent += price
            return self._tokens - self._spent
