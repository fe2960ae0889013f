"""How fast one address may post to one form.

Counted in this process: with N web processes an address gets up to N times as far. That is enough
to keep a runaway script from filling the disk; spam is judged by content, not by speed.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from engine.delivery.intake import TooFast

REMEMBERED = 10_000  # addresses; beyond it the longest silent one is forgotten


class RateLimit:
    """A token bucket per form and address: a minute's worth at once, then as fast as it refills."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, form_key: str, address: str, per_minute: int) -> None:
        """Count one post. Raises TooFast."""
        per_second = per_minute / 60
        key = (form_key, network(address))
        now = self._clock()
        with self._lock:
            tokens, seen = self._buckets.pop(key, (float(per_minute), now))
            tokens = min(per_minute, tokens + (now - seen) * per_second)
            self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        if tokens < 1:
            raise TooFast(retry_after_s=(1 - tokens) / per_second)


def network(address: str) -> str:
    """One visitor's address: of IPv6 the first 64 bits, since the rest is theirs to choose."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a server behind a socket has no address to tell
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
