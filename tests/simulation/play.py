"""Playing one seed's story, in a database that is made once and set back for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import pytest
from sqlalchemy import event

from connectors import registry
from connectors.base import Kind, Rate
from connectors.memory import CATALOG, MEMORY
from engine.deciding.module import load_module
from engine.delivery import bell
from engine.delivery.limits import Budget
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.backups import copy_sqlite
from engine.storage.connections import save_connection, store_catalog
from engine.storage.database import Database, upgrade
from engine.storage.forms import save_form, save_module
from tests.simulation.crm import CrmModel, Weather, Wire, WiredConnector
from tests.simulation.oracle import violations
from tests.simulation.plot import FORM, MODULE, Plot
from tests.simulation.stage import Stage, virtual_time
from tests.simulation.world import World

In = TypeVar("In")
Out = TypeVar("Out")

Mutate: TypeAlias = Callable[[pytest.MonkeyPatch], None]

WORKERS = 2
TROUBLE_S = 240.0
END_S = 24 * 3600.0
MOST_ACTIONS = 3_000


@dataclass(frozen=True)
class Ending:
    """What came of a story: the promises it broke, what else is not as it should be, how it went.

    ``counts`` are the CRM's records by kind, ``points`` those at which a worker could have died.
    """

    violations: list[str]
    story: list[str]
    counts: dict[Kind, int]
    points: int


class InTurn:
    """Stands in for the pool of threads: one item after the other, in an order that chance decides."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def map(self, work: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
        order = self._stage.chance.sample(range(len(items)), len(items))
        results = {at: work(items[at]) for at in order}
        return [results[at] for at in range(len(items))]

    def close(self) -> None:
        """It has nothing to close."""


class Theatre:
    """Where stories play, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._backups = 0
        upgrade(f"sqlite:///{folder}/formwire.db")
        self.instance = Instance.open(Settings(data_dir=folder, secret_key="only for tests " * 3))
        self._before = Database(f"sqlite:///{folder}/before.db")
        for database in (self.instance.database, self._before):
            for engine in (database.writer, database.reader):
                event.listen(engine, "connect", _need_no_disk)
        with virtual_time(Stage(0)):
            self._prepare()
        _copy(self.instance.database, self._before)

    def close(self) -> None:
        self.instance.database.close()
        self._before.close()

    def backup(self) -> Path:
        """A file that holds the database as it is now."""
        self._backups += 1
        path = self._folder / f"backup-{self._backups}.db"
        copy_sqlite(self.instance.database, path)
        return path

    def restore(self, backup: Path) -> None:
        with closing(Database(f"sqlite:///{backup}")) as copy:
            _copy(copy, self.instance.database)

    def _prepare(self) -> None:
        crm = CrmModel(Stage(0), 0.0, CATALOG)
        with _registered(crm, bundles=True), self.instance.database.write() as session:
            connection = save_connection(
                session,
                self.instance.vault,
                key="memory",
                name="Memory",
                connector="memory",
                settings={},
            )
            store_catalog(session, connection.id, CATALOG)
            save_form(session, FORM)
            save_module(session, load_module(MODULE))

    @contextmanager
    def world(self, stage: Stage, plot: Plot, limit: Rate | None = None) -> Iterator[World]:
        """A world as it is before ``plot`` begins, with virtual time and one connection.

        ``limit`` is what the CRM bears, and what the workers together keep to.
        """
        _copy(self._before, self.instance.database)
        crm = CrmModel(stage, plot.search_lag_s, CATALOG)
        crm.limit = limit
        budget = Budget([limit] if limit else [], clock=lambda: stage.at_s, sleep=stage.sleep)
        world = World(
            stage,
            self.instance,
            crm,
            plot.trouble,
            Weather(plot.odds),
            partial=plot.partial,
            fillings=plot.fillings,
            wait_for_final=plot.wait_for_final,
        )
        with virtual_time(stage) as patch, _registered(crm, bundles=plot.bundles):
            wire = lambda *_: Wire(stage, crm, world.weather, world.may_die)  # noqa: E731
            patch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
            patch.setattr("engine.delivery.catalogs._budget", lambda *_: budget)
            patch.setattr("engine.delivery.drain.Pool", lambda *_, **__: InTurn(stage))
            patch.setattr("engine.delivery.drain.this_thread", lambda: _name(stage))
            patch.setattr("engine.delivery.schedule.is_surely_dead", world.buried.__contains__)
            patch.setattr(bell, "ring", lambda *_: stage.wake())
            if plot.wait_for_final != FORM.wait_for_final:
                waiting = FORM.model_copy(update={"wait_for_final": plot.wait_for_final})
                with self.instance.database.write() as session:
                    save_form(session, waiting)
            yield world

    def play(
        self,
        seed: int,
        mutate: Mutate = lambda patch: None,
        *,
        harsh: bool = False,
        several: bool = False,
    ) -> Ending:
        """Play one seed's story to its end, perhaps with a part of the engine taken out.

        ``harsh``: workers break so often that runs are given up, and people try them again.
        ``several``: filling-ins come in several posts.
        """
        plot = Plot.draw(seed, harsh=harsh)
        return self.perform(plot.with_fillings(seed) if several else plot, seed, mutate)

    def perform(
        self,
        plot: Plot,
        seed: int = 0,
        mutate: Mutate = lambda patch: None,
        fatal: int | None = None,
        halting: int | None = None,
        telling: int | None = None,
    ) -> Ending:
        """Play ``plot`` to its end.

        At point ``fatal``, counted from 1, a worker is surely killed; at point ``halting`` it is
        stopped for just so long that others have given up looking for what it was about to send. At
        point ``telling`` the last post of its only filling-in comes, whenever that was to be.
        """
        stage = Stage(seed)
        with self.world(stage, plot) as world, pytest.MonkeyPatch.context() as patch:
            mutate(patch)
            world.fatal, world.halting = fatal, halting
            world.expect(plot.posts, telling)
            for _ in range(WORKERS):
                world.hire()
            stage.after(TROUBLE_S, world.calm)
            stage.after(TROUBLE_S, world.keep_mending)
            stage.play(END_S, MOST_ACTIONS)
            return Ending(violations(world), stage.story, world.counts(), world.points)


@contextmanager
def _registered(crm: CrmModel, *, bundles: bool) -> Iterator[None]:
    """The connector ``memory`` is one over the simulation's wire."""
    spec = MEMORY if bundles else replace(MEMORY, bundle_bulk=0)
    table = {
        **registry.CONNECTORS,
        "memory": (spec, lambda _, http, __: WiredConnector(crm, spec, http)),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "CONNECTORS", table)
        patch.setattr("engine.storage.connections.CONNECTORS", table)
        yield


def _name(stage: Stage) -> str:
    assert stage.actor is not None
    return stage.actor.name


def _copy(source: Database, target: Database) -> None:
    with source.reader.connect() as here, target.writer.connect() as there:
        ours: Any = here.connection.driver_connection
        theirs: Any = there.connection.driver_connection
        here.rollback()
        there.rollback()
        ours.backup(theirs)


def _need_no_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
