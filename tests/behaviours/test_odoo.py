"""One module document, and what it makes of submissions in Odoo, over both transports."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import httpx
import pytest
from sqlalchemy import update

from connectors.odoo.simulator import DEMO_SETTINGS, RPC_SETTINGS, create_simulator
from connectors.simulation import Fault, FaultKind, Simulator
from engine.delivery.intake import Posted, accept
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import save_connection
from engine.storage.forms import form_by_key
from engine.storage.models import JournalStep, Run, RunState
from tests.behaviours.conftest import CLOCK
from tests.behaviours.world import COMPANY, CONNECTION, CONTACT, World

ACME = {"company": "Acme", "company_email": "office@acme.test"}
DEAL = {
    "pipeline": "Sales",
    "stage": "New request",
    "name": "Request of {{ field.name }}",
    "budget": "{{ field.budget }}",
    "fields": {"Topic": "{{ field.topic }}", "UTM_SOURCE": "{{ field.source }}"},
    "tags": ["website"],
    "note": "Asked for {{ field.topic }}",
    "tasks": [{"type": "Call", "text": "Call {{ field.name }}", "due": {"days": 1}}],
    "duplicates": {"control": "formwire", "found": "keep"},
}
MODULE = {"responsible": "anna@acme.test", "contact": CONTACT, "company": COMPANY, "deal": DEAL}
ASKED = {**ACME, "topic": "Chairs", "budget": "1500", "source": "google"}


@cache
def simulated(version: int) -> Simulator:
    return create_simulator(version=version, now=CLOCK)


@pytest.fixture(params=[19, 17], ids=["JSON-2", "JSON-RPC"])
def world(
    request: pytest.FixtureRequest, wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> World:
    simulator = simulated(request.param)
    simulator.reset()
    CLOCK.behind_s = 0
    wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
    monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
    settings = wiped_instance.settings.model_copy(update={"settle_s": 0.0})
    instance = replace(wiped_instance, settings=settings)
    chosen = DEMO_SETTINGS if request.param == 19 else RPC_SETTINGS
    with instance.database.write() as session:
        save_connection(
            session,
            instance.vault,
            key=CONNECTION,
            name="Odoo",
            connector="odoo",
            settings={**chosen, "base_url": "http://odoo.test", "calls_per_s": "9999"},
        )
    world = World(instance, simulator, CLOCK)
    world.form()
    world.module(**MODULE)
    return world


def people(world: World) -> list[dict]:
    return [one for one in world.all("res.partner") if one["id"] > 40]


def test_a_submission_becomes_contact_company_deal_task_and_note(world: World) -> None:
    world.deliver(**ASKED)
    lead = world.one("crm.lead")
    ada = world.get("res.partner", lead["partner_id"])
    firm = world.get("res.partner", ada["parent_id"])
    assert (ada["name"], ada["email"], ada["phone"]) == (
        "Ada Lovelace",
        "ada@example.org",
        "+380671234567",
    )
    assert (firm["name"], firm["is_company"], firm["email"]) == ("Acme", True, "office@acme.test")
    assert (lead["name"], lead["type"], lead["expected_revenue"]) == (
        "Request of Ada Lovelace",
        "opportunity",
        1500.0,
    )
    assert (lead["team_id"], lead["stage_id"], lead["user_id"], lead["x_topic"]) == (
        1,
        1,
        6,
        "Chairs",
    )
    assert world.get("utm.source", lead["source_id"])["name"] == "google"
    assert [world.get("crm.tag", id)["name"] for id in lead["tag_ids"]] == ["website"]
    task, note = world.one("mail.activity"), world.one("mail.message")
    assert (task["summary"], task["activity_type_id"], task["user_id"]) == (
        "Call Ada Lovelace",
        2,
        6,
    )
    assert (task["res_model"], task["res_id"]) == ("crm.lead", lead["id"])
    assert (note["model"], note["res_id"], note["body"]) == (
        "crm.lead",
        lead["id"],
        "<p>Asked for Chairs</p>",
    )


def test_who_comes_again_with_another_number_is_known_and_keeps_both(world: World) -> None:
    world.deliver(**ASKED)
    world.deliver(**{**ASKED, "phone": "+380 50 765 43 21"})
    world.deliver(**{**ASKED, "phone": "+380 50 765 43 21", "email": "ada@home.test"})
    persons = [
        one for one in people(world) if not one.get("is_company") and one["type"] == "contact"
    ]
    (ada,) = persons
    mine = [one for one in people(world) if one.get("parent_id") == ada["id"]]
    numbers = {
        one[place] for one in (ada, *mine) for place in ("phone", "mobile") if one.get(place)
    }
    assert numbers == {"+380671234567", "+380507654321"}
    assert {one["email"] for one in (ada, *mine) if one.get("email")} == {
        "ada@example.org",
        "ada@home.test",
    }
    assert len(world.all("crm.lead")) == 1


def test_a_lost_deal_is_closed_so_a_new_one_is_made(world: World) -> None:
    world.deliver(**ASKED)
    lead = world.one("crm.lead")
    world.simulator.store.replace("crm.lead", {**lead, "active": False})
    world.deliver(**{**ASKED, "topic": "Tables"})
    assert [one["active"] for one in world.all("crm.lead")] == [False, True]


EVE = {
    **ASKED,
    "name": "Eve",
    "email": "eve@example.org",
    "phone": "+380631112233",
    "company": "Evil",
    "company_email": "office@evil.test",
}


@pytest.mark.parametrize("position", range(2, 12, 2))
@pytest.mark.parametrize("fault", [FaultKind.LOSE_REPLY, FaultKind.NEVER_ARRIVES])
def test_whichever_call_is_lost_nothing_is_lost_or_made_twice(
    world: World, fault: FaultKind, position: int
) -> None:
    world.deliver(**ASKED)
    world.simulator.faults.add(Fault(fault, skip=position))
    run = world.submit(**EVE)
    for _ in range(10):
        if run.state == RunState.DELIVERED:
            break
        with world.instance.database.write() as session:
            session.execute(update(Run).values(due_at=now()))
            session.execute(update(JournalStep).values(settle_until=now()))
        world.drain()
        run = world.run()
    assert run.state == RunState.DELIVERED, run.reason
    names = [one["name"] for one in people(world)]
    assert (names.count("Eve"), names.count("Evil")) == (1, 1)
    models = ("crm.lead", "mail.activity", "mail.message")
    assert [len(world.all(model)) for model in models] == [2, 2, 2]


def test_a_backlog_goes_in_few_calls(world: World) -> None:
    with world.instance.database.read() as session:
        form = form_by_key(session, "demo")
    assert form is not None
    for n in range(12):
        body = {
            **ASKED,
            "name": f"Ada {n}",
            "email": f"ada{n}@b.test",
            "phone": f"+38067100000{n:02}",
        }
        body |= {"company": f"Acme {n}", "company_email": f"office@acme{n}.test"}
        text = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in body.items())
        accept(world.instance, form, Posted(text.encode(), "application/x-www-form-urlencoded"))
    world.drain()
    assert {run.state for run in world.runs()} == {RunState.DELIVERED}
    assert len(world.all("crm.lead")) == len(world.all("mail.message")) == 12
    assert sum(world.simulator.calls.values()) < 40
