"""Two hosts on one PostgreSQL and one Valkey; one of them dies at work, with all that runs on it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from bench.stack import Formwire, SimulatedCrm, free_port
from connectors.base import Kind
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.leases import LEASE
from engine.storage.model_calls import Call
from engine.storage.models import (
    UNFINISHED,
    Connection,
    Run,
    Submission,
)
from tests.acceptance.conftest import needs_proc
from tests.acceptance.people import Person, Truth, new_people
from tests.chaos.oracle import judge
from tests.chaos.websites import Ack
from tests.databases import WITH_POSTGRES, Databases
from tests.valkey import Valkey

CONNECTIONS = 20
SUBMISSIONS = 300
MIDWAY = 40  # deals in the CRM
LATENCY_MS = 40  # of the CRM, so that its calls overlap
PATIENCE_S = 240
SLACK = timedelta(seconds=30)
"""For one worker on a busy machine to come round to every connection that is free again."""

pytestmark = [
    pytest.mark.chaos,
    needs_proc,
    pytest.mark.skipif(not WITH_POSTGRES, reason="hosts share a PostgreSQL: make test-postgres"),
]


@dataclass(frozen=True, slots=True)
class Host:
    """One machine's worth of processes. It knows no other host's processes by their owners' names."""

    name: str
    formwire: Formwire

    def holds(self, owner: str | None) -> bool:
        return owner is not None and owner.startswith(f"{self.name}/")


@contextmanager
def running(name: str, folder: Path, **settings: object) -> Iterator[Host]:
    """A host with a data folder and a name of its own."""
    naming = folder / "python"
    naming.mkdir(parents=True)
    (naming / "sitecustomize.py").write_text(
        f"import socket\nsocket.gethostname = lambda: {name!r}\n"
    )
    paths = [str(naming), *filter(None, [os.environ.get("PYTHONPATH")])]
    formwire = Formwire(
        folder / "data", environ={"PYTHONPATH": os.pathsep.join(paths)}, settle_s=1, **settings
    )
    try:
        yield Host(name, formwire)
    finally:
        formwire.end()


@pytest.fixture
def slow_crm(tmp_path: Path) -> Iterator[SimulatedCrm]:
    simulated = SimulatedCrm(tmp_path, port=free_port(), latency_ms=LATENCY_MS)
    try:
        simulated.wait_until_ready()
        yield simulated
    finally:
        simulated.end()


@pytest.fixture
def hosts(
    slow_crm: SimulatedCrm, databases: Databases, valkey: Valkey, tmp_path: Path
) -> Iterator[tuple[Host, Host]]:
    """The first has two workers, the second has one."""
    shared = {
        "database_url": databases.fresh(tmp_path),
        "redis_url": valkey.url,
        "secret_key": "only for tests " * 3,
    }
    with (
        running("left", tmp_path / "left", workers=2, **shared) as left,
        running("right", tmp_path / "right", workers=1, **shared) as right,
    ):
        left.formwire.prepare(slow_crm, forms=CONNECTIONS)
        for host in (left, right):
            host.formwire.start()
        yield left, right


def test_a_host_that_dies_loses_and_doubles_nothing_and_holds_nobody_up_longer_than_a_lease(
    hosts: tuple[Host, Host], slow_crm: SimulatedCrm
) -> None:
    left, right = hosts
    assert left.formwire.command
    truth, people = Truth(slow_crm), new_people(SUBMISSIONS)
    database = Database(right.formwire.settings.database_url)
    try:
        with ThreadPoolExecutor(1) as pool:
            posted = pool.submit(post_all, [host.formwire.url for host in hosts], people)
            await_midway(truth, database, left)
            left.formwire.command.kill()
            killed_at = now()
            held = [owner for owner in owners(database) if left.holds(owner)]
            acks = posted.result()
        await_ends(database)
        assert held, "it was killed while it held nothing"
        verdict = judge(database, truth, acks)
        assert verdict.holds, verdict
        assert verdict.acknowledged == SUBMISSIONS
        waits = longest_waits(database, killed_at)
        assert len(waits) == CONNECTIONS
        assert max(waits.values()) <= LEASE + SLACK, waits
        assert right.formwire.stop() == 0
    finally:
        database.close()


def post_all(urls: Sequence[str], people: Iterable[Person]) -> list[Ack]:
    """Have each of ``people`` post once, to one form after another. Their websites' load balancer
    goes on with another host when one does not answer."""
    with httpx.Client(timeout=10, trust_env=False) as http, ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda person: post(http, urls, person), people))


def post(http: httpx.Client, urls: Sequence[str], person: Person) -> Ack:
    form, body = person.number % CONNECTIONS + 1, str(httpx.QueryParams(person.answers())).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": uuid4().hex,
    }
    deadline = time.monotonic() + PATIENCE_S
    for turn in count(person.number):
        assert time.monotonic() < deadline, "nobody accepts submissions"
        try:
            url = f"{urls[turn % len(urls)]}/f/demo-{form}"
            response = http.post(url, content=body, headers=headers)
        except httpx.TransportError:
            continue  # its host was killed: nobody knows whether it was accepted
        if response.status_code == 200:
            return Ack(response.json()["id"], person, body)
        assert response.status_code == 503, response.text
        time.sleep(0.1)
    raise AssertionError("unreachable")


def owners(database: Database) -> Sequence[str | None]:
    with database.read() as session:
        return session.scalars(select(Connection.lease_owner)).all()


def await_midway(truth: Truth, database: Database, host: Host) -> None:
    """Wait until some were delivered and ``host`` is at work on several connections."""
    deadline = time.monotonic() + PATIENCE_S
    while len(truth.created(Kind.DEAL)) < MIDWAY or not any(map(host.holds, owners(database))):
        assert time.monotonic() < deadline, "nothing is delivered"
        time.sleep(0.01)


def await_ends(database: Database) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with database.read() as session:
            left = session.scalar(select(func.count(Run.id)).where(Run.state.in_(UNFINISHED)))
        if not left:
            return
        assert time.monotonic() < deadline, f"{left} runs are still unfinished"
        time.sleep(0.2)


def longest_waits(database: Database, since: datetime) -> dict[int, timedelta]:
    """Connection id to the longest time after ``since`` that it had work and made no call."""
    with database.read() as session:
        ids = session.scalars(select(Connection.id)).all()
        calls = session.execute(select(Call.connection_id, Call.started_at)).all()
        works = session.execute(
            select(Run.connection_id, Submission.received_at, Run.finished_at)
            .join(Submission, Submission.id == Run.submission_id)
            .where(Run.finished_at > since)
        ).all()
    return {
        id: max(
            (
                later - earlier
                for connection, received_at, finished_at in works
                if connection == id
                for earlier, later in pairwise(
                    [
                        max(received_at, since),
                        *sorted(
                            at
                            for one, at in calls
                            if one == id and max(received_at, since) < at < finished_at
                        ),
                        finished_at,
                    ]
                )
            ),
            default=timedelta(0),
        )
        for id in ids
    }
