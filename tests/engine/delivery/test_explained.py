"""Every submission can be explained: its timeline alone tells where each run stands."""

from __future__ import annotations

import pytest

from connectors.base import Effect, Kind
from connectors.memory import Accident
from engine.storage.models import RunState, StepState
from engine.storage.run_pages import timeline
from tests.engine.delivery.world import World

STATES = set(RunState)


def told_states(world: World) -> list[tuple[str, str]]:
    """Of each run, where it stands and where the last event about a state says that it does."""
    with world.instance.database.read() as session:
        return [
            (run.state, [one.type for one in timeline(session, run) if one.type in STATES][-1])
            for run in world.runs()
        ]


@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("operation", ["find", "create", "update"])
def test_the_last_event_tells_the_state(world: World, operation: str, accident: Accident) -> None:
    world.crm.effects[Kind.TASK] = Effect.UNMARKED
    world.save(contact__fields__Position={"value": "{{ field.job }}", "write": "overwrite"})
    world.post()
    world.drain_all()
    world.crm.befall(operation, accident)
    world.post(topic="looms", job="Analyst")
    for _ in range(4):
        world.make_due()
        world.drain()
    ends = told_states(world)
    assert len(ends) == 2
    for state, told in ends:
        assert told == state


def test_every_call_and_every_decision_of_a_run_is_kept(world: World) -> None:
    world.post()
    world.drain_all()
    run = world.run()
    assert run.plan
    assert run.trace is not None
    assert all(step.sent_at and step.done_at for step in world.steps())
    assert {step.state for step in world.steps()} == {StepState.DONE}
