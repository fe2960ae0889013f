"""A Formwire on a real SQLite file with a CRM in memory: post submissions, drain, look."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from connectors import registry
from connectors.base import ConnectorSpec, Kind, Record
from connectors.memory import MEMORY, MemoryConnector, MemoryCrm
from engine.deciding.form import FormConfig
from engine.deciding.module import load_module
from engine.delivery.drain import drain
from engine.delivery.intake import Posted, Receipt, accept
from engine.delivery.levers import NotNow, Verb, decide
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.base import now
from engine.storage.connections import save_connection
from engine.storage.forms import form_by_key, save_form, save_module
from engine.storage.models import Connection, JournalStep, Notice, Run, RunState
from tests.engine.deciding.test_planning import ANSWERS, FORM, module

GRACE = Actor("grace@example.org", "studio")


@dataclass
class World:
    """One instance, one form ``demo``, one connection to ``crm``, one module."""

    instance: Instance
    crm: MemoryCrm
    connection_id: int

    def post(self, **fields: str) -> Receipt:
        """A submission of Ada's, with ``fields`` instead of hers."""
        with self.instance.database.read() as session:
            form = form_by_key(session, "demo")
        assert form is not None
        body = json.dumps({**ANSWERS, **fields}).encode()
        return accept(self.instance, form, Posted(body, "application/json"))

    def drain(self, stopping: Callable[[], bool] = lambda: False) -> bool:
        return drain(self.instance, self.connection_id, stopping=stopping)

    def drain_all(self, times: int = 30) -> None:
        """Drain until nothing waits, making whatever waits due at once."""
        for _ in range(times):
            self.make_due()
            self.drain()
            if not self.states() & {"queued", "waiting", "running"}:
                return
        raise AssertionError(f"still under way: {self.runs()}")

    def make_due(self) -> None:
        """Let all waiting end now, for runs and for the connection."""
        with self.instance.database.write() as session:
            for run in session.scalars(select(Run)):
                run.due_at = now()
            session.get_one(Connection, self.connection_id).not_before = None

    def save(self, **changes: Any) -> None:
        """Save a changed module."""
        with self.instance.database.write() as session:
            save_module(session, load_module(module(**changes)))

    def retry(self) -> None:
        """Try every run again, as a person would."""
        for run in self.runs():
            with self.instance.database.write() as session, suppress(NotNow):
                decide(session, Verb.RETRY, run.id, GRACE)

    def runs(self) -> list[Run]:
        with self.instance.database.read() as session:
            return list(session.scalars(select(Run).order_by(Run.id)))

    def run(self) -> Run:
        (run,) = self.runs()
        return run

    def states(self) -> set[RunState]:
        return {run.state for run in self.runs()}

    def steps(self) -> list[JournalStep]:
        with self.instance.database.read() as session:
            return list(session.scalars(select(JournalStep).order_by(JournalStep.id)))

    def notices(self) -> list[Notice]:
        with self.instance.database.read() as session:
            return list(session.scalars(select(Notice)))

    def records(self, kind: Kind) -> list[Record]:
        return self.crm.records(kind)

    def counts(self) -> dict[str, int]:
        return {kind.value: len(self.records(kind)) for kind in Kind}

    def connection(self) -> Connection:
        with self.instance.database.read() as session:
            return session.get_one(Connection, self.connection_id)


def make_world(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, spec: ConnectorSpec = MEMORY, **crm: Any
) -> World:
    memory = MemoryCrm(**crm)
    table = {**registry.CONNECTORS, "memory": (spec, lambda *_: MemoryConnector(memory, spec))}
    monkeypatch.setattr(registry, "CONNECTORS", table)
    monkeypatch.setattr("engine.storage.connections.CONNECTORS", table)
    instance = replace(instance, settings=instance.settings.model_copy(update={"settle_s": 0.0}))
    with instance.database.write() as session:
        connection = save_connection(
            session, instance.vault, key="memory", name="Memory", connector="memory", settings={}
        )
        save_form(session, FormConfig.model_validate(FORM.model_dump()))
        save_module(session, load_module(module()))
    return World(instance, memory, connection.id)
