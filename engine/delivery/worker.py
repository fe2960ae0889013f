"""The RQ worker: waits for the doorbell and drains connections.

It runs jobs in its own process (RQ's SimpleWorker): a fork for each job would close the CRM
connections that a drain keeps open, and costs more than a small drain does. RQ's time limit still
holds; the supervisor replaces a process that dies.

Nothing read from Redis is trusted. A job may only ring for a drain, whatever its hash says, and
RQ's commands by publish/subscribe and its suspension flag are not obeyed.
"""

from __future__ import annotations

import logging
import random
import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import SimpleWorker, worker_registration
from rq.exceptions import DequeueTimeout, NoSuchJobError
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from engine.delivery.bell import DRAIN, QUEUE
from engine.garbage import WORKING, collect_rarely

_MAINTENANCE_S = 60
_WAIT_S = 1  # for a ring, before looking whether to stop

# What a ring's hash may hold. Left out are callbacks (names that RQ would import and call),
# webhooks, dependencies, retries and repeats.
_TRUSTED = frozenset(
    {
        b"created_at",
        b"data",
        b"description",
        b"ended_at",
        b"enqueued_at",
        b"failure_ttl",
        b"last_heartbeat",
        b"origin",
        b"result_ttl",
        b"started_at",
        b"status",
        b"timeout",
        b"ttl",
        b"worker_name",
    }
)

_log = logging.getLogger(__name__)
_stop = threading.Event()


def stopping() -> bool:
    """Whether this process was asked to stop: finish the calls in flight and begin no wave."""
    return _stop.is_set()


def work(redis_url: str, drain_due: Callable[[], None]) -> None:
    """Drain connections as their bells ring, until SIGTERM or SIGINT.

    Without Redis it works on: about every second it calls ``drain_due``, which drains whatever is
    due in the database. Each time Redis is back, a fresh RQ worker takes over.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop.set())
    collect_rarely(WORKING)
    away = False
    while not stopping():
        try:
            with _redis(redis_url) as redis:
                worker = _worker(redis)
                if away:
                    _log.warning("Redis answers again")
                away = False
                worker.work(logging_level="WARNING")
        except RedisError as error:
            if not away:
                _log.warning("no Redis, looking into the database every second: %s", error)
            away = True
        if not stopping():
            drain_due()
            _stop.wait(random.uniform(0.5, 1.5))  # noqa: S311 - spreads the workers' looks


def _redis(url: str) -> Redis:
    """A client that tells at once when Redis is lost: waiting and retrying is `work`'s business."""
    return Redis.from_url(
        url, socket_connect_timeout=2, socket_timeout=2, retry=Retry(NoBackoff(), 0)
    )


def _worker(redis: Redis) -> DoorbellWorker:
    """An RQ worker with one queue: with several, RQ loses a job when it is killed at the wrong time."""
    return DoorbellWorker(
        [QUEUE],
        connection=redis,
        job_class=Ring,
        serializer=JSONSerializer,
        maintenance_interval=_MAINTENANCE_S,
    )


class UntrustedJobError(Exception):
    """A job asks for something else than a drain."""


class Ring(Job):
    """A job that can do one thing: drain the connection whose id it carries."""

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read the job's hash; one that cannot be read is no job, so that it stops nobody."""
        try:
            super().restore({key: raw_data[key] for key in _TRUSTED & raw_data.keys()})
        except Exception as error:
            raise NoSuchJobError(f"job {self.id} is unreadable: {error!r}") from error

    def perform(self) -> Any:
        if self.func_name != DRAIN or self.instance is not None:
            raise UntrustedJobError("a job may call nothing but the drain")
        if self.kwargs or not (len(self.args) == 1 and type(self.args[0]) is int):
            raise UntrustedJobError("a ring carries one connection's id and nothing else")
        return super().perform()


class DoorbellWorker(SimpleWorker):
    """An RQ worker whose Redis may go away: then it ends, without RQ's growing waits."""

    @property
    def dequeue_timeout(self) -> int:
        return _WAIT_S

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a ring. None ends the worker: when told to stop, or when Redis is lost."""
        try:
            while not stopping():
                self._show_up()
                if self.should_run_maintenance_tasks:
                    self.run_maintenance_tasks()
                found = self._dequeue()
                if found:
                    return found
        except RedisError as error:
            _log.debug("lost Redis while waiting for a ring: %s", error)
        return None

    def _show_up(self) -> None:
        """Be on the list of workers, once more when somebody has emptied Redis."""
        with self.connection.pipeline() as pipeline:
            self.heartbeat(pipeline=pipeline)
            self.set_state(WorkerStatus.IDLE, pipeline=pipeline)
            pipeline.hset(self.key, mapping=self.serialize())
            worker_registration.register(self, pipeline)
            pipeline.execute()

    def _dequeue(self) -> tuple[Job, Queue] | None:
        try:
            return self.queue_class.dequeue_any(
                self.queues,
                self.dequeue_timeout,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            return None

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Keep the traceback out of Redis: its place is the log."""
        super().handle_job_failure(job, queue, started_job_registry, exc_string="see the log")

    def _install_signal_handlers(self) -> None:
        """`work` has installed ours: RQ's would raise in the middle of a drain."""

    def subscribe(self) -> None:
        """Take no commands from Redis."""

    def check_for_suspension(self, burst: bool) -> None:
        """Connections are paused in the database, not in Redis."""
