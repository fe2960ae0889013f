"""An older submission never undoes what a newer one wrote."""

from __future__ import annotations

import pytest

from connectors.base import Kind
from connectors.memory import Accident
from engine.deciding.changes import LEFT_TO_NEWER
from engine.delivery.levers import replay
from engine.storage.audit import Actor
from engine.storage.forms import live_revision
from engine.storage.models import RunState, StepState
from tests.engine.delivery.world import World

GRACE = Actor("grace@example.org", "studio")
OVERWRITE = {"contact__fields__Position": {"value": "{{ field.job }}", "write": "overwrite"}}


@pytest.fixture
def known(world: World) -> World:
    """Ada is in the CRM, and her position is overwritten by each submission."""
    world.save(**OVERWRITE)
    world.post(job="Analyst")
    world.drain_all()
    return world


def replay_first(world: World) -> None:
    """Run the first submission again, through the module as it is now."""
    first = world.runs()[0]
    with world.instance.database.write() as session:
        newest = live_revision(session, first.module_id).number
        replay(session, first.id, GRACE, revision=newest)


def position(world: World) -> object:
    (contact,) = world.records(Kind.CONTACT)
    return contact.fields.get("position")


def test_a_run_resumed_late_leaves_the_newer_value(known: World) -> None:
    known.crm.befall("update", Accident.REFUSE)
    known.post(job="Older")
    known.drain()
    older = known.runs()[-1]
    assert older.state == RunState.FAILED
    known.post(job="Newer")
    known.drain_all()
    assert position(known) == "Newer"

    known.retry()
    known.drain_all()
    assert known.states() == {RunState.DELIVERED}
    assert position(known) == "Newer"
    (skipped,) = [one for one in known.steps() if one.state == StepState.SKIPPED]
    assert (skipped.run_id, skipped.error) == (older.id, LEFT_TO_NEWER)


def test_a_submission_replayed_late_leaves_the_newer_value_and_says_so(known: World) -> None:
    known.post(job="Newer")
    known.drain_all()
    replay_first(known)
    known.drain_all()
    assert position(known) == "Newer"
    plan = known.runs()[-1].plan
    assert plan is not None
    (contact,) = [one for one in plan["steps"] if one["key"] == "contact"]
    whys = {change["field"]: change["why"] for change in contact["changes"]}
    assert whys["position"] == LEFT_TO_NEWER


def test_the_newest_submission_writes_as_ever(known: World) -> None:
    for job in ("Second", "Third"):
        known.post(job=job)
        known.drain_all()
        assert position(known) == job


def test_a_late_move_is_left_out_when_a_later_submission_moved_the_deal(world: World) -> None:
    moving = {"control": "formwire", "found": "move", "backwards": True}
    world.post()
    world.drain_all()
    world.save(deal__duplicates=moving, deal__stage="talking")
    world.post(job="Newer")
    world.drain_all()
    world.save(deal__duplicates=moving, deal__stage="new")
    replay_first(world)
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    (deal,) = world.records(Kind.DEAL)
    assert deal.fields["stage"] == "talking"
    plan = world.runs()[-1].plan
    assert plan is not None
    whys = [
        change["why"]
        for one in plan["steps"]
        for change in one["changes"]
        if change["field"] == "stage"
    ]
    assert whys == [LEFT_TO_NEWER]
