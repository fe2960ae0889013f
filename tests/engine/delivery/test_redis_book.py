"""Calls of many processes, booked in a real Valkey. Nobody sleeps: bookings lie ahead of their time."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from connectors.base import Rate
from connectors.errors import RateLimitedError
from engine.delivery import redis_book
from engine.delivery.limits import LONGEST_WAIT_S, Budget, Windows
from engine.delivery.quick_redis import quick_redis
from engine.delivery.redis_book import RedisBook
from tests.valkey import Valkey

LEADS = 7
KEY = f"formwire:calls:{LEADS}"
# The wide window binds nobody here; it makes the book keep every call for the test to read.
RATES = (Rate(7, 1), Rate(1000, 60))

PROCESS = f"""
import sys
from connectors.base import Rate
from engine.delivery.limits import Budget
from engine.delivery.redis_book import RedisBook
from redis import Redis

book = RedisBook(Redis.from_url(sys.argv[1]), {LEADS})
budget = Budget(({RATES[0]!r}, {RATES[1]!r}), shared=book, sleep=lambda s: None)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(15):
    budget.take()
"""


def book(url: str, connection_id: int = LEADS) -> RedisBook:
    """By a client that waits for a busy machine: how quick ones give up has tests of its own."""
    return RedisBook(Redis.from_url(url), connection_id)


def budget(url: str, *rates: Rate) -> Budget:
    return Budget(rates or RATES, shared=book(url), sleep=lambda _: None)


def starts(valkey: Valkey) -> list[float]:
    """When the booked calls start, by the clock of the server, in order."""
    found = valkey.redis.zrange(KEY, 0, -1, withscores=True)
    return [float(start) for _, start in found]


def assert_never_more_than_seven(starts: list[float]) -> None:
    for seventh_before, start in zip(starts, starts[7:], strict=False):
        assert start - seventh_before >= 1.0, starts


def test_threads_with_budgets_of_their_own_keep_the_limit_together(valkey: Valkey) -> None:
    def take(mine: Budget) -> None:
        for _ in range(10):
            mine.take()

    with ThreadPoolExecutor(3) as executor:
        list(executor.map(take, [budget(valkey.url) for _ in range(3)]))
    assert len(starts(valkey)) == 30
    assert_never_more_than_seven(starts(valkey))


def test_processes_keep_the_limit_together(valkey: Valkey) -> None:
    command = [sys.executable, "-c", PROCESS, valkey.url]
    others = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for other in others:
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin
        other.stdin.write("go\n")
        other.stdin.flush()
    for other in others:
        other.communicate()
        assert other.returncode == 0
    assert len(starts(valkey)) == 30
    assert_never_more_than_seven(starts(valkey))


def test_connections_have_books_of_their_own(valkey: Valkey) -> None:
    windows = Windows([Rate(1, 4)])
    for connection_id in (LEADS, LEADS + 1):
        assert book(valkey.url, connection_id).book(windows, 0.0, LONGEST_WAIT_S) == 0.0


def test_a_call_that_is_far_off_is_not_booked(valkey: Valkey) -> None:
    mine, other = budget(valkey.url, Rate(1, 60)), budget(valkey.url, Rate(1, 60))
    mine.take()
    with pytest.raises(RateLimitedError) as refused:
        other.take()
    assert refused.value.retry_after_s == pytest.approx(63, abs=5)
    assert len(starts(valkey)) == 1


def test_the_book_forgets_what_no_window_reaches(valkey: Valkey) -> None:
    mine = budget(valkey.url, Rate(3, 0.5))
    for _ in range(12):
        mine.take()
    assert len(starts(valkey)) == 3
    assert 0 < valkey.redis.ttl(KEY) <= 6


@pytest.mark.parametrize("score", [1e12, float("inf")])
def test_a_booking_that_nobody_can_have_made_is_forgotten(valkey: Valkey, score: float) -> None:
    valkey.redis.zadd(KEY, {f"nonsense {number}": score for number in range(7)})
    budget(valkey.url).take()
    assert len(starts(valkey)) == 1


def test_without_redis_each_process_counts_for_itself_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_book, "_AWAY_S", 0.0)
    server = Valkey(tmp_path)
    slept: list[float] = []
    mine = Budget([Rate(2, 4)], shared=book(server.url), sleep=slept.append)
    with caplog.at_level(logging.WARNING):
        mine.take()
        mine.take()
    assert len(caplog.records) == 1
    server.start()
    mine.take()
    server_has = starts(server)
    server.stop()
    assert slept[:2] == [0, 0]
    assert slept[2] > 4, "what was called without Redis counts still"
    assert len(server_has) == 1, "it is used as soon as it is there"


def test_a_redis_that_is_silent_is_not_asked_for_a_while(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        quick = RedisBook(quick_redis(f"unix://{tmp_path}/silent.sock"), LEADS)
        for _ in range(3):
            assert quick.book(Windows(RATES), 0.0, LONGEST_WAIT_S) is None
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # only the first look came here
            silent.accept()
