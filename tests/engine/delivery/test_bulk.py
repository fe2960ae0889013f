"""Bulk orders: many runs, bit by bit, with brakes, and whatever happens in between."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors.base import Kind
from engine.delivery import bulk
from engine.delivery.bulk import carry_orders, order, steer
from engine.delivery.levers import NotNow, Verb
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.bulk import Progress, latest_items, progress_of
from engine.storage.model_audit import AuditEntry
from engine.storage.model_bulk import BulkItem, BulkOrder, BulkState
from engine.storage.models import Lane, Run, RunState
from engine.storage.runs_list import Choice
from tests.engine.delivery.world import GRACE, World, make_world


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch, rings: list[int]) -> World:
    return make_world(wiped_instance, monkeypatch)


def post(world: World, count: int, state: RunState, reason: str = "") -> None:
    """Submissions of different people whose runs are in ``state``."""
    for number in range(count):
        person = f"{state}{number}"
        world.post(email=f"{person}@example.org", phone="", company=person)
        with world.instance.database.write() as session:
            run = session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()
            run.state, run.reason = state, reason


def give(world: World, verb: Verb, **choice: object) -> BulkOrder:
    with world.instance.database.write() as session:
        return order(session, verb, Choice(**choice), GRACE)  # type: ignore[arg-type]


def now_of(world: World, given: BulkOrder) -> tuple[BulkState, Progress]:
    with world.instance.database.read() as session:
        state = session.get_one(BulkOrder, given.id).state
        return state, progress_of(session, [given.id])[given.id]


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        (Verb.RETRY, RunState.FAILED, RunState.QUEUED),
        (Verb.RETRY, RunState.WAITING, RunState.QUEUED),
        (Verb.APPROVE, RunState.HELD, RunState.QUEUED),
        (Verb.DISCARD, RunState.HELD, RunState.DISCARDED),
        (Verb.REPLAY, RunState.DELIVERED, RunState.DELIVERED),
    ],
)
def test_an_order_does_it_to_every_chosen_run_and_to_no_other(
    world: World, verb: Verb, before: RunState, after: RunState
) -> None:
    post(world, 3, before)
    post(world, 1, RunState.SKIPPED)
    given = give(world, verb, states=[before])
    carry_orders(world.instance)
    states = Counter(run.state for run in world.runs())
    assert states.pop(RunState.SKIPPED) == 1
    expected = Counter({after: 3})
    if verb is Verb.REPLAY:
        expected[RunState.QUEUED] += 3
    assert states == expected
    _, progress = now_of(world, given)
    assert (progress.items, progress.decided, progress.left_alone) == (3, 3, 0)
    queued = {} if verb is Verb.DISCARD else {RunState.QUEUED: 3}
    assert progress.queued == queued
    lanes = {run.lane for run in world.runs() if run.state == RunState.QUEUED}
    assert lanes <= {Lane.BULK}


def test_an_order_ends_and_tells_what_became_of_its_runs(world: World) -> None:
    post(world, 3, RunState.FAILED)
    given = give(world, Verb.RETRY)
    for _ in range(2):
        carry_orders(world.instance)
    world.drain_all()
    state, progress = now_of(world, given)
    assert (state, progress.percent) == (BulkState.ENDED, 100)
    assert progress.queued == {RunState.DELIVERED: 3}
    assert len(world.records(Kind.DEAL)) == 3


def test_a_run_that_changed_meanwhile_is_left_alone(world: World) -> None:
    post(world, 2, RunState.HELD)
    given = give(world, Verb.APPROVE)
    with world.instance.database.write() as session:
        session.execute(
            update(Run).where(Run.id == world.runs()[0].id).values(state=RunState.DISCARDED)
        )
    carry_orders(world.instance)
    _, progress = now_of(world, given)
    assert (progress.decided, progress.left_alone) == (2, 1)
    with world.instance.database.read() as session:
        latest, first = latest_items(session, given.id, 10)
    assert (latest.item.outcome, latest.queued and latest.queued.state) == ("approve", "queued")
    assert first.item.outcome.startswith("left alone: the run is discarded; only held ones")
    assert first.queued is None


def test_only_so_many_are_under_way_and_it_goes_on_as_they_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_WAITING", 4)
    monkeypatch.setattr(bulk, "A_TRANSACTION", 3)
    post(world, 10, RunState.FAILED)
    given = give(world, Verb.RETRY)
    decided = []
    for _ in range(4):
        carry_orders(world.instance)
        decided.append(now_of(world, given)[1].decided)
        carry_orders(world.instance)
        world.drain()
    assert decided == [4, 8, 10, 10]
    assert now_of(world, given)[0] == BulkState.ENDED
    assert world.states() == {RunState.DELIVERED}


def test_a_tick_does_no_more_than_its_share(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "A_TICK", 5)
    monkeypatch.setattr(bulk, "A_TRANSACTION", 2)
    post(world, 7, RunState.HELD)
    given = give(world, Verb.DISCARD)
    carry_orders(world.instance)
    assert now_of(world, given)[1].decided == 5


def test_an_order_can_be_paused_and_go_on_and_be_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "A_TICK", 2)
    post(world, 6, RunState.HELD)
    given = give(world, Verb.DISCARD)
    decided = []
    for move in ("pause", "resume", "stop"):
        with world.instance.database.write() as session:
            steer(session, given.id, move, GRACE)
        carry_orders(world.instance)
        decided.append(now_of(world, given)[1].decided)
    assert decided == [0, 2, 2]
    with world.instance.database.read() as session:
        ended = session.get_one(BulkOrder, given.id)
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert (ended.state, ended.ended_at is not None) == (BulkState.STOPPED, True)
    assert acts == ["order", "pause", "resume", "stop"]


@pytest.mark.parametrize(
    ("state", "moves"),
    [
        (BulkState.GOING, {"pause", "stop"}),
        (BulkState.PAUSED, {"resume", "stop"}),
        (BulkState.ENDED, set()),
        (BulkState.STOPPED, set()),
    ],
)
def test_what_may_be_done_to_an_order_depends_on_its_state(
    world: World, state: BulkState, moves: set[str]
) -> None:
    post(world, 1, RunState.HELD)
    given = give(world, Verb.DISCARD)
    for move in ("pause", "resume", "stop"):
        with world.instance.database.write() as session:
            session.get_one(BulkOrder, given.id).state = state
        with world.instance.database.write() as session:
            if move in moves:
                steer(session, given.id, move, GRACE)
            else:
                with pytest.raises(NotNow, match=f"the order is {state}"):
                    steer(session, given.id, move, GRACE)


def test_what_comes_after_an_order_is_not_in_it(world: World) -> None:
    post(world, 1, RunState.HELD)
    given = give(world, Verb.DISCARD)
    post(world, 1, RunState.HELD)
    carry_orders(world.instance)
    assert now_of(world, given)[1].items == 1


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ({}, 3),
        ({"form": "demo"}, 3),
        ({"form": "other"}, 0),
        ({"module": "sales", "connection": "memory"}, 3),
        ({"module": "none"}, 0),
        ({"connection": "none"}, 0),
        ({"reason": "GONE"}, 2),
        ({"reason": "50%"}, 0),
        ({"since": now() - timedelta(hours=1)}, 3),
        ({"since": now() + timedelta(hours=1)}, 0),
        ({"until": now() - timedelta(hours=1)}, 0),
        ({"states": [RunState.WAITING]}, 1),
        ({"states": [RunState.WAITING, RunState.DELIVERED]}, 1),
    ],
)
def test_runs_are_chosen_by_what_is_true_of_them(
    world: World, choice: dict[str, object], count: int
) -> None:
    post(world, 2, RunState.FAILED, "the option Hardware is gone")
    post(world, 1, RunState.WAITING)
    post(world, 1, RunState.DELIVERED)
    if count:
        assert now_of(world, give(world, Verb.RETRY, **choice))[1].items == count
        return
    with pytest.raises(NotNow, match="no run is like that"):
        give(world, Verb.RETRY, **choice)
    with world.instance.database.read() as session:
        assert session.scalars(select(BulkOrder)).all() == []
        assert session.scalars(select(BulkItem)).all() == []


def test_a_state_in_which_it_cannot_be_is_told(world: World) -> None:
    with pytest.raises(NotNow, match="approve is for runs that are one of: held"):
        give(world, Verb.APPROVE, states=[RunState.DELIVERED])
