"""The calls of all processes and hosts to one CRM account, booked in Redis.

A sorted set holds when the latest calls start, by the clock of Redis. Who books watches it, reads,
and writes only if nobody wrote meanwhile (WATCH, MULTI): exact, and no script is needed, which our
advice on access rights forbids.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError, WatchError

from engine.delivery.limits import LONGEST_WAIT_S, Windows

_AWAY_S = 1.0
"""For so long after a failure Redis is not asked again: many calls shall not wait for it one by one."""
_TRIES = 100
_log = logging.getLogger(__name__)


class RedisBook:
    """The book of one connection; ``redis`` should be a quick one.

    Not thread-safe: its budget calls it one at a time.
    """

    def __init__(self, redis: Redis, connection_id: int) -> None:
        self._redis = redis
        self._key = f"formwire:calls:{connection_id}"
        self._ask_again_at = 0.0
        self._away = False

    def book(self, windows: Windows, at_least_s: float, at_most_s: float) -> float | None:
        """See `engine.delivery.limits.SharedBook`."""
        if time.monotonic() < self._ask_again_at:
            return None
        try:
            with self._redis.pipeline() as pipe:
                wait_s = self._insist(pipe, windows, at_least_s, at_most_s)
        except RedisError as error:
            if not self._away:
                _log.warning("calls are counted by each process for itself: %s", error)
            self._away, self._ask_again_at = True, time.monotonic() + _AWAY_S
            return None
        self._away = False
        return wait_s

    def _insist(
        self, pipe: Pipeline, windows: Windows, at_least_s: float, at_most_s: float
    ) -> float:
        """Each time somebody else was quicker, that one has booked: all get their turn."""
        for _ in range(_TRIES):
            try:
                return self._try(pipe, windows, at_least_s, at_most_s)
            except WatchError:
                continue
        raise RedisError(f"{_TRIES} times somebody else wrote into {self._key}")

    def _try(self, pipe: Pipeline, windows: Windows, at_least_s: float, at_most_s: float) -> float:
        pipe.watch(self._key)
        seconds, micros = pipe.time()
        at = seconds + micros / 1e6
        self._forget_nonsense(pipe, at)

        start = max(at + at_least_s, windows.free_at(lambda n: self._nth_last(pipe, n)))
        if start - at <= at_most_s:
            pipe.multi()
            pipe.zadd(self._key, {uuid.uuid4().hex: start})
            pipe.zremrangebyrank(self._key, 0, -windows.most_calls - 1)
            pipe.expire(self._key, math.ceil(windows.longest_s + LONGEST_WAIT_S))
            pipe.execute()
        return start - at

    def _forget_nonsense(self, pipe: Pipeline, at: float) -> None:
        """Nobody books so far ahead: Redis's clock was set back, or somebody else wrote there."""
        last = self._nth_last(pipe, 1)
        if last is not None and last > at + LONGEST_WAIT_S + 1:
            pipe.multi()
            pipe.zremrangebyscore(self._key, at, "+inf")
            pipe.execute()
            pipe.watch(self._key)

    def _nth_last(self, pipe: Pipeline, n: int) -> float | None:
        found: list[Any] = pipe.zrange(self._key, -n, -n, withscores=True)
        return float(found[0][1]) if found else None
