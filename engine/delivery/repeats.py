"""How often one address sent the same.

Counted in this process, like the rate: with N web processes a sender gets up to N times as far.
Nothing of it is kept longer than an hour, or on disk.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import lru_cache

WITHIN_S = 3600.0
REMEMBERED = 10_000  # senders with what they sent; beyond it the longest silent one is forgotten
_MOST_TIMES = 1_001  # more than any form's limit


class Repeats:
    """Counts equal submissions of one address to one form within the last hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, form_key: str, address: str, payload: str) -> int:
        """How often it was stored already. ``payload`` is a digest of what was sent."""
        with self._lock:
            return len(self._within_an_hour(_key(form_key, address, payload)))

    def stored(self, form_key: str, address: str, payload: str) -> None:
        """Count one more, after the commit: who was told to come again must not be held for coming."""
        key = _key(form_key, address, payload)
        with self._lock:
            times = self._within_an_hour(key)
            times.append(self._clock())
            self._times[key] = times
            self._times.move_to_end(key)
            if len(self._times) > REMEMBERED:
                self._times.popitem(last=False)

    def _within_an_hour(self, key: bytes) -> deque[float]:
        times = self._times.get(key) or deque(maxlen=_MOST_TIMES)
        while times and self._clock() - times[0] > WITHIN_S:
            times.popleft()
        return times


def _key(form_key: str, address: str, payload: str) -> bytes:
    text = "\n".join((form_key, network(address), payload))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


@lru_cache(maxsize=1_000)
def network(address: str) -> str:
    """One visitor's address: of IPv6 the first 64 bits, since the rest is theirs to choose."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a server behind a socket has no address to tell
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
