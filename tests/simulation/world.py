"""A Formwire with several workers, a CRM model, and websites that post."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from connectors.base import Kind
from engine.delivery import catalogs, drain, schedule
from engine.delivery.completing import release_due
from engine.delivery.intake import NotStored, Posted, Receipt, accept
from engine.delivery.levers import NotNow, Verb, decide
from engine.instance import Instance
from engine.storage.audit import Actor as Author
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.forms import form_by_key
from engine.storage.models import Run, RunState, SubmissionState
from engine.storage.runs import connections_with_work
from tests.engine.delivery.test_intake import LOCKED, no_commit
from tests.simulation.crm import CrmModel, Weather
from tests.simulation.plot import Filling, Person, Telling, Trouble
from tests.simulation.stage import START, Actor, Killed, Stage

GRACE = Author("grace@acme.test", "studio")
MEND_EVERY_S = 60.0
LINGER_S = 300.0  # what was stopped goes on, and what was late arrives
_NOT_STORED = 0.15
"""How often a post, or what the schedule lets go, dies at its commit."""
_ANSWER_LOST = 0.25
_NEXT_DUE = """
    SELECT min(instant) FROM (
        SELECT due_at AS instant FROM run WHERE state IN ('queued', 'waiting')
        UNION ALL SELECT lease_until FROM connection
        UNION ALL SELECT not_before FROM connection
        UNION ALL SELECT breaker_until FROM connection
    ) WHERE instant > ?
"""
_HOW_MANY_OPEN = """
    SELECT count(*) FROM run WHERE state NOT IN ('delivered', 'skipped', 'held', 'discarded')
"""
_HOW_MANY_WAIT_FOR_MORE = "SELECT count(*) FROM submission WHERE state = 'partial'"


@dataclass(frozen=True)
class Ack:
    """A submission that was accepted, or a post that told more of one; later ones come later."""

    id: str
    number: int
    person: Person
    firm: str


@dataclass
class World:
    """What a story plays in. ``instance`` has the plain database; workers see it with seams."""

    stage: Stage
    instance: Instance
    crm: CrmModel
    trouble: Trouble
    weather: Weather
    partial: bool = False
    fillings: tuple[Filling, ...] = ()
    wait_for_final: int = 30
    acks: list[Ack] = field(default_factory=list)
    told: set[int] = field(default_factory=set)  # numbers of posts of filling-ins that were stored
    to_come: int = 0
    hired: int = 0
    mishaps: int = 0
    points: int = 0  # at which workers may die, so far
    fatal: int | None = None
    halting: int | None = None
    errors: list[str] = field(default_factory=list)
    buried: set[str] = field(default_factory=set)
    at_points: dict[int, Callable[[], None]] = field(default_factory=dict)

    # Workers

    def hire(self) -> None:
        """Start a worker process."""
        self.stage.begin(Actor(f"w{self.hired}"), self._work)
        self.hired += 1

    def _work(self) -> None:
        instance = replace(self.instance, database=SeamedDatabase(self))
        while True:
            with self.instance.database.read() as session:
                due = connections_with_work(session, now())
            for connection_id in due:
                self._drain(instance, connection_id)
            if not due:
                self._rest()

    def _drain(self, instance: Instance, connection_id: int) -> None:
        """As RQ does: a job that fails is told, and the worker goes on."""
        try:
            drain.drain(instance, connection_id)
        except Exception as error:
            self.errors.append(repr(error).partition("\n")[0])
            self.stage.tell(self.errors[-1])
            self.stage.sleep(1.0)

    def seam(self, place: str) -> None:
        """Others go on meanwhile, and whoever acts may be killed, or stopped for a while."""
        self.may_die(place)
        chance = self.stage.chance
        if self.points == self.halting or self._befalls(self.trouble.stop):
            self.stage.tell(f"is stopped {place}")
            self.stage.sleep(110.0 if self.halting else chance.uniform(30.0, 120.0))
            self.stage.tell("goes on")
        else:
            self.stage.sleep(chance.uniform(0.001, 0.01))

    def may_die(self, place: str) -> None:
        actor = self.stage.actor
        assert actor is not None
        if actor.dead:
            raise Killed
        self.points += 1
        if self.points in self.at_points:
            self.stage.after(0, self.at_points.pop(self.points))
        if self.points == self.fatal or self._befalls(self.trouble.kill):
            self.stage.tell(f"is killed {place}")
            self._bury(actor)
            raise Killed

    def _befalls(self, likely: float) -> bool:
        befalls = self.mishaps < self.trouble.most and self.stage.chance.random() < likely
        self.mishaps += befalls
        return befalls

    def _bury(self, actor: Actor) -> None:
        """The supervisor starts another; the schedule may see the death before the lease runs out."""
        actor.dead = True
        self.buried.add(actor.name)
        chance = self.stage.chance
        self.stage.after(chance.uniform(0.5, 5.0), self.hire)
        if chance.random() < 0.5:
            database = self.instance.database
            self.stage.after(chance.uniform(0.1, 4.0), lambda: schedule.free_the_dead(database))

    def _rest(self) -> None:
        """Nothing is due: wait for a bell, or for the instant at which there can be work."""
        if self._done():
            self.stage.after(LINGER_S, self.stage.end)
        at = self._glance(_NEXT_DUE, f"{now():%Y-%m-%d %H:%M:%S.%f}")
        if at is not None:
            instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
            self.stage.wake_at((instant - START).total_seconds())
        self.stage.wait()

    def _glance(self, query: str, *values: str) -> Any:
        """One value of the database, past the ORM: this is asked after every step of the story."""
        with self.instance.database.reader.connect() as connection:
            return connection.exec_driver_sql(query, values).scalar()

    # Websites and people

    def expect(self, posts: Sequence[tuple[float, Person, str]], point: int | None = None) -> None:
        """Let all come that is to come; at ``point`` the last post of the only filling-in."""
        for number, (at_s, person, firm) in enumerate(posts, 1):
            self.stage.after(at_s, partial(self.post, number, person, firm))
        told = [(filling, telling) for filling in self.fillings for telling in filling.tellings]
        self.to_come = len(posts) + len(told)
        if point is not None:
            self.at_points[point] = partial(self.tell, *told.pop())
        for filling, telling in told:
            self.stage.after(telling.at_s, partial(self.tell, filling, telling))

    def post(self, number: int, person: Person, firm: str) -> None:
        chance = self.stage.chance
        answers = person.answers(number, firm, chance)
        if self.partial and any(ack.person == person for ack in self.acks):
            answers[chance.choice(("phone", "email"))] = ""
        receipt = self._accepted(json.dumps(answers).encode())
        assert receipt is not None
        assert receipt.id is not None
        self.to_come -= 1
        self.acks.append(Ack(receipt.id, number, person, firm))
        self.stage.tell(f"person {person.number} of {firm} posts {number}")

    def tell(self, filling: Filling, telling: Telling, again: bytes | None = None) -> None:
        """A sender posts what it knows of a filling-in, and does so again where it got no answer.

        Where it told the whole and has told more since, it gives up what was not stored: nobody could
        know which of them is newer.
        """
        chance, number = self.stage.chance, telling.number
        raw = again or json.dumps(filling.document(telling, chance)).encode()
        later = {one.number for one in filling.tellings if one.number > number} & self.told
        if telling.finished and later and number not in self.told:
            self.to_come -= 1
            return
        with self._commits_sometimes():
            receipt = self._accepted(raw)
        self.stage.tell(f"filling-in {filling.id[-1]} tells {number}: {receipt and receipt.status}")
        if receipt is None or chance.random() < _ANSWER_LOST:
            come_again = partial(self.tell, filling, telling, raw)
            self.stage.after(chance.uniform(1.0, 40.0), come_again)
        if receipt is None or number in self.told:
            return
        self.told.add(number)
        self.to_come -= 1
        assert receipt.id is not None
        if not later:
            self.acks.append(Ack(receipt.id, number, filling.person, filling.firm))
        if receipt.status == SubmissionState.PARTIAL:
            self.stage.after(self.wait_for_final * 60 + chance.uniform(0.1, 5.0), self.release)

    def _accepted(self, raw: bytes) -> Receipt | None:
        with self.instance.database.read() as session:
            form = form_by_key(session, "demo")
        assert form is not None
        with suppress(NotStored):
            return accept(self.instance, form, Posted(raw, "application/json"))
        return None

    def release(self) -> None:
        """As the schedule does: what dies is tried again soon."""
        with self._commits_sometimes():
            try:
                released = release_due(self.instance)
            except OperationalError:
                self.stage.after(5.0, self.release)
            else:
                self.stage.tell(f"{released} need not wait for more")

    def _commits_sometimes(self) -> AbstractContextManager[None]:
        fails = self.stage.chance.random() < _NOT_STORED
        return no_commit(self.instance.database.writer, LOCKED) if fails else nullcontext()

    def mend(self) -> None:
        """A person looks after what is blocked or has failed."""
        catalogs.free(self.instance, 1)
        with self.instance.database.write() as session:
            stopped = [RunState.FAILED, RunState.HELD] if self.fillings else [RunState.FAILED]
            failed = select(Run.id, Run.reason).where(Run.state.in_(stopped)).order_by(Run.id)
            for id, reason in session.execute(failed).all():
                self.stage.tell(f"run {id} is tried again: {reason}")
                try:
                    decide(session, Verb.RETRY, id, GRACE)
                except NotNow as because:
                    self.stage.tell(f"run {id} is given up: {because}")
                    decide(session, Verb.DISCARD, id, GRACE)
        self.stage.wake()

    def keep_mending(self) -> None:
        self.mend()
        self.stage.after(MEND_EVERY_S, self.keep_mending)

    def calm(self) -> None:
        self.stage.tell("all trouble ends")
        self.trouble, self.weather.odds, self.weather.script = Trouble(), {}, []

    def counts(self) -> dict[Kind, int]:
        return {kind: len(self.crm.records(kind)) for kind in Kind}

    def _done(self) -> bool:
        """Whether every submission came and its run is at its end."""
        if self.to_come:
            return False
        return not self._glance(_HOW_MANY_OPEN) and not self._glance(_HOW_MANY_WAIT_FOR_MORE)


class SeamedDatabase(Database):
    """The database as workers see it: around each write they may lose their turn or their life."""

    def __init__(self, world: World) -> None:
        database = world.instance.database
        self.url, self.writer, self.reader = database.url, database.writer, database.reader
        self._world = world

    @contextmanager
    def write(self) -> Iterator[Session]:
        self._world.seam("before a write")
        with super().write() as session:
            yield session
            self._world.may_die("before a commit")
        self._world.seam("after a commit")
