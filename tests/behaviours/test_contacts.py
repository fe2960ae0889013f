"""Contact creation and the contact tab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviours.world import (
    ANNA,
    BORIS,
    CONTACT,
    CONTROL,
    DEAL,
    GRACE,
    World,
    filled,
    tags,
    values,
)

behaviour, check = pytest.mark.behaviour, pytest.mark.check

KNOWN = {"name": "Countess", **filled(EMAIL="ada@example.org")}


def with_fields(**rows: Any) -> dict[str, Any]:
    """The usual contact with ``rows`` besides."""
    return {**CONTACT, "fields": {**CONTACT["fields"], **rows}}


@behaviour(130)
def test_the_mapped_email_arrives_in_the_contact(world: World) -> None:
    world.module(contact=CONTACT)
    world.deliver(email="Ada@Example.org")
    assert values(world.one("contacts"), "EMAIL") == ["Ada@example.org"]


@behaviour(131)
def test_the_mapped_phone_arrives_in_the_contact_with_its_country_code(world: World) -> None:
    world.module(contact=CONTACT)
    world.deliver(phone="067 123 45 67")
    assert values(world.one("contacts"), "PHONE") == ["+380671234567"]


@behaviour(132)
def test_the_chosen_user_is_responsible_for_contact_deal_and_task(world: World) -> None:
    deal = {**DEAL, "tasks": [{"text": "Call"}]}
    world.module(contact=CONTACT, deal=deal, responsible="anna@acme.test")
    world.deliver()
    records = [world.one(entity) for entity in ("contacts", "leads", "tasks")]
    assert [record["responsible_user_id"] for record in records] == [ANNA] * 3


@behaviour(133)
def test_a_contact_that_exists_keeps_its_responsible_user(world: World) -> None:
    world.add("contacts", **KNOWN, responsible_user_id=BORIS)
    world.module(contact=CONTACT, responsible="anna@acme.test")
    world.deliver()
    assert world.one("contacts")["responsible_user_id"] == BORIS


@behaviour(134)
def test_the_contacts_name_is_made_of_macros(world: World) -> None:
    name = "{{ field.first | title }} {{ field.last | upper }}"
    world.module(contact=with_fields(name=name))
    world.deliver(first="ada", last="Lovelace")
    assert world.one("contacts")["name"] == "Ada LOVELACE"


@behaviour(135)
def test_a_messenger_is_written_with_its_type(world: World) -> None:
    messenger = {"type": "skype", "value": "{{ field.skype }}"}
    world.module(contact={**CONTACT, "messenger": messenger})
    world.deliver(skype="ada.l")
    (im,) = [
        one for one in world.one("contacts")["custom_fields_values"] if one["field_code"] == "IM"
    ]
    assert [(one["value"], one["enum_code"]) for one in im["values"]] == [("ada.l", "SKYPE")]


@behaviour(136)
def test_tags_are_added_and_those_there_are_kept(world: World) -> None:
    world.add("contacts", **KNOWN, _embedded={"tags": [{"name": "vip"}]})
    tagged = {**CONTACT, "tags": [{"tag": "website", "when": "always"}]}
    world.module(contact=tagged)
    world.deliver()
    assert tags(world.one("contacts")) == ["vip", "website"]


@behaviour(137)
def test_a_note_is_attached_to_the_contact(world: World) -> None:
    world.module(contact={**CONTACT, "note": "Asked about {{ field.topic }}"})
    world.deliver(topic="engines")
    assert world.texts("notes", "contacts") == ["Asked about engines"]


@behaviour(138, 186)
@check(2, 3)
@pytest.mark.parametrize(("on_match", "name"), [(None, "Countess"), ("overwrite", "Ada Lovelace")])
def test_a_found_contact_is_completed_or_overwritten(
    world: World, on_match: str | None, name: str
) -> None:
    world.add("contacts", **KNOWN)
    world.module(contact={**CONTACT, **({"on_match": on_match} if on_match else {})})
    world.deliver()
    contact = world.one("contacts")
    assert contact["name"] == name
    assert values(contact, "PHONE") == ["+380671234567"]  # was missing


@behaviour(186)
def test_other_numbers_of_a_contact_are_never_replaced(world: World) -> None:
    world.add("contacts", name="Countess", **filled(EMAIL="ada@example.org", PHONE="+14155550100"))
    world.module(contact={**CONTACT, "on_match": "overwrite"})
    world.deliver()
    assert values(world.one("contacts"), "PHONE") == ["+14155550100", "+380671234567"]


@check(4)
@pytest.mark.parametrize("on_match", ["complete", "overwrite"])
def test_an_empty_answer_erases_nothing(world: World, on_match: str) -> None:
    world.add("contacts", **KNOWN)
    world.module(contact=with_fields(Position="{{ field.job }}") | {"on_match": on_match})
    world.deliver(job="Analyst")
    world.deliver(job="", name=" ")
    contact = world.one("contacts")
    assert values(contact, "POSITION") == ["Analyst"]
    assert contact["name"].strip()


TYPED: dict[str, tuple[str, Any, list[Any]]] = {
    "text": ("Position", "Analyst", ["Analyst"]),
    "choice by its label": ("Preferred contact", "e-mail", ["E-mail"]),
    "address on the web": ("Profile", "https://example.org/ada", ["https://example.org/ada"]),
    "long text": ("About", "Engines\nand poetry", ["Engines\nand poetry"]),
}


@behaviour(139)
@pytest.mark.parametrize(("label", "answer", "expected"), TYPED.values(), ids=TYPED)
def test_additional_fields_are_filled_by_their_type(
    world: World, label: str, answer: str, expected: list[Any]
) -> None:
    world.module(contact=with_fields(**{label: "{{ field.extra }}"}))
    world.deliver(extra=answer)
    assert values(world.one("contacts"), label) == expected


@behaviour(139)
def test_an_answer_of_the_wrong_type_is_left_out_and_the_run_says_so(world: World) -> None:
    world.module(contact=with_fields(**{"Preferred contact": "{{ field.extra }}"}))
    run = world.deliver(extra="pigeon")
    assert values(world.one("contacts"), "Preferred contact") == []
    assert any("Preferred contact" in warning for warning in run.plan["warnings"])


@behaviour(140)
def test_the_contacts_task_is_only_for_a_new_contact(world: World) -> None:
    world.module(contact={**CONTACT, "tasks": [{"text": "Call {{ field.name }}"}]})
    world.deliver()
    world.deliver(topic="again")
    assert world.texts("tasks", "contacts") == ["Call Ada Lovelace"]


@check(1)
def test_a_new_person_gets_everything_linked(world: World) -> None:
    world.module(
        contact=CONTACT,
        company={"match": ["name"], "fields": {"name": "{{ field.company }}"}},
        deal={**DEAL, "tasks": [{"text": "Call"}]},
    )
    world.deliver(company="Analytical")
    contact, company, deal = (world.one(entity) for entity in ("contacts", "companies", "leads"))
    assert world.counts() == {"contacts": 1, "companies": 1, "leads": 1, "tasks": 1}
    assert world.linked("leads", deal, "contacts") == [contact["id"]]
    assert world.linked("leads", deal, "companies") == [company["id"]]
    assert world.linked("contacts", contact, "companies") == [company["id"]]


@check(5)
def test_without_control_two_submissions_make_two_deals_of_one_person(world: World) -> None:
    world.module(contact=CONTACT, deal=DEAL)
    world.deliver()
    world.deliver(topic="again")
    assert world.counts() == {"contacts": 1, "leads": 2}


@check(6)
def test_with_control_the_second_submission_is_noted_on_the_same_deal(world: World) -> None:
    deal = {**DEAL, "note": "Wants {{ field.topic }}", "duplicates": CONTROL}
    world.module(contact=CONTACT, deal=deal)
    world.deliver(topic="engines")
    world.deliver(topic="looms")
    assert world.counts() == {"contacts": 1, "leads": 1, "notes": 2}
    assert world.texts("notes", "leads") == ["Wants engines", "Wants looms"]


def test_a_contact_without_responsible_user_goes_to_the_tokens_owner(world: World) -> None:
    world.module(contact=CONTACT)
    world.deliver()
    assert world.one("contacts")["responsible_user_id"] == GRACE
