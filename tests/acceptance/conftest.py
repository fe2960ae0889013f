"""Real, whole Formwires: started once, shared by the tests, and never left behind."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from bench.stack import Formwire, SimulatedCrm, free_port
from engine.delivery.levers import asks_about, resend
from engine.storage.audit import Actor
from engine.storage.database import Database
from engine.storage.models import UNFINISHED, Connection, Run, RunState
from tests.acceptance.people import Truth
from tests.databases import Databases

DELIVERED_WITHIN_S = 60
SOMEBODY = Actor("somebody", "tests")

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks into processes by /proc")


class Runs:
    """The runs that a Formwire's database has got since this was made."""

    def __init__(self, formwire: Formwire) -> None:
        self.database = Database(formwire.settings.database_url)
        with self.database.read() as session:
            self._before = session.scalar(select(func.max(Run.id))) or 0

    def states(self) -> Counter[str]:
        with self.database.read() as session:
            rows = session.execute(
                select(Run.state, func.count()).where(Run.id > self._before).group_by(Run.state)
            )
            return Counter({state: number for state, number in rows})  # noqa: C416

    def await_ends(self) -> None:
        """Wait until no run has anything left to do; all of them must be delivered.

        Whoever is asked whether a task is there has it created: had it been there, it would have
        been found.
        """
        deadline = time.monotonic() + DELIVERED_WITHIN_S
        while set(self.states()) & {*UNFINISHED, RunState.HELD}:
            assert time.monotonic() < deadline, f"still unfinished: {self.states()} {self._why()}"
            self._answer_questions()
            time.sleep(0.1)
        assert set(self.states()) <= {RunState.DELIVERED}, self._why()

    def _answer_questions(self) -> None:
        held = select(Run.id).where(Run.state == RunState.HELD, Run.id > self._before)
        with self.database.read() as session:
            asking = session.scalars(held).all()
        for run_id in asking:
            with self.database.write() as session:
                step = asks_about(session.get_one(Run, run_id))
                assert step is not None, self._why()
                resend(session, run_id, step.key, SOMEBODY)

    def drainer(self) -> int | None:
        """The process that drains the connection right now."""
        with self.database.read() as session:
            owner = session.scalars(select(Connection.lease_owner)).one()
        return int(owner.split(":")[1]) if owner else None

    def _why(self) -> list[tuple[str, str, int]]:
        with self.database.read() as session:
            rows = session.execute(
                select(Run.state, Run.reason, func.count())
                .where(Run.state != RunState.DELIVERED, Run.id > self._before)
                .group_by(Run.state, Run.reason)
            )
            return [(state, reason, number) for state, reason, number in rows]


@pytest.fixture(scope="session")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCrm]:
    """A simulated Kommo that takes any number of calls a second."""
    simulated = SimulatedCrm(tmp_path_factory.mktemp("crm"), port=free_port())
    try:
        simulated.wait_until_ready()
        yield simulated
    finally:
        simulated.end()


@pytest.fixture(scope="session")
def formwire(
    crm: SimulatedCrm, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Formwire]:
    """A Formwire that delivers to ``crm`` as fast as it can. Tests leave it healthy."""
    folder = tmp_path_factory.mktemp("formwire")
    running = Formwire(folder, database_url=databases.fresh(folder), settle_s=1)
    running.prepare(crm)
    try:
        running.start()
        yield running
        assert running.stop() == 0, "it does not end well after all it went through"
    finally:
        running.end()


@pytest.fixture
def runs(formwire: Formwire) -> Iterator[Runs]:
    found = Runs(formwire)
    yield found
    found.database.close()


@pytest.fixture
def truth(crm: SimulatedCrm) -> Truth:
    crm.http.delete("/faults").raise_for_status()
    return Truth(crm)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Formwire]:
    """What ``make run`` starts: its simulated Kommo has the limits of the real one."""
    running = Formwire(tmp_path_factory.mktemp("demo"), settle_s=1, simulator_port=free_port())
    try:
        running.start("--demo")
        yield running
    finally:
        running.end()
