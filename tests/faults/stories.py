"""Stories in virtual time that a case directs by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from connectors.base import Kind
from engine.storage.models import JournalStep, Run, RunState
from tests.simulation.oracle import violations
from tests.simulation.play import WORKERS, Theatre
from tests.simulation.plot import Person, Plot, Trouble
from tests.simulation.stage import Stage
from tests.simulation.world import World

ONE_OF_EACH = dict.fromkeys(Kind, 1)


@contextmanager
def story(theatre: Theatre, *, search_lag_s: float = 0.0, bundles: bool = True) -> Iterator[World]:
    """Two workers, and nobody who posts but the case."""
    stage = Stage(1)
    plot = Plot((), search_lag_s, bundles, partial=False, trouble=Trouble(), odds={})
    with theatre.world(stage, plot) as world:
        world.to_come = 1000  # the story ends with the case
        for _ in range(WORKERS):
            world.hire()
        yield world


def post(world: World, number: int = 1, person: int = 1) -> None:
    world.post(number, Person(person), f"Firm {person}")


def pass_time(world: World, seconds: float) -> None:
    until_s = world.stage.at_s + seconds
    world.stage.play(until_s)
    world.stage.at_s = until_s


def runs(world: World) -> list[Run]:
    with world.instance.database.read() as session:
        return list(session.scalars(select(Run).order_by(Run.id)))


def assert_delivered_once(world: World) -> None:
    assert {run.state for run in runs(world)} == {RunState.DELIVERED}, world.stage.story
    assert violations(world) == [], world.stage.story


def unfinished(world: World) -> bool:
    return any(run.state != RunState.DELIVERED for run in runs(world))


def progress(world: World) -> tuple[str, ...]:
    """How far everything is."""
    with world.instance.database.read() as session:
        states = [*session.scalars(select(Run.state)), *session.scalars(select(JournalStep.state))]
        return tuple(map(str, states))
