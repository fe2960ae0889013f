"""Many submissions at once, while what carries them breaks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from redis import Redis

from bench.stack import Formwire, SimulatedCrm, alive
from connectors.base import Kind
from tests.acceptance.conftest import Runs, needs_proc
from tests.acceptance.people import Person, Truth, assert_each_has_one_of_each, new_people, post_all

pytestmark = needs_proc

SUBMISSIONS = 200
MIDWAY = 20  # deals in the CRM


@contextmanager
def posting(formwire: Formwire, people: list[Person]) -> Iterator[None]:
    """Have each of ``people`` post once, meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        posted: Future[list[str]] = pool.submit(
            post_all, f"{formwire.url}/f/demo", [person.answers() for person in people]
        )
        yield
        assert len(set(posted.result())) == len(people)


def await_midway(truth: Truth, runs: Runs) -> int:
    """Wait until some were delivered and more are under way; the process that does it."""
    deadline = time.monotonic() + 60
    while len(truth.created(Kind.DEAL)) < MIDWAY or not (drainer := runs.drainer()):
        assert time.monotonic() < deadline, "nothing is delivered"
        time.sleep(0.01)
    return drainer


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_what_delivers_stands_back_for_what_answers_websites(formwire: Formwire) -> None:
    def niceness(*words: str) -> set[int]:
        assert formwire.command
        family = formwire.command.family("web.cli", *words)
        return {os.getpriority(os.PRIO_PROCESS, pid) for pid in family}

    (server,) = niceness("web", "--quiet")  # with all its processes
    assert niceness("worker") == niceness("schedule") == {min(server + 5, 19)}


@pytest.mark.chaos
def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    formwire: Formwire, runs: Runs, truth: Truth
) -> None:
    people = new_people(SUBMISSIONS)
    with posting(formwire, people):
        drainer = await_midway(truth, runs)
        kill(drainer)
    runs.await_ends()
    assert_each_has_one_of_each(truth, people)


@pytest.mark.chaos
def test_with_every_process_killed_at_once_nothing_is_lost_or_repeated(
    formwire: Formwire, runs: Runs, truth: Truth
) -> None:
    assert formwire.command
    people = new_people(SUBMISSIONS // 2)
    with posting(formwire, people):
        await_midway(truth, runs)
        supervisor, *others = formwire.command.family()
        kill(*others)
    runs.await_ends()
    assert alive(supervisor)
    assert_each_has_one_of_each(truth, people)


@pytest.mark.chaos
def test_a_queue_that_hangs_forgets_everything_and_dies_only_delays(
    formwire: Formwire, runs: Runs, truth: Truth
) -> None:
    assert formwire.command
    people = new_people(SUBMISSIONS)
    (valkey,) = formwire.command.family("valkey-server")
    with posting(formwire, people):
        await_midway(truth, runs)
        os.kill(valkey, signal.SIGSTOP)
        time.sleep(10)
        os.kill(valkey, signal.SIGCONT)
        with Redis.from_url(formwire.settings.redis_url) as redis:
            redis.flushall()
        kill(valkey)
    runs.await_ends()
    assert_each_has_one_of_each(truth, people)


def test_each_person_twice_at_the_same_moment_is_one_contact(
    formwire: Formwire, runs: Runs, truth: Truth
) -> None:
    people = new_people(SUBMISSIONS // 2)
    bodies = [
        body for person in people for body in (person.answers(), person.same_in_other_writing())
    ]
    assert len(set(post_all(f"{formwire.url}/f/demo", bodies))) == SUBMISSIONS
    runs.await_ends()
    assert_each_has_one_of_each(truth, people, notes=2)


# Each is sure to happen: where nothing was applied, the call is made again and meets the next one.
FAULTS = [
    {"kind": "rate limit", "method": "GET", "seconds": 1},
    {"kind": "garbage", "method": "GET", "skip": 20},
    {"kind": "html error", "method": "GET", "skip": 20},
    {"kind": "never arrives", "method": "GET", "skip": 20},
    {"kind": "html error", "path": "*/leads/complex"},
    {"kind": "lose reply", "path": "*/leads/complex"},
    {"kind": "error after applying", "method": "POST", "path": "*/tasks"},
    {"kind": "rate limit", "method": "POST", "path": "*/notes", "seconds": 1},
    {"kind": "garbage", "method": "POST", "path": "*/notes"},
]


def test_whatever_the_crm_answers_everything_is_delivered_once(
    formwire: Formwire, crm: SimulatedCrm, runs: Runs, truth: Truth
) -> None:
    crm.http.post("/faults", json=FAULTS).raise_for_status()
    people = new_people(60)
    post_all(f"{formwire.url}/f/demo", [person.answers() for person in people])
    runs.await_ends()
    assert crm.http.get("/faults").json() == [], "not every accident happened"
    assert_each_has_one_of_each(truth, people)
