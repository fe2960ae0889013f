"""Whose run a drain takes up when others are at work on the same database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.base import Kind
from engine.instance import Instance
from engine.storage import erasing
from engine.storage.base import now
from engine.storage.model_memories import KnownRecord
from engine.storage.models import Run, RunState
from engine.storage.runs import locked_run
from tests.databases import WITH_POSTGRES
from tests.engine.delivery.world import World, make_world

only_postgres = pytest.mark.skipif(not WITH_POSTGRES, reason="on SQLite one writer at a time")


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(wiped_instance, monkeypatch)


def test_of_two_runs_of_a_person_the_one_that_was_begun_goes_first(world: World) -> None:
    world.post()
    world.post(message="Once more")
    with world.instance.database.write() as session:
        _, begun = session.scalars(select(Run).order_by(Run.id))
        begun.state, begun.first_try_at = RunState.WAITING, now()
        begun.due_at = now() + timedelta(hours=1)
    world.drain()
    assert [run.state for run in world.runs()] == ["queued", "waiting"]
    world.drain_all()
    earlier, later = world.runs()
    assert earlier.state == later.state == "delivered"
    assert later.finished_at < earlier.finished_at
    assert world.counts()["contact"] == 1


@only_postgres
def test_a_run_that_a_person_has_in_hand_is_left_to_them(world: World) -> None:
    world.post()
    with world.instance.database.write() as session:
        locked_run(session, world.run().id).state = RunState.HELD
        session.flush()
        world.drain()
    assert world.run().state == "held"
    assert world.counts()["contact"] == 0


@only_postgres
def test_what_is_being_erased_is_not_begun(world: World) -> None:
    world.post()
    with world.instance.database.write() as session:
        ids = [world.run().submission_id]
        assert erasing.free(session, ids) == ids
        world.drain()
        erasing.erase_submissions(session, ids)
    world.drain()
    assert world.run().state == "discarded"
    assert world.counts()["contact"] == 0


def test_a_company_named_by_a_novel_is_known_again(world: World) -> None:
    novel = "The Analytical Engine weaves algebraic patterns. " * 300
    for end in ("", "", "The End"):
        world.post(company=novel + end)
        world.drain_all()
    assert world.states() == {"delivered"}
    assert len(world.records(Kind.COMPANY)) == 2
    with world.instance.database.read() as session:
        keys = session.scalars(select(KnownRecord.key)).all()
    names = [key for key in keys if key.startswith("company:name=")]
    assert len(names) == 2
    assert max(map(len, keys)) == 400
