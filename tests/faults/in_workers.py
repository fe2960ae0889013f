"""Workers that are killed, stopped or told to stop; work that is rung for too often."""

from __future__ import annotations

from engine.storage.base import now
from engine.storage.models import RunState, StepState
from engine.storage.runs import connections_with_work
from tests.engine.delivery.world import World as MemoryWorld
from tests.faults.stories import (
    ONE_OF_EACH,
    assert_delivered_once,
    pass_time,
    post,
    runs,
    story,
)
from tests.simulation.play import Theatre
from tests.simulation.plot import Trouble


def rung_twice_or_late(memory: MemoryWorld) -> None:
    memory.post()
    begin, again = memory.crm.begin, []

    def ring(*call: object) -> object:
        again.append(memory.drain())
        return begin(*call)  # type: ignore[arg-type]

    memory.crm.begin = ring  # type: ignore[method-assign,assignment]
    memory.drain()
    assert again
    assert not any(again), "somebody else drains it"
    assert not memory.drain(), "there is no work any more"
    assert set(memory.counts().values()) == {1}


def hangs(theatre: Theatre) -> None:
    with story(theatre) as world:
        world.trouble = Trouble(stop=1.0, most=1)
        post(world)
        pass_time(world, 5)
        assert world.mishaps == 1
        post(world, 2, person=2)
        pass_time(world, 300)
        assert_delivered_once(world)


def killed(theatre: Theatre) -> None:
    """Before it sends, before it is answered, and after: wherever it is."""
    for point in range(8, 30):
        with story(theatre, bundles=False) as world:
            world.fatal = point
            post(world)
            pass_time(world, 900)
            assert "is dead" in "\n".join(world.stage.story)
            assert_delivered_once(world)
            assert world.counts() == ONE_OF_EACH


def stopped_and_resumed(theatre: Theatre) -> None:
    fenced = 0
    for skip in range(6, 24, 2):
        with story(theatre, search_lag_s=30.0) as world:
            post(world)
            while world.points < skip:
                pass_time(world, 0.01)
            world.trouble = Trouble(stop=1.0, most=1)
            pass_time(world, 0.5)
            world.trouble = Trouble()
            pass_time(world, 900)
            fenced += sum("goes on" in line for line in world.stage.story)
            assert_delivered_once(world)
            assert world.counts() == ONE_OF_EACH
    assert fenced > 5


def told_to_stop(memory: MemoryWorld) -> None:
    """During its first write: that is finished and noted, and the next wave is somebody else's."""
    for number in range(2):
        memory.post(email=f"p{number}@example.org", phone="", company=f"Firm {number}")
    told: list[str] = []
    begin = memory.crm.begin

    def hear(operation: str, *rest: object) -> object:
        told.append(operation)
        return begin(operation, *rest)  # type: ignore[arg-type]

    memory.crm.begin = hear  # type: ignore[method-assign,assignment]
    memory.drain(stopping=lambda: bool(told))
    assert {step.state for step in memory.steps()} <= {StepState.DONE, StepState.PLANNED}
    assert memory.connection().lease_until is None
    with memory.instance.database.read() as session:
        left = connections_with_work(session, now())
    assert left == [] or memory.states() & {RunState.QUEUED}
    memory.drain_all()
    assert memory.states() == {RunState.DELIVERED}
    assert set(memory.counts().values()) == {2}


def clock_jumps(theatre: Theatre) -> None:
    for jump_s in (3600.0, -3600.0):
        with story(theatre, search_lag_s=30.0) as world:
            post(world)
            pass_time(world, 0.6)
            world.stage.jump_s = jump_s
            post(world, 2, person=2)
            pass_time(world, 3 * 3600)
            assert_delivered_once(world)


def one_person_twice(theatre: Theatre) -> None:
    with story(theatre, search_lag_s=30.0) as world:
        for number in range(3):
            post(world, number)
        pass_time(world, 300)
        assert_delivered_once(world)
        assert len({run.finished_at for run in runs(world)}) == 3, "each in a wave of its own"
