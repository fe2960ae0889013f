"""People, websites and accidents in any order that Hypothesis can think of."""

from __future__ import annotations

import copy
from contextlib import ExitStack, suppress
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from engine.deciding.mentions import sought
from engine.deciding.module import load_module
from engine.delivery.levers import CHOSEN, NotNow, Verb, decide
from engine.delivery.privacy import erase_person
from engine.storage.forms import save_module
from engine.storage.models import JournalStep, Run, RunState, StepState
from tests.simulation.crm import Fate
from tests.simulation.oracle import doubled, half_delivered, people
from tests.simulation.play import WORKERS, Theatre
from tests.simulation.plot import MODULE, Filling, Person, Plot, Telling, Trouble
from tests.simulation.stage import Stage
from tests.simulation.world import GRACE

QUIET = Plot((), search_lag_s=0.0, bundles=True, partial=True, trouble=Trouble(), odds={})
ENDED = {RunState.DELIVERED, RunState.SKIPPED, RunState.DISCARDED}
BAD = [fate for fate in Fate if fate is not Fate.FINE]
PICK = st.integers(0, 9)


class Story(RuleBasedStateMachine):
    """One account, three people, two workers. Time passes only where a rule says so."""

    theatre: ClassVar[Theatre]

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.stage = Stage(7)
        self.world = self._open.enter_context(self.theatre.world(self.stage, QUIET))
        self.world.to_come = 10_000  # the story ends when Hypothesis says so
        self.numbers = iter(range(1, 10_000))
        for _ in range(WORKERS):
            self.world.hire()

    @rule(person=st.integers(0, 2))
    def submit(self, person: int) -> None:
        self.world.post(next(self.numbers), Person(person), f"Firm {person}")

    @rule(person=st.integers(0, 2), finished=st.booleans(), known=st.booleans())
    def tell(self, person: int, finished: bool, known: bool) -> None:
        """One more post of the person's only filling-in."""
        without = () if finished or known else ("phone", "email")
        telling = Telling(0.0, next(self.numbers), finished, without)
        id = f"r7k2m9p4x1c8v5b3n{person}"
        self.world.tell(Filling(id, Person(person), f"Firm {person}", (telling,)), telling)

    @rule(seconds=st.sampled_from([1.0, 5.0, 60.0, 1200.0]))
    def pass_time(self, seconds: float) -> None:
        self.stage.play(self.stage.at_s + seconds)

    @rule(fate=st.sampled_from(BAD), after=st.integers(0, 5))
    def befall(self, fate: Fate, after: int) -> None:
        self.world.weather.script += [Fate.FINE] * after + [fate]

    @rule(points=st.integers(1, 20))
    def kill(self, points: int) -> None:
        self.world.fatal = self.world.points + points

    @rule(stop=st.sampled_from([0.0, 0.1]))
    def stop_workers(self, stop: float) -> None:
        self.world.mishaps, self.world.trouble = 0, Trouble(stop=stop)

    @rule(tag=st.sampled_from(["web", "new"]), asks=st.booleans())
    def edit(self, tag: str, asks: bool) -> None:
        document = copy.deepcopy(MODULE)
        document["contact"]["tags"] = [tag]
        if asks:
            document["active"] = {"rules": [{"hold": {"==": [1, 1]}}]}
        with self.world.instance.database.write() as session:
            save_module(session, load_module(document))

    @rule(verb=st.sampled_from([Verb.RETRY, Verb.APPROVE, Verb.REPLAY]), pick=PICK)
    def pull(self, verb: Verb, pick: int) -> None:
        """Let a person pull a lever of one of the runs for which it is there."""
        with self.world.instance.database.write() as session:
            meant = select(Run.id).where(Run.state.in_(CHOSEN[verb])).order_by(Run.id)
            ids = session.scalars(meant).all()
            if ids:
                with suppress(NotNow):
                    decide(session, verb, ids[pick % len(ids)], GRACE)
        self.stage.wake()

    @precondition(lambda self: not self._in_doubt())
    @rule(pick=PICK)
    def discard(self, pick: int) -> None:
        self.pull(Verb.DISCARD, pick)

    @precondition(lambda self: not self._in_doubt())
    @rule(person=st.integers(0, 2))
    def erase(self, person: int) -> None:
        erase_person(
            self.world.instance,
            sought(Person(person).email),
            GRACE,
            sleep=lambda _: None,
            patience_s=0.0,
        )

    @invariant()
    def nothing_is_doubled(self) -> None:
        broken = [*self.world.errors, *doubled(self.world), *people(self.world, fewest=0)]
        assert not broken, f"{broken}\n{self._told()}"

    def teardown(self) -> None:
        try:
            self.world.calm()
            for _ in range(3):
                self.world.mend()
                self.stage.play(self.stage.at_s + 3600)
            with self.world.instance.database.read() as session:
                states = set(session.scalars(select(Run.state)))
            assert states <= ENDED | {RunState.HELD}, self._told()
            assert not [*half_delivered(self.world)], self._told()
            self.nothing_is_doubled()
        finally:
            self._open.close()

    def _in_doubt(self) -> bool:
        """Whether a write waits for its answer: nobody looks for it once its run is given up."""
        doubtful = JournalStep.state.in_((StepState.SENDING, StepState.UNKNOWN))
        with self.world.instance.database.read() as session:
            return session.scalars(select(JournalStep.id).where(doubtful)).first() is not None

    def _told(self) -> str:
        return "\n".join(self.stage.story)


@pytest.mark.parametrize("examples", [12])
def test_whatever_people_do_nothing_is_lost_or_doubled(theatre: Theatre, examples: int) -> None:
    Story.theatre = theatre
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
