"""A submission run again, and what a module would have made of earlier ones."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connectors.base import Kind
from connectors.memory import Accident
from engine.deciding.module import ModuleConfig, load_module
from engine.delivery.backtest import Comparison, backtest
from engine.delivery.levers import NotNow, Verb, decide
from engine.instance import Instance
from engine.storage.models import (
    Event,
    Lane,
    Module,
    Revision,
    Run,
    RunState,
    Submission,
    SubmissionState,
)
from tests.engine.deciding.test_planning import module
from tests.engine.delivery.world import GRACE, World, make_world


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(wiped_instance, monkeypatch)


def again(world: World, number: int = 0) -> Run:
    """The submission of the run with this position, run again."""
    with world.instance.database.write() as session:
        run = session.scalars(select(Run).order_by(Run.id)).all()[number]
        return decide(session, Verb.REPLAY, run.id, GRACE)


def set_state(world: World, state: RunState) -> None:
    with world.instance.database.write() as session:
        session.scalars(select(Run)).one().state = state


def test_a_replay_goes_through_the_newest_revision_behind_everybody_else(world: World) -> None:
    world.post()
    world.drain()
    before = world.run()
    world.save(deal__duplicates={"control": "formwire", "found": "update"})
    run = again(world)
    with world.instance.database.read() as session:
        assert session.get_one(Revision, run.revision_id).number == 2
        (event,) = session.scalars(select(Event).where(Event.run_id == run.id))
    assert (run.lane, run.state, event.type) == (Lane.BULK, RunState.QUEUED, "replayed")
    world.drain()
    old, new = world.runs()
    assert new.state == RunState.DELIVERED
    assert (old.plan, old.finished_at, old.revision_id) == (
        before.plan,
        before.finished_at,
        before.revision_id,
    )
    assert world.counts()["contact"] == world.counts()["deal"] == 1


def test_live_submissions_of_others_go_before_replays(world: World) -> None:
    world.post()
    world.drain()
    run = again(world)
    world.post(email="grace@example.org", phone="067 765 43 21", company="Hopper")
    with world.instance.database.read() as session:
        lanes = [one.lane for one in session.scalars(select(Run).order_by(Run.id))]
    assert lanes == [Lane.LIVE, Lane.BULK, Lane.LIVE]
    assert run.id == world.runs()[1].id


@pytest.mark.parametrize(
    "state", [RunState.QUEUED, RunState.RUNNING, RunState.WAITING, RunState.HELD]
)
def test_what_may_still_be_carried_out_is_not_run_again(world: World, state: RunState) -> None:
    world.post()
    set_state(world, state)
    with pytest.raises(NotNow, match=f"is {state}; let that end first"):
        again(world)
    assert len(world.runs()) == 1


@pytest.mark.parametrize(
    "state", [RunState.SKIPPED, RunState.FAILED, RunState.DELIVERED, RunState.DISCARDED]
)
def test_what_has_ended_is_run_again_once_at_a_time(world: World, state: RunState) -> None:
    world.post()
    set_state(world, state)
    again(world)
    with pytest.raises(NotNow):
        again(world)


@pytest.mark.parametrize("state", sorted(set(SubmissionState) - {SubmissionState.ACCEPTED}))
def test_a_submission_that_nobody_let_in_is_not_run(world: World, state: SubmissionState) -> None:
    world.post()
    set_state(world, RunState.DELIVERED)
    with world.instance.database.write() as session:
        session.scalars(select(Submission)).one().state = state
    with pytest.raises(NotNow, match="let it in first"):
        again(world)


# Backtest -----------------------------------------------------------------------------------------


def compare(world: World, count: int = 10, **changes: Any) -> list[Comparison]:
    """The backtest of a changed module."""
    return backtest(world.instance, live_module(world), config(**changes), count)


def live_module(world: World) -> Module:
    with world.instance.database.read() as session:
        return session.scalars(select(Module)).one()


def config(**changes: Any) -> ModuleConfig:
    return load_module(module(**changes))


MOVING: dict[str, Any] = {
    "deal__stage": "Talking",
    "deal__duplicates": {"control": "formwire", "found": "move"},
    "deal__on_match": "overwrite",
}
HISTORIES: dict[str, tuple[dict[str, Any], list[dict[str, str]]]] = {
    "nothing was there": ({}, [{}]),
    "the same person again": ({}, [{}, {"topic": "looms"}]),
    "an open deal is moved and changed": (
        MOVING,
        [{}, {"topic": "looms", "product": "Hardware"}, {"budget": "7"}],
    ),
    "a contact gets another phone": ({}, [{}, {"phone": "+380671112233"}]),
    "people take turns": (
        {"responsible": {"in_turn": ["grace@acme.test", "anna@acme.test"]}},
        [{}, {"email": "a@example.org", "phone": ""}, {"email": "b@example.org", "phone": ""}],
    ),
    "another person and company": (
        {},
        [{}, {"email": "grace@example.org", "phone": "", "company": "Hopper"}],
    ),
}


@pytest.mark.parametrize(("changes", "posts"), HISTORIES.values(), ids=HISTORIES)
def test_the_module_that_was_used_plans_what_was_done(
    world: World, changes: dict[str, Any], posts: list[dict[str, str]]
) -> None:
    world.save(**changes)
    for answers in posts:
        world.post(**answers)
        world.drain()
    assert world.states() == {RunState.DELIVERED}
    before = [world.records(kind) for kind in Kind]
    compared = compare(world, **changes)
    assert [one.diff for one in compared] == [()] * len(posts)
    assert [one.run.id for one in compared] == [run.id for run in reversed(world.runs())]
    assert [world.records(kind) for kind in Kind] == before


def test_a_draft_shows_what_it_would_have_done_otherwise(world: World) -> None:
    world.post()
    world.drain()
    (one,) = compare(world, deal__stage="Talking")
    lines = [line for line in one.diff if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert lines == [
        "-    * Stage: New request (new record)",
        "+    * Stage: Talking (new record)",
    ]


def test_what_a_run_that_ended_midway_wrote_is_not_there_either(world: World) -> None:
    world.post()
    world.drain()
    world.crm.befall("create", Accident.REFUSE)
    world.post(email="new@example.org", phone="")
    world.drain()
    assert world.runs()[1].state == RunState.FAILED
    (one,) = compare(world)
    assert one.diff == ()


def test_only_delivered_submissions_are_compared_and_the_latest_first(world: World) -> None:
    for topic in ("a", "b", "c"):
        world.post(topic=topic)
        world.drain()
    world.post(topic="d")
    with world.instance.database.write() as session:
        decide(session, Verb.DISCARD, world.runs()[-1].id, GRACE)
    assert [one.now.sample.title for one in compare(world, 2)] == ["#3", "#2"]


def test_without_delivered_submissions_the_crm_is_not_asked(world: World) -> None:
    world.post()
    assert compare(world) == []
    assert world.crm.calls == []
