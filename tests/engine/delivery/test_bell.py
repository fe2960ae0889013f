from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from engine.delivery.bell import DRAIN, QUEUE, Bell
from tests.valkey import Valkey

LEADS, ORDERS = 7, 8


@pytest.fixture
def bell(valkey: Valkey) -> Bell:
    return Bell(valkey.url)


@pytest.fixture
def broken(tmp_path: Path) -> Bell:
    return Bell(f"unix://{tmp_path}/nobody.sock")


def queued(valkey: Valkey) -> Queue:
    return Queue(QUEUE, connection=valkey.redis, serializer=JSONSerializer)


def test_a_ring_carries_the_connection_and_nothing_else(bell: Bell, valkey: Valkey) -> None:
    bell.ring(LEADS)
    (job,) = queued(valkey).jobs
    assert (job.func_name, job.args, job.kwargs) == (DRAIN, [LEADS], {})
    assert (job.result_ttl, job.failure_ttl, job.timeout) == (0, 3600, 90)


def test_rings_that_nobody_answered_yet_are_one_ring(bell: Bell, valkey: Valkey) -> None:
    for _ in range(5):
        bell.ring(LEADS)
    assert queued(valkey).count == 1


def test_connections_do_not_hush_one_another(bell: Bell, valkey: Valkey) -> None:
    bell.ring(LEADS)
    bell.ring(ORDERS)
    assert queued(valkey).count == 2


def test_many_that_wait_for_a_slow_bell_ring_it_once_more(bell: Bell, valkey: Valkey) -> None:
    with ThreadPoolExecutor(8) as threads:
        with bell._turn:  # somebody rings
            futures = [threads.submit(bell.ring, LEADS) for _ in range(8)]
            while bell._asked[LEADS] < len(futures):
                time.sleep(0.001)
            before = _sets(valkey)
        for each in futures:
            each.result()
    assert _sets(valkey) == before + 1
    assert queued(valkey).count == 1
    bell.answer(LEADS)
    bell.ring(LEADS)
    assert queued(valkey).count == 2, "a later ring is a ring of its own"


def _sets(valkey: Valkey) -> int:
    """How often the hush was asked for."""
    return int(valkey.redis.info("commandstats").get("cmdstat_set", {"calls": 0})["calls"])


def test_a_ring_after_the_answer_is_heard(bell: Bell, valkey: Valkey) -> None:
    bell.ring(LEADS)
    bell.answer(LEADS)
    bell.ring(LEADS)
    assert queued(valkey).count == 2


def test_the_hush_ends_by_itself_within_a_second(bell: Bell, valkey: Valkey) -> None:
    bell.ring(LEADS)
    (hush,) = valkey.redis.keys("formwire:rung:*")
    assert 0 < valkey.redis.pttl(hush) <= 1000


def test_without_redis_a_ring_is_counted_and_raises_nothing(
    broken: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        broken.ring(LEADS)
        broken.ring(LEADS)
        broken.answer(LEADS)
    assert broken.missed == 3
    assert len(caplog.records) == 1, "one warning until Redis answers again"
