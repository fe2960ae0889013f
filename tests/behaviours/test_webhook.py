"""A lead all the way to a receiver of webhooks: once, though nobody can look what is there."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from connectors.simulation import Fault, FaultKind, Simulator
from connectors.webhook.simulator import DEMO_SETTINGS, create_simulator
from engine.instance import Instance
from engine.storage.connections import save_connection
from engine.storage.models import Connection, ConnectionState, RunState, Wait
from tests.behaviours.world import COMPANY, CONNECTION, CONTACT, DEAL, Clock, World

LEAD = {
    "contact": CONTACT,
    "company": COMPANY,
    "deal": {
        **DEAL,
        "fields": {"Topic": "{{ field.topic }}"},
        "note": "Asks: {{ field.topic }}",
        "tasks": [{"text": "Call", "due": {"hours": 2}}],
    },
    "responsible": "anna@acme.test",
}
ONE_OF_EACH = {"contacts": 1, "companies": 1, "deals": 1, "tasks": 1, "notes": 1}


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Simulator:
    simulator = create_simulator(rate_limit=0)
    wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
    monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
    return simulator


@pytest.fixture
def world(wiped_instance: Instance, office: Simulator) -> World:
    settings = wiped_instance.settings.model_copy(update={"settle_s": 0.0})
    instance = replace(wiped_instance, settings=settings)
    with instance.database.write() as session:
        save_connection(
            session,
            instance.vault,
            key=CONNECTION,
            name="Office",
            connector="webhook",
            settings={**DEMO_SETTINGS, "base_url": "http://office.test", "calls_per_s": "9999"},
        )
    world = World(instance, office, Clock())
    world.form()
    world.module(**LEAD)
    return world


def counts(world: World) -> dict[str, int]:
    return {entity: len(world.all(entity)) for entity in ONE_OF_EACH}


def test_a_lead_is_one_event_and_its_note_and_task_are_about_it(world: World) -> None:
    world.deliver(topic='Chairs "\\', company="Engines")
    assert counts(world) == ONE_OF_EACH
    assert len(world.all("events")) == 3
    deal = world.one("deals")
    assert (deal["Topic"], deal["responsible"]) == ('Chairs "\\', "anna@acme.test")
    assert (deal["pipeline"], deal["stage"]) == ("Sales", "New request")
    assert world.one("contacts")["email"] == "ada@example.org"
    for entity in ("contacts", "companies", "tasks", "notes"):
        assert world.linked("deals", deal, entity) == [world.one(entity)["id"]]


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize(
    "kind",
    [FaultKind.LOSE_REPLY, FaultKind.NEVER_ARRIVES, FaultKind.ERROR_AFTER, FaultKind.HTML_ERROR],
)
def test_an_event_without_an_answer_is_sent_again_and_taken_once(
    world: World, office: Simulator, kind: FaultKind, position: int
) -> None:
    office.faults.add(Fault(kind, skip=position))
    world.submit(company="Engines", topic="Chairs")
    for _ in range(5):
        world.drain()
    assert not office.faults.pending
    assert world.run().state == RunState.DELIVERED, world.run().reason
    assert counts(world) == ONE_OF_EACH
    assert sum(office.calls.values()) == 4


def test_a_second_submission_is_a_lead_of_its_own(world: World) -> None:
    for topic in ("Chairs", "Tables"):
        world.deliver(company="Engines", topic=topic)
    assert counts(world) == dict.fromkeys(ONE_OF_EACH, 2)


def test_what_a_receiver_refuses_waits_for_its_connection(world: World, office: Simulator) -> None:
    office.faults.add(Fault(FaultKind.REFUSE, status=401))
    run = world.submit(company="Engines", topic="Chairs")
    assert (run.state, run.wait) == (RunState.WAITING, Wait.AUTH)
    with world.instance.database.read() as session:
        connection = session.get_one(Connection, run.connection_id)
    assert connection.state == ConnectionState.BLOCKED
    assert "office.test" in connection.reason
    assert "/hooks" not in connection.reason
