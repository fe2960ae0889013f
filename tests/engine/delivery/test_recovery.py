"""Writes whose answer was lost: found again, sent again, or left for a person to say."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from connectors.base import Effect, Kind
from connectors.memory import Accident
from engine.delivery import carrying
from engine.delivery.retry import LONGEST_SETTLE_S, learnt_settle_s
from engine.instance import Instance
from engine.storage.backups import doubt_unfinished
from engine.storage.base import now
from engine.storage.connections import note_lag
from engine.storage.models import JournalStep, Run, RunState, StepState, Wait
from tests.engine.delivery.world import World, make_world

NOBODY = {"email": "", "phone": ""}
HELD = (
    "Formwire asked Memory to create this task and never got an answer. Is it there?",
    "Look in Memory. Then say that it is there, or have it created, or leave it.",
)


@pytest.fixture
def bundled(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(wiped_instance, monkeypatch)


def lose_task(world: World, accident: Accident) -> None:
    """Let the creation of the task, the last step, meet an accident."""
    world.crm.effects[Kind.TASK] = Effect.UNMARKED
    world.crm.befall("create", accident, skip=task_call(world))
    world.post()


def task_call(world: World) -> int:
    """How many calls create something before the task does."""
    world.post(email="first@example.org", phone="", company="First")
    world.drain_all()
    kinds = [call.kind for call in world.crm.calls if call.operation == "create"]
    return kinds.index(Kind.TASK)


def step(world: World, key: str) -> JournalStep:
    return next(one for one in reversed(world.steps()) if one.key == key)


# What nothing tells for sure --------------------------------------------------------------------


def test_a_task_that_is_not_found_is_left_for_a_person(world: World) -> None:
    lose_task(world, Accident.NEVER_ARRIVES)
    for _ in range(5):
        world.make_due()
        world.drain()
    run = world.runs()[-1]
    assert (run.state, run.reason) == (RunState.HELD, HELD[0])
    assert step(world, "deal.task.0").state == StepState.UNKNOWN
    assert step(world, "deal.task.0").effect == Effect.UNMARKED
    assert world.counts()["task"] == 1, "only the first submission's"
    (notice,) = world.notices()
    assert (notice.message, notice.remedy) == HELD


def test_the_question_about_one_step_keeps_no_other_from_being_done(world: World) -> None:
    world.crm.effects[Kind.TASK] = Effect.UNMARKED
    kinds = (Kind.TASK, Kind.NOTE)
    at = task_call(world)
    for _ in kinds:  # they go in one round
        world.crm.befall("create", Accident.NEVER_ARRIVES, skip=at)
    world.post()
    for _ in range(5):
        world.make_due()
        world.drain()
    run = world.runs()[-1]
    assert (run.state, run.reason) == (RunState.HELD, HELD[0])
    assert [world.counts()[kind] for kind in kinds] == [1, 2], "the task alone is in question"


def test_a_task_that_is_found_is_adopted(world: World) -> None:
    lose_task(world, Accident.LOSE_REPLY)
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert step(world, "deal.task.0").adopted
    assert world.counts()["task"] == 2


def test_asking_again_looks_again(world: World) -> None:
    lose_task(world, Accident.NEVER_ARRIVES)
    for _ in range(3):
        world.make_due()
        world.drain()
    world.retry()
    world.drain()
    assert world.runs()[-1].state == RunState.HELD
    assert world.counts()["task"] == 1


def lose_always(world: World) -> None:
    for _ in range(10):
        world.crm.befall("create_bundles", Accident.NEVER_ARRIVES)
    world.post()


def test_what_is_lost_again_and_again_is_sent_on_the_schedule(bundled: World) -> None:
    lose_always(bundled)
    seen = []
    for _ in range(3):
        bundled.make_due()
        bundled.drain()
        run = bundled.run()
        seen.append((step(bundled, "deal").attempt, run.attempt, run.wait))
    assert seen == [(2, 1, Wait.RETRY), (3, 2, Wait.RETRY), (4, 3, Wait.RETRY)]
    assert "was sent 4 times without an answer" in run.reason
    assert run.due_at > now()


def test_what_is_lost_for_three_days_is_left_to_a_person(bundled: World) -> None:
    lose_always(bundled)
    for _ in range(3):
        bundled.make_due()
        bundled.drain()
    with bundled.instance.database.write() as session:
        session.execute(update(Run).values(first_try_at=now() - timedelta(hours=73)))
    for _ in range(3):
        bundled.make_due()
        bundled.drain()
    run = bundled.run()
    assert run.state == RunState.FAILED
    assert "still failing after 72 hours" in run.reason
    assert bundled.counts() == dict.fromkeys(Kind, 0)


@pytest.mark.parametrize("accident", [Accident.NEVER_ARRIVES, Accident.LOSE_REPLY])
def test_people_without_phone_and_e_mail_are_found_by_their_deal(
    bundled: World, accident: Accident
) -> None:
    bundled.crm.effects[Kind.CONTACT] = Effect.UNMARKED
    bundled.crm.befall("create_bundles", accident)
    bundled.post(**NOBODY)
    bundled.drain_all()
    assert bundled.run().state == RunState.DELIVERED
    assert bundled.counts() == dict.fromkeys(Kind, 1)
    assert step(bundled, "contact").adopted == (accident is Accident.LOSE_REPLY)
    assert step(bundled, "contact").effect == Effect.MARKED


# After a restored backup -----------------------------------------------------------------------


def restore(world: World) -> None:
    with world.instance.database.write() as session:
        doubt_unfinished(session)
    world.make_due()


def test_what_was_never_begun_is_delivered_after_a_restore_without_a_question(
    world: World,
) -> None:
    world.crm.effects[Kind.TASK] = Effect.UNMARKED
    world.post()
    restore(world)
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts()["task"] == 1
    assert world.connection().lag_s == 0


def test_an_unmarked_task_whose_deal_is_there_is_left_for_a_person_after_a_restore(
    world: World,
) -> None:
    world.crm.effects[Kind.TASK] = Effect.UNMARKED
    world.crm.befall("create", Accident.REFUSE, skip=task_call(world))
    world.post()
    world.drain_all()
    assert world.runs()[-1].state == RunState.FAILED
    restore(world)
    world.retry()
    world.drain_all()
    assert (world.runs()[-1].state, world.runs()[-1].reason) == (RunState.HELD, HELD[0])
    assert world.counts()["task"] == 1, "only the first submission's"


# How long to wait -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usual_s", "lag_s", "settle_s"),
    [
        (45, 0, 45),
        (45, 10, 45),
        (45, 60, 180),
        (45, 3600, LONGEST_SETTLE_S),
        (1200, 3600, 1200),
    ],
)
def test_who_showed_a_write_late_is_given_more_time(
    usual_s: float, lag_s: float, settle_s: float
) -> None:
    assert learnt_settle_s(usual_s, lag_s) == settle_s


def test_the_longest_lag_is_remembered(world: World) -> None:
    for lag_s in (20.0, 60.0, 5.0):
        with world.instance.database.write() as session:
            note_lag(session, world.connection_id, lag_s)
    assert world.connection().lag_s == 60.0


def test_a_write_that_showed_itself_only_at_the_second_look_teaches_the_lag(
    bundled: World,
) -> None:
    settings = bundled.instance.settings.model_copy(update={"settle_s": 3600.0})
    bundled.instance = replace(bundled.instance, settings=settings)
    bundled.crm.search_lag_s = 3600
    bundled.crm.befall("create_bundles", Accident.LOSE_REPLY)
    bundled.post()
    bundled.drain()
    assert (bundled.run().state, bundled.run().wait) == (RunState.WAITING, Wait.RECONCILE)
    for search_lag_s in (3600, 0):
        bundled.crm.search_lag_s = search_lag_s
        with bundled.instance.database.write() as session:
            sent = now() - timedelta(seconds=50)
            session.execute(update(JournalStep).values(sent_at=sent, settle_until=sent))
        bundled.make_due()
        bundled.drain()
    assert bundled.run().state == RunState.DELIVERED
    assert 50 <= bundled.connection().lag_s < 3600


# Not too late -----------------------------------------------------------------------------------


def test_what_was_intended_too_long_ago_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    carrying.in_time()  # nothing was intended
    monkeypatch.setattr(carrying, "SEND_WITHIN_S", -1.0)
    with carrying._soon(), pytest.raises(carrying.UnavailableError, match="too long ago"):
        carrying.in_time()
    carrying.in_time()


# The database away ------------------------------------------------------------------------------


def test_an_outcome_is_noted_as_soon_as_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _s: None)
    tries: list[int] = []

    def write(_session: object) -> None:
        tries.append(1)
        if len(tries) < 4:
            raise OperationalError("UPDATE", {}, Exception("the database is locked"))

    world.instance.database.insist(write)
    assert len(tries) == 4


def test_nobody_insists_for_ever(world: World) -> None:
    def write(_session: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the disk is full"))

    with pytest.raises(OperationalError):
        world.instance.database.insist(write, for_s=-1.0)


def test_two_lost_creations_of_one_name_are_two_records(bundled: World) -> None:
    """Nothing but their own keys tells these people apart, and the CRM's look-up shows both."""
    bundled.save(company=None, deal=None)
    bundled.crm.befall("create", Accident.LOSE_REPLY)
    bundled.crm.keeps_markers = False
    for topic in ("engines", "looms"):
        bundled.post(**NOBODY, topic=topic)
    bundled.drain_all()
    assert bundled.states() == {RunState.DELIVERED}
    adopted = [one.record_id for one in bundled.steps() if one.key == "contact" and one.adopted]
    assert len(set(adopted)) == len(adopted) == bundled.counts()["contact"] == 2
