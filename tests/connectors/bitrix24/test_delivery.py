"""Submissions on their whole way into a simulated Bitrix24, by the module that Kommo gets, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from connectors.bitrix24.simulator import DEMO_SETTINGS, create_simulator
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
            "name": "{{ field.name }}",
            "phone": "{{ field.phone }}",
            "email": "{{ field.email }}",
        },
        "tags": ["website"],
    },
    "company": {"match": ["name"], "fields": {"name": "{{ field.company }}"}},
    "deal": {
        "pipeline": "Sales",
        "stage": "New request",
        "name": "Request of {{ field.name }}",
        "fields": {"Topic": "{{ field.topic }}", "UTM_SOURCE": "google"},
        "note": "Asked about {{ field.topic }}",
        "tasks": [{"type": "To-do", "text": "Call {{ field.name }}", "due": {"days": 1}}],
        "duplicates": {"control": "formwire", "look_in": {"pipelines": ["Sales"]}, "found": "keep"},
    },
}
KINDS = ("contact", "company", "deal", "activity", "comment")
ONE_EACH = dict.fromkeys(KINDS, 1)

# The calls of a first delivery: three read the catalog, then people and companies are looked up and
# created, the deal is, and at last the link of both and what is about the deal.
FIRST_WRITE, CALLS = 5, 11

Open = Callable[..., World]


@pytest.fixture
def opened(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Open:
    """A Formwire with one Bitrix24 connection; ``settings`` are the connection's."""

    def opened(**settings: str) -> World:
        simulator = create_simulator(rate_limit=0)
        wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
        monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
        eager = wiped_instance.settings.model_copy(update={"settle_s": 0.0})
        instance = replace(wiped_instance, settings=eager)
        address = {"base_url": "http://bitrix24.test", "calls_per_s": "9999"}
        with instance.database.write() as session:
            save_connection(
                session,
                instance.vault,
                key=CONNECTION,
                name="Bitrix24",
                connector="bitrix24",
                settings={**DEMO_SETTINGS, **address, **settings},
            )
        world = World(instance, simulator, CrmClock())
        world.form()
        return world

    return opened


def counts(simulator: Simulator) -> dict[str, int]:
    return {kind: simulator.store.count(kind) for kind in KINDS}


def test_a_submission_becomes_a_deal_with_everybody_and_everything(opened):
    world = opened()
    world.module(**MODULE)
    world.deliver(company="Engines", topic="Chairs")
    store = world.simulator.store
    assert counts(world.simulator) == ONE_EACH
    (ada,), (firm,), (deal,), (todo,), (comment,) = (store.all(kind) for kind in KINDS)
    assert (ada["name"], ada["lastName"], ada["ufCrm_2106"]) == ("Ada", "Lovelace", ["website"])
    assert [one["value"] for one in ada["fm"]] == ["+380671234567", "ada@example.org"]
    assert (deal["categoryId"], deal["stageId"]) == (0, "NEW")
    assert (deal["ufCrm_1102"], deal["utmSource"]) == ("Chairs", "google")
    assert deal["originatorId"] == ada["originatorId"] == firm["originatorId"] == "formwire"
    here = ("deal", deal["id"])
    assert [*store.links(here, "contact"), *store.links(here, "company")] == [ada["id"], firm["id"]]
    assert list(store.links(("contact", ada["id"]), "company")) == [firm["id"]]
    assert (todo["about"], todo["description"]) == (list(here), "Call Ada Lovelace")
    assert (comment["about"], comment["text"]) == (list(here), "Asked about Chairs")


def test_who_comes_again_is_completed_and_keeps_the_open_deal(opened):
    world = opened()
    world.module(**MODULE)
    world.deliver(topic="Chairs")
    world.deliver(topic="Tables", phone="+380 50 765 43 21", name="Ada")
    assert counts(world.simulator) == {**ONE_EACH, "company": 0, "comment": 2}
    (ada,) = world.simulator.store.all("contact")
    phones = [one["value"] for one in ada["fm"] if one["typeId"] == "PHONE"]
    assert phones == ["+380671234567", "+380507654321"]


def test_a_portal_with_leads_gets_leads(opened):
    world = opened(deals_as="leads")
    world.module(**{**MODULE, "deal": {**MODULE["deal"], "pipeline": "Leads", "duplicates": {}}})
    world.deliver(topic="Chairs")
    (lead,) = world.simulator.store.all("lead")
    assert (lead["title"], lead["stageId"]) == ("Request of Ada Lovelace", "NEW")
    assert list(world.simulator.store.links(("lead", lead["id"]), "contact")) == [901]


@pytest.mark.parametrize("at", range(FIRST_WRITE, CALLS))
@pytest.mark.parametrize("kind", [FaultKind.LOSE_REPLY, FaultKind.NEVER_ARRIVES])
def test_a_lost_reply_doubles_nothing(opened, kind, at):
    world = opened()
    world.module(**MODULE)
    world.simulator.faults.add(Fault(kind, skip=at))
    world.submit(company="Engines", topic="Chairs")
    for _ in range(5):
        world.drain()
    assert not world.simulator.faults.pending
    if world.run().state == RunState.HELD:  # nothing tells a to-do for sure: a person decides
        assert "create this task" in world.run().reason
        assert counts(world.simulator) == {**ONE_EACH, "activity": 0}
    else:
        assert world.run().state == RunState.DELIVERED, world.run().reason
        assert counts(world.simulator) == ONE_EACH
