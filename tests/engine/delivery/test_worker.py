from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from engine.delivery.bell import DRAIN, QUEUE, Bell
from engine.delivery.worker import Ring, UntrustedJobError
from tests.valkey import Valkey

LEADS = 7

# A worker whose drain says what it was rung for. It waits for nothing, so the test never does.
WORKER = """
import os, signal, sys, types

def drain(connection_id):
    print("drained", connection_id, flush=True)
    if connection_id == 13:
        raise ValueError("Ada's secret answer")
    if connection_id == 99:
        os.kill(os.getpid(), signal.SIGTERM)
        print("asked to stop:", worker.stopping(), flush=True)

jobs = types.ModuleType("engine.delivery.jobs")
jobs.drain = drain
sys.modules["engine.delivery.jobs"] = jobs

from engine.delivery import worker

worker.work(sys.argv[1], lambda: print("looked", flush=True))
print("left", flush=True)
"""


class Worker:
    """A worker process, and the lines that it says."""

    def __init__(self, redis_url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, redis_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        # Only a broken worker keeps a test waiting for a line; this ends it.
        self._watchdog = Timer(30, self._process.kill)
        self._watchdog.start()

    def says(self, wanted: str) -> bool:
        """Read on until it says ``wanted``; False when it ends without."""
        assert self._process.stdout
        return any(line.strip() == wanted for line in self._process.stdout)

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        assert self.says("left")
        return self._process.wait()

    def close(self) -> None:
        self._watchdog.cancel()
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def start(valkey: Valkey) -> Iterator[Callable[[], Worker]]:
    workers: list[Worker] = []

    def begin() -> Worker:
        workers.append(Worker(valkey.url))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.close()


def enqueue(valkey: Valkey, function: str, *args: object, **options: object) -> Job:
    queue = Queue(QUEUE, connection=valkey.redis, serializer=JSONSerializer)
    return queue.enqueue_call(function, args=args, **options)


def test_a_worker_drains_what_is_rung_for_and_stops_when_told(
    valkey: Valkey, start: Callable[[], Worker]
) -> None:
    worker = start()
    Bell(valkey.url).ring(LEADS)
    assert worker.says(f"drained {LEADS}")
    assert worker.stop() == 0


def test_sigterm_lets_the_drain_finish_and_tells_it_to_stop(
    valkey: Valkey, start: Callable[[], Worker]
) -> None:
    worker = start()
    Bell(valkey.url).ring(99)
    assert worker.says("asked to stop: True")
    assert worker.says("left")


def test_without_redis_the_worker_looks_into_the_database_and_later_listens_again(
    valkey: Valkey, start: Callable[[], Worker]
) -> None:
    worker = start()
    Bell(valkey.url).ring(LEADS)
    assert worker.says(f"drained {LEADS}")
    valkey.stop()
    assert worker.says("looked")
    valkey.start()
    valkey.redis.flushall()
    Bell(valkey.url).ring(8)
    assert worker.says("drained 8")


def test_a_worker_starts_without_redis(valkey: Valkey, start: Callable[[], Worker]) -> None:
    valkey.stop()
    worker = start()
    assert worker.says("looked")
    assert worker.stop() == 0


def test_a_worker_whose_redis_was_emptied_still_hears_and_is_still_listed(
    valkey: Valkey, start: Callable[[], Worker]
) -> None:
    worker = start()
    enqueue(valkey, DRAIN, LEADS)
    assert worker.says(f"drained {LEADS}")
    valkey.redis.flushall()
    for connection_id in (8, 9):
        enqueue(valkey, DRAIN, connection_id)
        assert worker.says(f"drained {connection_id}")
    queue = Queue(QUEUE, connection=valkey.redis, serializer=JSONSerializer)
    (listed,) = SimpleWorker.all(queue=queue)
    assert listed.last_heartbeat


def test_a_drain_that_fails_leaves_no_traceback_in_redis(
    valkey: Valkey, start: Callable[[], Worker]
) -> None:
    worker = start()
    failing = enqueue(valkey, DRAIN, 13, failure_ttl=60)
    enqueue(valkey, DRAIN, LEADS)
    assert worker.says(f"drained {LEADS}")
    result = Job.fetch(failing.id, valkey.redis, JSONSerializer).latest_result()
    assert result
    assert result.exc_string == "see the log"


@pytest.mark.parametrize(
    "spoil",
    [
        {b"created_at": b"yesterday"},
        {b"data": b"\x80\x04."},
        {b"status": b"dancing"},
        {b"timeout": b"soon"},
    ],
    ids=lambda fields: next(iter(fields)).decode(),
)
def test_a_corrupt_job_stops_nobody(
    spoil: dict[bytes, bytes], valkey: Valkey, start: Callable[[], Worker]
) -> None:
    valkey.redis.hset(enqueue(valkey, DRAIN, LEADS).key, mapping=spoil)
    enqueue(valkey, DRAIN, 8)
    worker = start()
    assert worker.says("drained 8")


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("os.system", ["true"]),
        ("engine.delivery.jobs.drain.__globals__", [LEADS]),
        (DRAIN, []),
        (DRAIN, ["7"]),
        (DRAIN, [True]),
        (DRAIN, [LEADS, 8]),
    ],
)
def test_a_job_may_do_nothing_but_ring(function: str, args: list[object], valkey: Valkey) -> None:
    job = Ring.fetch(enqueue(valkey, function, *args).id, valkey.redis, JSONSerializer)
    with pytest.raises(UntrustedJobError):
        job.perform()


def test_callbacks_and_webhooks_in_a_job_are_not_read(valkey: Valkey) -> None:
    job = enqueue(valkey, DRAIN, LEADS)
    planted = dict.fromkeys(
        (b"success_callback_name", b"failure_callback_name", b"stopped_callback_name"), b"os.abort"
    )
    valkey.redis.hset(job.key, mapping={**planted, b"retries_left": b"3"})
    read = Ring.fetch(job.id, valkey.redis, JSONSerializer)
    assert not read.success_callback
    assert not read.failure_callback
    assert not read.stopped_callback
    assert not read.webhooks
    assert not read.retries_left


def test_stopping_is_false_until_told() -> None:
    code = "from engine.delivery.worker import stopping; raise SystemExit(stopping())"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
