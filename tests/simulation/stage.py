"""Virtual time, and who acts when."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import inf

import pytest
from greenlet import getcurrent, greenlet

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Killed(BaseException):
    """What ends a killed worker. From then on none of its seams lets it through."""


@dataclass(eq=False)
class Actor:
    """A worker process. ``name`` is what it signs leases with."""

    name: str
    dead: bool = False


class Stage:
    """Runs actions at virtual instants, one at a time; equal instants in an order that chance decides."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at_s = 0.0
        self.actions = 0
        self.restless = False
        self.jump_s = 0.0  # how far this host's clock is ahead of the CRM's
        self.story: list[str] = []
        self._next: list[tuple[float, float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._actors: dict[greenlet, Actor] = {}
        self._waiting: list[greenlet] = []
        self._wakes_at_s = 0.0

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.at_s)

    @property
    def actor(self) -> Actor | None:
        """Who acts; None for the world around the workers."""
        return self._actors.get(getcurrent())

    def tell(self, text: str) -> None:
        actor = self.actor
        self.story.append(f"{self.at_s:10.3f}  {actor.name if actor else '-':<4} {text}")

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        entry = (self.at_s + seconds, self.chance.random(), next(self._numbers), action)
        heappush(self._next, entry)

    def begin(self, actor: Actor, act: Callable[[], None]) -> None:
        """Let ``actor`` act from now on."""

        def live() -> None:
            try:
                act()
            except Killed:
                self.tell("is dead")
            finally:
                del self._actors[getcurrent()]

        body = greenlet(live)
        self._actors[body] = actor
        self.after(0, body.switch)

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever acts. Raises Killed."""
        self.after(seconds, getcurrent().switch)
        self._give_way()

    def wait(self) -> None:
        """Do nothing until somebody calls `wake`. Raises Killed."""
        self._waiting.append(getcurrent())
        self._give_way()

    def wake_at(self, at_s: float) -> None:
        """Call `wake` then, unless it will be called before."""
        if not self.at_s < self._wakes_at_s <= at_s:
            self._wakes_at_s = at_s
            self.after(at_s - self.at_s, self.wake)

    def wake(self) -> None:
        """Let everybody who waits go on within a second."""
        waiting, self._waiting = self._waiting, []
        for body in waiting:
            self.after(self.chance.random(), body.switch)

    def _give_way(self) -> None:
        actor, parent = self.actor, getcurrent().parent
        assert actor is not None, "the world around the workers never waits"
        assert parent is not None
        if not actor.dead:
            parent.switch()
        if actor.dead:
            raise Killed

    def play(self, until_s: float, most: float = inf) -> None:
        """Go on until that instant, or `end`, or for so many actions that somebody never rests."""
        while self._next and self._next[0][0] <= until_s:
            if self.actions >= most:
                self.restless = True
                return
            self.actions += 1
            at_s, _, _, action = heappop(self._next)
            self.at_s = max(self.at_s, at_s)
            action()

    def end(self) -> None:
        """Let nothing happen any more."""
        self._next.clear()

    def clear(self) -> None:
        """End every worker at once."""
        for body, actor in list(self._actors.items()):
            actor.dead = True
            if body:  # it has begun
                body.throw(Killed)
        self._actors.clear()
        self._waiting.clear()
        self._next.clear()


@dataclass
class _Clock:
    """Stands in for the class ``datetime`` where the engine asks for the time."""

    stage: Stage

    def now(self, zone: object) -> datetime:
        assert zone is UTC
        return self.stage.now + timedelta(seconds=self.stage.jump_s)


@contextmanager
def virtual_time(stage: Stage) -> Iterator[pytest.MonkeyPatch]:
    """Let every clock and all chance inside be the stage's."""
    before = random.getstate()
    random.seed(stage.chance.random())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.storage.base.datetime", _Clock(stage))
        # Ids, too: else no story is told twice.
        patch.setattr("engine.storage.base._CHANCE", random.Random(0))
        patch.setattr(time, "monotonic", lambda: stage.at_s)
        patch.setattr(time, "time", lambda: stage.now.timestamp())
        patch.setattr(time, "sleep", stage.sleep)
        try:
            yield patch
        finally:
            stage.clear()
            random.setstate(before)
