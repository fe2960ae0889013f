"""The deal tab, and duplicate control on our side."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.kommo.simulator.account import seed
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.delivery.catalogs import test_connection as read_catalog
from engine.storage.connections import stored_catalog
from engine.storage.models import Connection, RunState
from tests.behaviours.world import (
    ANNA,
    BORIS,
    COMPANY,
    CONNECTION,
    CONTACT,
    CONTACTED,
    CONTROL,
    DEAL,
    LOST,
    NEGOTIATION,
    NEW_REQUEST,
    SALES,
    SERVICE,
    WON,
    World,
    filled,
    linked,
    tags,
    values,
)

behaviour, check = pytest.mark.behaviour, pytest.mark.check

DAY_S = 24 * 60 * 60
ACME = {"company": "Acme", "company_phone": "+14155550111", "company_email": "office@acme.test"}


def of_ada(world: World, **lead: Any) -> int:
    """A person's deal of Ada, who is in the CRM already."""
    ada = world.add("contacts", name="Ada", **filled(EMAIL="ada@example.org"))
    return world.add("leads", **lead, **linked(contacts=ada))


@behaviour(141)
def test_a_deal_is_created_and_linked_with_contact_and_company(world: World) -> None:
    world.module(contact=CONTACT, company=COMPANY, deal=DEAL)
    world.deliver(**ACME)
    deal = world.one("leads")
    assert world.linked("leads", deal, "contacts") == [world.one("contacts")["id"]]
    assert world.linked("leads", deal, "companies") == [world.one("companies")["id"]]


def test_a_deal_without_a_contact_is_possible(world: World) -> None:
    world.module(deal=DEAL)
    world.deliver()
    assert world.counts() == {"leads": 1}


@behaviour(142)
def test_pipelines_are_those_of_the_crm_and_the_deal_lands_in_the_chosen_one(world: World) -> None:
    with world.instance.database.read() as session:
        connection = session.query(Connection).one()
    read_catalog(world.instance, connection.id)
    with world.instance.database.read() as session:
        catalog = stored_catalog(session.get_one(Connection, connection.id))
    assert catalog is not None
    offered = [pipeline.label for pipeline in catalog.pipelines]
    assert offered == [pipeline["name"] for pipeline in seed()["leads/pipelines"]]
    world.module(deal={**DEAL, "pipeline": "Service"})
    world.deliver()
    assert world.one("leads")["pipeline_id"] == SERVICE


@behaviour(143)
def test_the_stage_is_one_of_the_chosen_pipeline(world: World) -> None:
    world.module(deal={**DEAL, "pipeline": "Sales", "stage": "contacted"})
    world.deliver()
    assert world.one("leads")["status_id"] == CONTACTED


@behaviour(143)
@check(11)
@pytest.mark.parametrize("stage", ["In progress", "Abolished"])
def test_a_stage_that_the_pipeline_lacks_stops_the_run_visibly(world: World, stage: str) -> None:
    world.module(deal={**DEAL, "stage": stage})
    run = world.submit()
    assert run.state == RunState.FAILED
    assert stage in run.reason
    assert world.counts() == {}


@check(11)
def test_a_stage_that_was_deleted_in_the_crm_stops_the_run_and_gives_a_notice(world: World) -> None:
    world.module(deal={**DEAL, "stage": "Contacted"})
    world.deliver()
    sales = world.get("leads/pipelines", SALES)
    left = [status for status in sales["statuses"] if status["id"] != CONTACTED]
    world.simulator.store.replace("leads/pipelines", {**sales, "statuses": left})
    run = world.submit(topic="again")
    assert run.state == RunState.FAILED
    assert "Stage" in run.reason
    assert any("Stage" in notice.message for notice in world.notices())


@behaviour(144)
@pytest.mark.parametrize(
    ("name", "expected"),
    [("{{ form.name }}: {{ field.name }}", "Demo: Ada Lovelace"), ("", "Demo #1")],
)
def test_the_deals_name_is_made_of_macros_and_has_a_default(
    world: World, name: str, expected: str
) -> None:
    world.module(deal={**DEAL, "name": name})
    world.deliver()
    assert world.one("leads")["name"] == expected


@behaviour(145)
@check(12)
@pytest.mark.parametrize(
    ("budget", "price", "warned"),
    [("1 500,50 ₴", 1501, False), ("$2,000", 2000, False), ("a lot", 0, True), ("", 0, False)],
)
def test_the_budget_is_the_number_in_the_answer(
    world: World, budget: str, price: int, warned: bool
) -> None:
    world.module(deal={**DEAL, "budget": "{{ field.budget }}"})
    run = world.deliver(budget=budget)
    assert world.one("leads")["price"] == price
    assert any("Budget" in warning for warning in run.plan["warnings"]) == warned


@behaviour(146, 147)
def test_a_deal_gets_its_tags_and_note(world: World) -> None:
    world.module(deal={**DEAL, "tags": ["website", "{{ field.topic }}"], "note": "From the site"})
    world.deliver(topic="engines")
    assert tags(world.one("leads")) == ["website", "engines"]
    assert world.texts("notes", "leads") == ["From the site"]


FIELDS = {
    "choice": ("Product line", "Hardware", ["Hardware"]),
    "text": ("Topic", "engines", ["engines"]),
    "several choices": ("Interests", ["Demo", "Prices"], ["Demo", "Prices"]),
    "yes or no": ("Wants newsletter", "yes", [True]),
    "number": ("Seats", "12", ["12"]),
    "money": ("Delivery cost", "1 200 грн", ["1200"]),
    "tracking": ("UTM_SOURCE", "google", ["google"]),
}


@behaviour(148)
@pytest.mark.parametrize(("label", "answer", "expected"), FIELDS.values(), ids=FIELDS)
def test_custom_fields_are_filled_by_their_type(
    world: World, label: str, answer: Any, expected: list[Any]
) -> None:
    world.module(deal={**DEAL, "fields": {label: "{{ field.extra }}"}})
    world.deliver(extra=answer)
    found = values(world.one("leads"), label)
    assert [str(value) for value in found] == [str(value) for value in expected]


@behaviour(149)
def test_control_is_off_unless_chosen(world: World) -> None:
    of_ada(world, pipeline_id=SALES)
    world.module(contact=CONTACT, deal=DEAL)
    world.deliver()
    assert len(world.all("leads")) == 2


@behaviour(149)
def test_the_two_controls_exclude_one_another() -> None:
    deal = {**DEAL, "duplicates": {"control": "crm", "look_in": {"stages": ["New request"]}}}
    document = {"form": "demo", "module": "sales", "connection": CONNECTION, "deal": deal}
    with pytest.raises(DocumentMistakes) as mistakes:
        load_module({**document, "contact": CONTACT})
    assert [issue.path for issue in mistakes.value.issues] == ["/deal/duplicates"]


@behaviour(150)
@check(9)
@pytest.mark.parametrize("owner", ["contacts", "companies"])
@pytest.mark.parametrize("key", ["PHONE", "EMAIL"])
def test_the_open_deal_is_found_through_phone_or_email_of_contact_or_company(
    world: World, owner: str, key: str
) -> None:
    theirs = {"PHONE": "+14155550111", "EMAIL": "office@acme.test"}[key]
    id = world.add(owner, name="Known", **filled(**{key: theirs}))
    deal = world.add("leads", name="Open", **linked(**{owner: id}))
    world.module(contact=CONTACT, company=COMPANY, deal={**DEAL, "duplicates": CONTROL})
    answers = {
        "contacts": {"phone": "", "email": "", key.lower(): theirs},
        "companies": {"company": "Known", f"company_{key.lower()}": theirs},
    }
    world.deliver(**answers[owner])
    assert [lead["id"] for lead in world.all("leads")] == [deal]


@behaviour(151)
@check(8)
@pytest.mark.parametrize("closed", [WON, LOST])
def test_a_closed_deal_does_not_count(world: World, closed: int) -> None:
    old = of_ada(world, pipeline_id=SALES, status_id=closed)
    world.module(contact=CONTACT, deal={**DEAL, "duplicates": CONTROL})
    world.deliver()
    assert [lead["status_id"] for lead in world.all("leads")] == [closed, NEW_REQUEST]
    assert world.all("leads")[0]["id"] == old


NARROWED = {
    "pipeline": ({"pipelines": ["Service"]}, {"pipeline_id": SERVICE}),
    "stage": ({"stages": ["Negotiation"]}, {"pipeline_id": SALES, "status_id": NEGOTIATION}),
    "field": ({"where": {"Topic": "{{ field.topic }}"}}, {**filled()}),
}


@behaviour(152)
@pytest.mark.parametrize(("look_in", "fits"), NARROWED.values(), ids=NARROWED)
@pytest.mark.parametrize("fitting", [True, False])
def test_the_search_is_narrowed_by_pipeline_stage_and_field(
    world: World, look_in: dict[str, Any], fits: dict[str, Any], fitting: bool
) -> None:
    place = fits if fitting else {"pipeline_id": SALES, "status_id": CONTACTED}
    topic = "engines" if fitting else "looms"
    field = {"field_id": 1102, "values": [{"value": topic}]}
    of_ada(world, **{**place, "custom_fields_values": [field]})
    world.module(contact=CONTACT, deal={**DEAL, "duplicates": {**CONTROL, "look_in": look_in}})
    world.deliver(topic="engines")
    assert len(world.all("leads")) == (1 if fitting else 2)


@behaviour(152)
@pytest.mark.parametrize(("days", "deals"), [(30, 1), (7, 2)])
def test_the_search_is_narrowed_by_age(world: World, days: int, deals: int) -> None:
    world.clock.behind_s = 10 * DAY_S
    of_ada(world)
    world.clock.behind_s = 0
    look_in = {"younger_than": {"days": days}}
    world.module(contact=CONTACT, deal={**DEAL, "duplicates": {**CONTROL, "look_in": look_in}})
    world.deliver()
    assert len(world.all("leads")) == deals


@behaviour(153)
def test_a_second_submission_makes_no_second_deal(world: World) -> None:
    world.module(contact=CONTACT, deal={**DEAL, "duplicates": CONTROL})
    world.deliver()
    world.deliver(topic="again")
    assert len(world.all("leads")) == 1


def two_forms(world: World, look_in: dict[str, Any] | None = None) -> None:
    """Form ``first`` makes a deal in New request, form ``second`` moves it to Contacted."""
    world.form("first")
    world.form("second")
    world.module(form="first", contact=CONTACT, deal=DEAL)
    moving = {"control": "formwire", "found": "move", "look_in": look_in or {}}
    world.module(
        form="second", contact=CONTACT, deal={**DEAL, "stage": "Contacted", "duplicates": moving}
    )


@behaviour(154, 155)
@check(7)
def test_a_second_form_moves_the_deal_to_the_next_stage(world: World) -> None:
    two_forms(world, {"stages": ["New request"]})
    world.deliver("first")
    made = world.one("leads")
    assert (made["pipeline_id"], made["status_id"]) == (SALES, NEW_REQUEST)
    world.deliver("second")
    moved = world.one("leads")
    assert (moved["id"], moved["status_id"]) == (made["id"], CONTACTED)
    assert moved["name"] == "Request of Ada Lovelace"


@behaviour(156)
def test_a_deal_in_another_stage_is_not_moved_and_a_new_one_is_made(world: World) -> None:
    two_forms(world, {"stages": ["New request"]})
    deal = of_ada(world, pipeline_id=SALES, status_id=NEGOTIATION)
    world.deliver("second")
    places = {lead["id"]: lead["status_id"] for lead in world.all("leads")}
    assert places.pop(deal) == NEGOTIATION
    assert list(places.values()) == [CONTACTED]


@behaviour(154)
def test_no_deal_moves_backwards_unless_told(world: World) -> None:
    two_forms(world)
    of_ada(world, pipeline_id=SALES, status_id=NEGOTIATION)
    world.deliver("second")
    assert world.one("leads")["status_id"] == NEGOTIATION


@behaviour(170)
def test_the_deals_task_is_for_a_new_deal_and_not_for_a_moved_one(world: World) -> None:
    two_forms(world)
    tasks = [{"text": "Call"}]
    world.module(form="first", contact=CONTACT, deal={**DEAL, "tasks": tasks})
    moving = {"control": "formwire", "found": "move"}
    deal = {**DEAL, "stage": "Contacted", "tasks": tasks, "duplicates": moving}
    world.module(form="second", contact=CONTACT, deal=deal)
    world.deliver("first")
    world.deliver("second")
    assert world.one("leads")["status_id"] == CONTACTED
    assert world.texts("tasks", "leads") == ["Call"]


@behaviour(173)
@pytest.mark.parametrize(("person", "id"), [("boris@acme.test", BORIS), (None, ANNA)])
def test_the_tasks_responsible_user_is_the_chosen_one_or_the_deals(
    world: World, person: str | None, id: int
) -> None:
    task = {"text": "Call", **({"responsible": person} if person else {})}
    world.module(deal={**DEAL, "tasks": [task]}, responsible="anna@acme.test")
    world.deliver()
    assert world.one("tasks")["responsible_user_id"] == id


@behaviour(174)
def test_the_tasks_text_is_made_of_macros(world: World) -> None:
    task = {"text": "Call {{ field.name }} about {{ field.topic | default('nothing') }}"}
    world.module(deal={**DEAL, "tasks": [task]})
    world.deliver()
    assert world.one("tasks")["text"] == "Call Ada Lovelace about nothing"


@behaviour(171)
def test_the_task_has_the_chosen_type_of_the_crms_list(world: World) -> None:
    world.module(deal={**DEAL, "tasks": [{"type": "Meeting", "text": "Meet"}]})
    world.deliver()
    assert world.one("tasks")["task_type_id"] == 2


@behaviour(171)
def test_a_task_type_that_the_crm_lacks_stops_the_run_visibly(world: World) -> None:
    world.module(deal={**DEAL, "tasks": [{"type": "Sauna", "text": "Meet"}]})
    run = world.submit()
    assert (run.state, "Sauna" in run.reason) == (RunState.FAILED, True)


def test_a_deal_may_have_several_tasks_and_each_part_its_note(world: World) -> None:
    tasks = [{"text": "Call"}, {"text": "Write"}]
    contact = {**CONTACT, "note": "Of the person"}
    world.module(contact=contact, deal={**DEAL, "tasks": tasks, "note": "Of the deal"})
    world.deliver()
    assert world.texts("tasks", "leads") == ["Call", "Write"]
    assert world.counts()["notes"] == 2


def test_a_turn_is_only_taken_by_a_run_that_makes_somebody_responsible(world: World) -> None:
    in_turn = {"in_turn": ["anna@acme.test", "boris@acme.test"]}
    deal = {**DEAL, "note": "Wrote", "duplicates": CONTROL}
    world.module(contact=CONTACT, deal=deal, responsible=in_turn)
    world.deliver()
    world.deliver(topic="a note on the deal that is there")
    world.deliver(name="Grace", email="grace@example.org", phone="")
    assert [lead["responsible_user_id"] for lead in world.all("leads")] == [ANNA, BORIS]
