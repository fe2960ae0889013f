"""The example files: applied as they are, then filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.storage.models import RunState
from tests.behaviours.world import (
    ANNA,
    BORIS,
    CONTACTED,
    NEGOTIATION,
    NEW_REQUEST,
    SALES,
    World,
    filled,
    linked,
    tags,
    values,
)
from web.documents import apply, export, read_documents

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FILES = sorted(EXAMPLES.rglob("*.yaml"))


def use(world: World, *names: str) -> None:
    """``formwire apply`` of these files."""
    documents = [one for name in names for one in read_documents((EXAMPLES / name).read_text())]
    with world.instance.database.write() as session:
        apply(session, world.instance.vault, documents)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_comes_back_as_it_was_applied(world: World, file: Path) -> None:
    environ = {"KOMMO_TOKEN": "a-token"}
    documents = read_documents(file.read_text(), environ)
    with world.instance.database.write() as session:
        apply(session, world.instance.vault, documents)
    with world.instance.database.read() as session:
        text = export(session, world.instance.vault)
    secrets = {"DEMO_KOMMO_TOKEN": "demo-token", "MAIN_KOMMO_TOKEN": "a-token"}
    exported = [one.config for one in read_documents(text, secrets)]
    assert all(one.config in exported for one in documents)


def test_the_second_form_moves_the_deal_of_the_first(world: World) -> None:
    use(world, "two-forms/request.yaml", "two-forms/brief.yaml")
    world.deliver("request", topic="Engines")
    made = world.one("leads")
    assert (made["pipeline_id"], made["status_id"]) == (SALES, NEW_REQUEST)
    world.deliver("brief", budget="1 500", wishes="Brass, please")
    moved = world.one("leads")
    assert (moved["id"], moved["status_id"]) == (made["id"], CONTACTED)
    assert (moved["name"], moved["price"]) == ("Ada Lovelace: Engines", 1500)
    assert world.texts("notes", "leads") == ["Brass, please"]
    assert world.texts("tasks", "leads") == ["Call Ada Lovelace"]


def test_a_brief_without_a_request_makes_a_new_deal(world: World) -> None:
    use(world, "two-forms/request.yaml", "two-forms/brief.yaml")
    ada = world.add("contacts", name="Ada", **filled(EMAIL="ada@example.org"))
    world.add("leads", pipeline_id=SALES, status_id=NEGOTIATION, **linked(contacts=ada))
    world.deliver("brief")
    assert [lead["status_id"] for lead in world.all("leads")] == [NEGOTIATION, CONTACTED]


def test_the_two_forms_work_when_posted_by_a_browser(world: World) -> None:
    use(world, "two-forms/request.yaml", "two-forms/brief.yaml")
    kind = "application/x-www-form-urlencoded"
    world.post("request", b"name=Ada&email=ada%40example.org&phone=0671234567", kind)
    world.post("brief", b"email=ada%40example.org&budget=900", kind)
    deal = world.one("leads")
    assert (deal["status_id"], deal["price"]) == (CONTACTED, 900)


def test_leads_go_to_colleagues_in_turn_and_known_people_stay(world: World) -> None:
    use(world, "in-turn.yaml")
    for number in range(6):
        world.deliver("callback", name=f"Ada {number}", phone=f"+38067123450{number}")
    people = [lead["responsible_user_id"] for lead in world.all("leads")]
    assert (people.count(ANNA), people.count(BORIS)) == (4, 2)
    world.deliver("callback", name="Ada 0", phone="+380671234500", topic="again")
    assert len(world.all("leads")) == 6
    assert world.texts("tasks", "leads")[-1] == "Ada 0 asks again"
    assert [lead["responsible_user_id"] for lead in world.all("leads")] == people


def test_two_people_of_one_company_share_its_open_deal(world: World) -> None:
    use(world, "company.yaml")
    acme = {"company": " Acme ", "office_email": "office@acme.test", "size": "shop"}
    world.deliver("wholesale", **acme, amount="10 000 грн", warehouse_phone="+14155550112")
    world.deliver("wholesale", **{**acme, "name": "Grace", "email": "grace@acme.test"})
    company, deal = world.one("companies"), world.one("leads")
    assert (company["name"], deal["price"]) == ("Acme", 10000)
    assert values(company, "Industry") == ["Retail"]
    assert values(company, "PHONE") == ["+14155550112"]
    assert tags(company) == ["wholesale"]
    assert len(world.linked("leads", deal, "contacts")) == 2
    assert len(world.texts("notes", "leads")) == 2


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"amount": "900"}, RunState.DELIVERED),
        ({"amount": "10 001"}, RunState.HELD),
        ({"amount": "900", "email": "anna@acme.test"}, RunState.SKIPPED),
    ],
)
def test_large_orders_wait_and_testers_are_left_out(
    world: World, answers: dict[str, str], state: RunState
) -> None:
    use(world, "approval.yaml")
    assert world.submit("order", **answers).state == state
    assert len(world.all("leads")) == (1 if state == RunState.DELIVERED else 0)


def test_every_address_is_kept(world: World) -> None:
    use(world, "messengers.yaml")
    answers = {"skype": "ada.l", "second_phone": "050 123 45 67", "answer_by": "Skype"}
    world.deliver("chat", **answers, email=" Ada@Example.org ")
    contact = world.one("contacts")
    assert values(contact, "PHONE") == ["+380671234567", "+380501234567"]
    assert values(contact, "EMAIL") == ["ada@example.org"]
    assert values(contact, "IM") == ["ada.l"]
    assert values(contact, "Preferred contact") == ["Messenger"]
    assert world.texts("tasks", "contacts") == ["Write to Ada Lovelace by Skype"]
