"""The doorbell: tells the workers that a connection may have work.

A ring carries the connection's id and nothing else, and it may be lost: what is due stands in the
database, and the schedule rings again for it. So the bell costs its caller at most about 50 ms and
never an error.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from functools import cache

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from engine.delivery.quick_redis import quick_redis

QUEUE = "formwire:drain"
DRAIN = "engine.delivery.jobs.drain"
SCHEDULE_HEARTBEAT = "formwire:schedule"

_HUSH_MS = 1_000
_STALE_S = 60  # older than this a ring is dropped: the schedule has rung many times since
_JOB_TIMEOUT_S = 90
_KEEP_FAILED_S = 3_600
_HEARTBEAT_S = 15

_log = logging.getLogger(__name__)


class Bell:
    """The doorbell in one Redis. ``missed`` counts the rings that Redis did not take."""

    def __init__(self, redis_url: str) -> None:
        self.missed = 0
        self._away = False
        self._redis = quick_redis(redis_url)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._turn, self._count = threading.Lock(), threading.Lock()
        self._asked: Counter[int] = Counter()
        self._heard: Counter[int] = Counter()

    def ring(self, connection_id: int) -> None:
        """Have a worker drain the connection.

        Call it after the commit that made the work. Within a second of a ring that nobody answered
        yet it does nothing: the drain to come will see this work too. So does a ring that begins
        while this one waits for its turn.
        """
        with self._count:
            self._asked[connection_id] += 1
            mine = self._asked[connection_id]
        with self._turn:
            if self._heard[connection_id] < mine:
                self._heard[connection_id] = self._asked[connection_id]
                self._ring(connection_id)

    def _ring(self, connection_id: int) -> None:
        try:
            if self._redis.set(_hush_key(connection_id), 1, px=_HUSH_MS, nx=True):
                self._enqueue(connection_id)
        except RedisError as error:
            self._miss(error)
        else:
            self._away = False

    def answer(self, connection_id: int) -> None:
        """Let the next ring through at once.

        A drain calls it when it has won the lease, before it looks for work, and again when it has
        released the lease, before it looks a last time: so each ring that was swallowed meanwhile
        is followed by a look.
        """
        try:
            self._redis.delete(_hush_key(connection_id))
        except RedisError as error:
            self._miss(error)

    def beat(self) -> None:
        """Show that the schedule is at work."""
        try:
            self._redis.set(SCHEDULE_HEARTBEAT, 1, ex=_HEARTBEAT_S)
        except RedisError as error:
            self._miss(error)

    def _enqueue(self, connection_id: int) -> None:
        self._queue.enqueue_call(
            DRAIN,
            args=(connection_id,),
            ttl=_STALE_S,
            timeout=_JOB_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=_KEEP_FAILED_S,
        )

    def _miss(self, error: RedisError) -> None:
        self.missed += 1
        if not self._away:
            _log.warning("the doorbell is out of order until Redis answers again: %s", error)
        self._away = True


@cache
def bell(redis_url: str) -> Bell:
    """This process's bell at ``redis_url``."""
    return Bell(redis_url)


def ring(redis_url: str, connection_id: int) -> None:
    """Have a worker drain the connection; see `Bell.ring`."""
    bell(redis_url).ring(connection_id)


def _hush_key(connection_id: int) -> str:
    return f"formwire:rung:{connection_id}"
