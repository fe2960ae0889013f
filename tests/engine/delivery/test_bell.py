from __future__ import annotations

import logging
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
