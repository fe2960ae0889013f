"""Submissions on their whole way into a simulated Pipedrive, by the module that Kommo gets, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from connectors.pipedrive.simulator import DEMO_SETTINGS, create_simulator
from connectors.pipedrive.simulator.fields import key_of
from connectors.simulation import Fault, FaultKind, Simulator
from engine.instance import Instance
from engine.storage.connections import save_connection
from engine.storage.models import RunState
from tests.behaviours.world import CONNECTION, World
from tests.behaviours.world import Clock as CrmClock
from tests.engine.delivery.conftest import shared_instance, wiped_instance

__all__ = ["shared_instance", "wiped_instance"]

MODULE = {
    "contact": {
        "fields": {
            "first_name": "{{ field.name }}",
            "phone": "{{ field.phone }}",
            "email": "{{ field.email }}",
        },
        "tags": ["website"],
    },
    "company": {
        "fields": {
            "name": "{{ field.company }}",
            "phone": "{{ field.company_phone }}",
            "email": "{{ field.company_email }}",
        }
    },
    "deal": {
        "pipeline": "Sales",
        "stage": "New request",
        "name": "Request of {{ field.name }}",
        "fields": {"Topic": "{{ field.topic }}", "UTM_SOURCE": "google"},
        "note": "Asked about {{ field.topic }}",
        "tasks": [{"type": "Follow-up", "text": "Call {{ field.name }}", "due": {"days": 1}}],
        "duplicates": {"control": "formwire", "look_in": {"pipelines": ["Sales"]}, "found": "keep"},
    },
}
FIRM = {"company": "Engines", "company_phone": "+380 44 123 45 67", "company_email": "a@firm.test"}
KINDS = ("persons", "organizations", "deals", "activities", "notes")

Open = Callable[..., World]


@pytest.fixture
def opened(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Open:
    """A Formwire with one Pipedrive connection; ``options`` are the simulator's."""

    def opened(calls_per_s: str = "9999", **options: object) -> World:
        simulator = create_simulator(**{"rate_limit": 0, **options})
        wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
        monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
        settings = wiped_instance.settings.model_copy(update={"settle_s": 0.0})
        instance = replace(wiped_instance, settings=settings)
        with instance.database.write() as session:
            save_connection(
                session,
                instance.vault,
                key=CONNECTION,
                name="Pipedrive",
                connector="pipedrive",
                settings={
                    **DEMO_SETTINGS,
                    "base_url": "http://pipedrive.test",
                    "calls_per_s": calls_per_s,
                },
            )
        world = World(instance, simulator, CrmClock())
        world.form()
        world.module(**MODULE)
        return world

    return opened


def counts(simulator: Simulator) -> dict[str, int]:
    return {kind: simulator.store.count(kind) for kind in KINDS}


def test_a_submission_becomes_a_deal_with_everybody_and_everything(opened):
    world = opened()
    world.deliver(**FIRM, topic="Chairs")
    assert counts(world.simulator) == dict.fromkeys(KINDS, 1)
    ada, firm, deal = (world.one(kind) for kind in KINDS[:3])
    assert [one["value"] for one in ada["phones"]] == ["+380671234567"]
    assert ada["org_id"] == deal["org_id"] == firm["id"]
    assert firm["custom_fields"][key_of("organizations", "Phone")] == "+380441234567"
    assert (deal["person_id"], deal["pipeline_id"], deal["stage_id"]) == (ada["id"], 1, 11)
    assert deal["custom_fields"][key_of("deals", "Topic")] == "Chairs"
    assert deal["custom_fields"][key_of("deals", "Formwire ID")]
    task, note = world.one("activities"), world.one("notes")
    assert (task["deal_id"], task["subject"], task["type"]) == (
        deal["id"],
        "Call Ada Lovelace",
        "follow_up",
    )
    assert (note["deal_id"], note["content"]) == (deal["id"], "Asked about Chairs")
    labels = world.simulator.store.all("personFields")
    (field,) = [one for one in labels if one["field_code"] == "label_ids"]
    names = {one["id"]: one["label"] for one in field["options"]}
    assert [names[id] for id in ada["label_ids"]] == ["website"]


def test_who_comes_again_is_completed_and_keeps_the_open_deal(opened):
    world = opened()
    world.deliver(topic="Chairs")
    world.deliver(topic="Tables", phone="+380 50 765 43 21", name="Ada")
    assert counts(world.simulator) == {**dict.fromkeys(KINDS, 1), "organizations": 0, "notes": 2}
    phones = [one["value"] for one in world.one("persons")["phones"]]
    assert phones == ["+380671234567", "+380507654321"]


@pytest.mark.parametrize("kind", [FaultKind.LOSE_REPLY, FaultKind.NEVER_ARRIVES])
@pytest.mark.parametrize(
    "path", ["*/persons", "*/organizations", "*/deals", "*/activities", "*/notes"]
)
def test_a_lost_reply_doubles_nothing(opened, path, kind):
    world = opened()
    world.simulator.faults.add(Fault(kind, method="POST", path=path))
    world.submit(**FIRM, topic="Chairs")
    for _ in range(5):
        world.drain()
    assert world.run().state == RunState.DELIVERED, world.run().reason
    assert counts(world.simulator) == dict.fromkeys(KINDS, 1)
