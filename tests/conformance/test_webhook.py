"""The webhook connector keeps the contract of those that are told and never asked."""

from __future__ import annotations

from functools import cache

import pytest

from connectors.base import Fields, Kind, Ref
from connectors.simulation import FaultKind, Simulator
from connectors.webhook.connector import WebhookConnector
from connectors.webhook.simulator import DEMO_SETTINGS, create_simulator
from tests.conformance.receiving import Receiving, ReceivingAccidents
from tests.conformance.simulated import SimulatedReceiver, accidents, client_of, simulated
from tests.conformance.world import START, Names, ReceivingWorld

ENTITIES = {
    Kind.CONTACT: "contacts",
    Kind.COMPANY: "companies",
    Kind.DEAL: "deals",
    Kind.TASK: "tasks",
    Kind.NOTE: "notes",
}
SETTINGS = {**DEMO_SETTINGS, "base_url": "http://office.test"}


@cache
def office() -> Simulator:
    """Built once; every world empties it."""
    return simulated(create_simulator, rate_limit=0)


class WebhookWorld(SimulatedReceiver):
    names = Names(
        samples={},
        text={Kind.CONTACT: "Position", Kind.DEAL: "Topic"},
        choice={Kind.DEAL: "stage"},
        task_type="call",
        closed=("Sales", "Won"),
        incoming=("Sales", "New request"),
        messenger=("", ""),
    )

    def __init__(self) -> None:
        super().__init__(office())
        http = client_of(self.simulator)
        self.connector = WebhookConnector(SETTINGS, http, now=self.clock)

    def stored(self, kind: Kind, key: str) -> int:
        records = self.simulator.store.all(ENTITIES[kind])
        return sum(key in (one.get("name"), one.get("text")) for one in records)

    def held(self, ref: Ref) -> Fields:
        record = dict(self._record(ref))
        lists = {name: record.pop(f"{name}s", None) for name in ("phone", "email")}
        told = {**record, **lists}
        ours = ("id", "key", "created_at")
        return {name: value for name, value in told.items() if value and name not in ours}

    def linked(self, ref: Ref) -> set[Ref]:
        store, here = self.simulator.store, (ENTITIES[ref.kind], self._record(ref)["id"])
        kinds = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)
        return {Ref(kind, str(id)) for kind in kinds for id in store.links(here, ENTITIES[kind])}

    def _record(self, ref: Ref) -> Fields:
        for record in self.simulator.store.all(ENTITIES[ref.kind]):
            if ref.id in (str(record["id"]), record["key"]):
                return record
        raise AssertionError(f"there is no {ref}")


class OfWebhook:
    accidents = accidents(never=("not paid", "no scope"))
    loss = FaultKind.LOSE_REPLY.value
    start = START

    @pytest.fixture
    def world(self) -> ReceivingWorld:
        return self.new_world()

    def new_world(self) -> ReceivingWorld:
        return WebhookWorld()


class TestWebhook(OfWebhook, Receiving):
    pass


class TestWebhookUnderAccidents(OfWebhook, ReceivingAccidents):
    pass
