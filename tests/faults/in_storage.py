"""The database: locked, full, away, restored, restarted, and after a power cut."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, func, make_url, select
from sqlalchemy.exc import OperationalError

from engine.delivery.intake import NotStored, Posted, accept
from engine.instance import Instance
from engine.storage.backups import doubt_unfinished
from engine.storage.database import Database
from engine.storage.forms import form_by_key
from engine.storage.models import Connection, Form, RunState, Submission
from tests.builders import json_body
from tests.databases import WITH_POSTGRES, Databases, Postgres
from tests.engine.delivery.world import World as MemoryWorld
from tests.faults.stories import assert_delivered_once, pass_time, post, progress, story, unfinished
from tests.simulation.play import Theatre


@contextmanager
def failing(database: Database, now: Callable[[], bool]) -> Iterator[None]:
    """Let transactions that may write fail while ``now`` says so."""

    def fail(*_: object) -> None:
        if now():
            raise OperationalError("BEGIN", {}, Exception("database is locked"))

    event.listen(database.writer, "begin", fail)
    try:
        yield
    finally:
        event.remove(database.writer, "begin", fail)


def locked_or_full(memory: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is accepted that cannot be kept, and nothing is sent that cannot be noted first."""
    monkeypatch.setitem(Database.insist.__kwdefaults__, "for_s", -1.0)  # nothing will change
    with memory.instance.database.read() as session:
        form = form_by_key(session, "demo")
    assert form is not None
    with failing(memory.instance.database, lambda: True), pytest.raises(NotStored):
        accept(memory.instance, form, Posted(json_body(), "application/json"))
    assert memory.runs() == []
    memory.post()
    for working in range(7):  # so many transactions, and then no more
        begun = count()
        with (
            failing(
                memory.instance.database, lambda begun=begun, most=working: next(begun) >= most
            ),
            pytest.raises(OperationalError),
        ):
            memory.drain()
        sent = [one.operation for one in memory.crm.calls if one.operation.startswith("create")]
        assert len(sent) == sum(step.attempt for step in memory.steps() if step.key == "deal")
        give_back(memory)
        if sent:
            break
    else:
        pytest.fail("nothing was ever sent")
    memory.drain_all()
    memory.retry()  # its worker stopped so often that it was given up
    memory.drain_all()
    assert set(memory.counts().values()) == {1}


def lost_before_the_checkpoint(memory: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a while: the outcome is written all the same. For longer: it is unknown, and looked for."""
    monkeypatch.setattr("engine.storage.database._INSIST_EVERY_S", 0.0)
    away_for = [0]
    begin = memory.crm.begin

    def lose(operation: str, *rest: object) -> object:
        if operation == "create_bundles":
            away_for[0] = lasts
        return begin(operation, *rest)  # type: ignore[arg-type]

    def away() -> bool:
        away_for[0] -= 1
        return away_for[0] >= 0

    memory.crm.begin = lose  # type: ignore[method-assign,assignment]
    lasts = 3
    memory.post()
    with failing(memory.instance.database, away):
        memory.drain()
    assert memory.states() == {RunState.DELIVERED}
    monkeypatch.setitem(Database.insist.__kwdefaults__, "for_s", -1.0)
    lasts = 1000
    memory.post(email="grace@example.org", phone="", company="Hopper")
    with failing(memory.instance.database, away), pytest.raises(OperationalError):
        memory.drain()
    assert memory.runs()[1].state == RunState.RUNNING
    memory.crm.begin = begin  # type: ignore[method-assign]
    give_back(memory)
    memory.drain_all()
    assert memory.states() == {RunState.DELIVERED}
    assert set(memory.counts().values()) == {2}


def give_back(memory: MemoryWorld) -> None:
    """Let the lease run out that nobody could give back."""
    with memory.instance.database.write() as session:
        session.get_one(Connection, memory.connection_id).lease_until = None


def restored_from_a_backup(theatre: Theatre) -> None:
    """Of any moment of a submission's way: whatever was sent since is found by its key."""
    with story(theatre, search_lag_s=30.0) as world:
        post(world)
        backups = {}
        while unfinished(world):
            backups.setdefault(progress(world), theatre.backup())
            pass_time(world, 0.05)
        pass_time(world, 600)
        assert_delivered_once(world)
        assert len(backups) > 3
        for backup in backups.values():
            theatre.restore(backup)
            with theatre.instance.database.write() as session:
                assert doubt_unfinished(session) == 1
            world.stage.wake()
            pass_time(world, 900)
            assert_delivered_once(world)


def restarted(memory: MemoryWorld, databases: Databases) -> None:
    if not isinstance(databases, Postgres):
        pytest.skip("FORMWIRE_TEST_POSTGRES is not set")
    memory.post()
    databases.stop("fast")
    databases.start()
    memory.post(email="grace@example.org", phone="", company="Hopper")
    memory.drain_all()
    assert memory.states() == {RunState.DELIVERED}


def power_is_cut(instance: Instance, form: Form, tmp_path: Path) -> None:
    """What is on the disk when the answer goes out is enough."""
    if WITH_POSTGRES:
        pytest.skip("PostgreSQL promises this by itself: synchronous_commit is on")
    receipt = accept(instance, form, Posted(json_body(), "application/json"))
    path = Path(make_url(instance.settings.database_url).database or "")
    after = tmp_path / "after"
    after.mkdir()
    for file in (path, path.with_name(f"{path.name}-wal")):
        shutil.copy(file, after / file.name)
    with instance.database.writer.connect() as connection:
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
    found = Database(f"sqlite:///{after / path.name}")
    with found.read() as session:
        assert session.scalar(select(func.count(Submission.id))) == 1
        assert session.scalars(select(Submission.public_id)).one() == receipt.id
    found.close()
