"""Who goes first in a wave, and whose turn it is among connections."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from engine.delivery import drain as draining
from engine.delivery import jobs
from engine.delivery.bell import DRAIN, QUEUE, Bell
from engine.delivery.intake import Posted, accept
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import save_connection
from engine.storage.forms import form_by_key, save_form, save_module
from engine.storage.leases import take_lease
from engine.storage.models import Lane, Run, RunState
from engine.storage.runs import Turn, claim_wave
from tests.builders import form_config, module_config
from tests.engine.delivery.world import World, make_world
from tests.valkey import Valkey

RUNS: tuple[tuple[Lane, int], ...] = (  # each with how many minutes ago it was due
    (Lane.BULK, 50),
    (Lane.LIVE, 2),
    (Lane.RETRY, 30),
    (Lane.LIVE, 40),
    (Lane.BULK, 20),
    (Lane.RETRY, 60),
    (Lane.LIVE, 1),
)


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(wiped_instance, monkeypatch)


def queue(world: World, runs: tuple[tuple[Lane, int], ...]) -> None:
    for number in range(len(runs)):
        world.post(email=f"p{number}@example.org", phone="", company=f"Firm {number}")
    with world.instance.database.write() as session:
        for run, (lane, minutes) in zip(
            session.scalars(select(Run).order_by(Run.id)).all(), runs, strict=True
        ):
            run.lane, run.due_at = lane, now() - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("turn", "order"),
    [
        (Turn.LANES, [2, 4, 7, 3, 6, 1, 5]),
        (Turn.OTHERS, [6, 1, 3, 5, 4, 2, 7]),
        (Turn.OLDEST, [6, 1, 4, 3, 5, 2, 7]),
    ],
)
def test_a_turn_says_who_goes_first(world: World, turn: Turn, order: list[int]) -> None:
    queue(world, RUNS)
    first = min(run.id for run in world.runs())
    with world.instance.database.write() as session:
        lease = take_lease(session, world.connection_id, "somebody")
        assert lease is not None
        claimed = [run.id - first + 1 for _ in RUNS for run in claim_wave(session, lease, 1, turn)]
    assert claimed == order


def test_live_runs_keep_others_waiting_for_four_waves_and_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "WAVE", 2)
    monkeypatch.setattr(draining, "SLICE_S", 0.0)
    lanes = [Lane.BULK, Lane.RETRY, *[Lane.LIVE] * 20]
    queue(world, tuple((lane, 1) for lane in lanes))
    done: list[set[Lane]] = []
    finished: set[int] = set()
    while world.drain():
        news = [run for run in world.runs() if run.finished_at and run.id not in finished]
        done.append({Lane(run.lane) for run in news})
        finished |= {run.id for run in news}
    assert done[:6] == [{Lane.LIVE}] * 4 + [{Lane.BULK, Lane.RETRY}] + [{Lane.LIVE}]
    assert world.connection().waves == 11


def busy_and_quiet(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> tuple[World, int]:
    """A connection with four waves waiting, and the id of another one with a single run, come last."""
    world = make_world(instance, monkeypatch)
    for number in range(8):
        world.post(email=f"p{number}@example.org", phone="", company=f"Firm {number}")
    with instance.database.write() as session:
        quiet = save_connection(
            session, instance.vault, key="quiet", name="Quiet", connector="memory", settings={}
        )
        save_form(session, form_config())
        save_module(session, module_config(connection="quiet"))
    with instance.database.read() as session:
        form = form_by_key(session, "callback")
    assert form is not None
    accept(instance, form, Posted(b"email=quiet%40example.org"))
    monkeypatch.setattr(draining, "WAVE", 2)
    monkeypatch.setattr(draining, "SLICE_S", 0.0)  # each turn is one wave
    monkeypatch.setattr(jobs, "_instance", lambda: world.instance)
    return world, quiet.id


def left(world: World, connection_id: int) -> int:
    return sum(
        run.connection_id == connection_id and run.state != RunState.DELIVERED
        for run in world.runs()
    )


def test_one_worker_serves_a_quiet_connection_beside_a_busy_one(
    wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch, valkey: Valkey
) -> None:
    world, quiet = busy_and_quiet(wiped_instance, monkeypatch)
    bell = Bell(valkey.url)
    monkeypatch.setattr(jobs, "bell", lambda _url: bell)
    rings = Queue(QUEUE, connection=valkey.redis, serializer=JSONSerializer)
    bell.ring(world.connection_id)
    bell.ring(quiet)
    served = []
    while (job := rings.jobs[0] if rings.jobs else None) is not None:
        rings.remove(job)
        assert job.func_name == DRAIN
        jobs.drain(*job.args)
        served.append(job.args[0])
    busy = world.connection_id
    assert served == [busy, quiet, busy, busy, busy]
    assert left(world, busy) == left(world, quiet) == 0


def test_without_redis_connections_take_turns_too(
    wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, quiet = busy_and_quiet(wiped_instance, monkeypatch)
    jobs.drain_due()
    assert left(world, quiet) == 0
    assert left(world, world.connection_id) == 6
    for _ in range(3):
        jobs.drain_due()
    assert left(world, world.connection_id) == 0
