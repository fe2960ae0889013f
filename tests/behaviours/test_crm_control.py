"""Duplicate control on Kommo's side: one call from our own source, and Kommo decides."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from connectors.kommo.simulator import DuplicateRule, switch_on
from connectors.kommo.spec import KOMMO
from tests.behaviours.world import (
    BORIS,
    COMPANY,
    CONTACT,
    CONTACTED,
    DEAL,
    NEGOTIATION,
    SALES,
    SERVICE,
    World,
    filled,
    linked,
    tags,
    values,
)

behaviour, check = pytest.mark.behaviour, pytest.mark.check

SOURCE = "Formwire"
CRM_DEAL = {**DEAL, "duplicates": {"control": "crm"}}
TOPIC = 1102


def rule(world: World, **chosen: Any) -> None:
    """A person's set-up in Kommo; only what is ``chosen`` compares."""
    settings: dict[str, Any] = {"email": False, "phone": False, **chosen}
    switch_on(world.simulator.store, DuplicateRule(source=SOURCE, **settings))


def known(world: World, topic: str = "looms", **lead: Any) -> int:
    """A deal of Ada's with her e-mail and phone."""
    person = filled(EMAIL="ada@example.org", PHONE="+380671234567")
    contact = world.add("contacts", name="Countess", **person)
    field = {"field_id": TOPIC, "values": [{"value": topic}]}
    place = {"pipeline_id": SALES, "name": "Old", "custom_fields_values": [field], **lead}
    return world.add("leads", **place, **linked(contacts=contact))


def leads(world: World) -> list[int]:
    return [lead["id"] for lead in world.all("leads")]


@behaviour(157)
@check(10)
def test_one_call_brings_all_and_nothing_is_looked_up(world: World) -> None:
    world.module(contact=CONTACT, company=COMPANY, deal=CRM_DEAL)
    world.deliver(company="Acme")
    calls = world.simulator.calls
    assert {call: count for call, count in calls.items() if call.startswith("POST")} == {
        "POST /api/v4/sources": 1,
        "POST /api/v4/leads/complex": 1,
    }
    looks = ("GET /api/v4/contacts", "GET /api/v4/companies", "GET /api/v4/leads")
    assert not [call for call in calls if call in looks]
    assert world.counts() == {"contacts": 1, "companies": 1, "leads": 1}


@behaviour(157)
@check(10)
def test_after_a_merge_notes_and_tasks_go_to_the_records_kommo_names(world: World) -> None:
    old = known(world)
    rule(world, email=True)
    task = {"text": "Read it", "when": "always"}
    world.module(
        contact={**CONTACT, "note": "Wrote again"},
        deal={**CRM_DEAL, "note": "Wants {{ field.topic }}", "tasks": [task]},
    )
    world.deliver(topic="engines")
    assert world.counts() == {"contacts": 1, "leads": 1, "tasks": 1, "notes": 2}
    about = {(one["entity_type"], one["entity_id"]) for one in world.all("notes")}
    assert about == {("leads", old), ("contacts", world.one("contacts")["id"])}
    assert world.one("tasks")["entity_id"] == old


@behaviour(157)
def test_without_a_rule_in_kommo_every_enquiry_is_an_incoming_lead(world: World) -> None:
    known(world)
    world.module(contact=CONTACT, deal=CRM_DEAL)
    world.deliver()
    made = world.all("leads")[-1]
    sales = world.get("leads/pipelines", SALES)
    assert len(leads(world)) == 2
    assert made["status_id"] == next(one["id"] for one in sales["statuses"] if one["type"] == 1)


@behaviour(158, 159)
@pytest.mark.parametrize("step", ["Automate", "Lead sources", "Duplicate control", "Set up rules"])
def test_the_connectors_help_names_every_step_in_kommo(step: str) -> None:
    assert step in KOMMO.merge_help


@behaviour(160)
def test_our_source_is_made_once_and_visible_in_kommo(world: World) -> None:
    world.module(contact=CONTACT, deal=CRM_DEAL)
    world.deliver()
    world.deliver(topic="again")
    assert world.one("sources")["name"] == SOURCE
    sources = {lead["source_id"] for lead in world.all("leads")}
    assert sources == {world.one("sources")["id"]}


COMPARED: dict[str, tuple[dict[str, Any], dict[str, str], bool]] = {
    "by e-mail": ({"email": True}, {"phone": ""}, True),
    "by phone": ({"phone": True}, {"email": ""}, True),
    "by a field": ({"fields": (TOPIC,)}, {"email": "", "phone": "", "topic": "looms"}, True),
    "e-mail is not compared": ({"phone": True}, {"phone": ""}, False),
    "phone is not compared": ({"email": True}, {"email": ""}, False),
    "the field differs": ({"fields": (TOPIC,)}, {"topic": "engines"}, False),
}


@behaviour(163, 164, 165)
@pytest.mark.parametrize(("compared", "answers", "merged"), COMPARED.values(), ids=COMPARED)
def test_kommo_compares_email_phone_or_a_field(
    world: World, compared: dict[str, Any], answers: dict[str, str], merged: bool
) -> None:
    known(world)
    rule(world, **compared)
    world.module(contact=CONTACT, deal={**CRM_DEAL, "fields": {"Topic": "{{ field.topic }}"}})
    world.deliver(**answers)
    assert len(leads(world)) == (1 if merged else 2)


@behaviour(166)
@pytest.mark.parametrize(
    ("scope", "merged"),
    [
        ({}, True),
        ({"pipelines": (SALES,)}, True),
        ({"pipelines": (SERVICE,)}, False),
        ({"statuses": (CONTACTED,)}, True),
        ({"statuses": (NEGOTIATION,)}, False),
    ],
    ids=str,
)
def test_kommo_looks_where_its_rule_says(world: World, scope: dict[str, Any], merged: bool) -> None:
    known(world, status_id=CONTACTED)
    rule(world, email=True, **scope)
    world.module(contact=CONTACT, deal=CRM_DEAL)
    world.deliver()
    assert len(leads(world)) == (1 if merged else 2)


@behaviour(167)
@pytest.mark.parametrize(
    ("conflict", "name", "topic"),
    [("update", "Request of Ada Lovelace", "engines"), ("keep", "Old", "looms")],
)
def test_on_a_conflict_kommo_updates_or_keeps(
    world: World, conflict: str, name: str, topic: str
) -> None:
    known(world)
    rule(world, email=True, conflict=conflict)
    deal = {**CRM_DEAL, "fields": {"Topic": "{{ field.topic }}"}, "tags": ["website"]}
    world.module(contact=CONTACT, deal=deal)
    world.deliver(topic="engines")
    lead = world.one("leads")
    assert (lead["name"], values(lead, "Topic")) == (name, [topic])
    assert tags(lead) == (["website"] if conflict == "update" else [])


@behaviour(168)
@pytest.mark.parametrize(
    ("several", "updated", "made"),
    [("all", [True, True], 0), ("newest", [False, True], 0), ("create", [False, False], 1)],
)
def test_of_several_duplicates_kommo_updates_all_the_newest_or_makes_a_new_one(
    world: World, several: Literal["all", "newest", "create"], updated: list[bool], made: int
) -> None:
    old = [known(world), known(world)]
    rule(world, email=True, several=several)
    world.module(contact=CONTACT, deal=CRM_DEAL)
    world.deliver()
    assert [world.get("leads", id)["name"] != "Old" for id in old] == updated
    assert len(leads(world)) == 2 + made


@behaviour(169)
@pytest.mark.parametrize("merged", [True, False])
def test_kommo_makes_its_task_after_a_merge_only(world: World, merged: bool) -> None:
    if merged:
        known(world)
    rule(world, email=True, task="Call back", task_type=2, task_due_s=3600, task_user=BORIS)
    world.module(contact=CONTACT, deal=CRM_DEAL)
    world.deliver()
    tasks = [
        (one["text"], one["task_type_id"], one["responsible_user_id"]) for one in world.all("tasks")
    ]
    assert tasks == ([("Call back", 2, BORIS)] if merged else [])
