"""What each write policy makes of what stands in the CRM."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Kind
from engine.deciding.plan import Action
from tests.engine.deciding.test_planning import ANSWERS, Crm, actions, crm, module, plan, why

__all__ = ["crm"]

FIELDS = {
    "Topic": {"there": "looms", "answer": "engines"},
    "Product line": {"there": "software", "answer": "Hardware"},
    "Interests": {"there": ["demo"], "answer": "Prices"},
}
TABLE = [
    # field, policy, what we wrote last, value sent (None: nothing)
    ("Topic", "complete", None, None),
    ("Topic", "overwrite", None, "engines"),
    ("Topic", "leave", None, None),
    ("Topic", "append", None, "looms\nengines"),
    ("Topic", "untouched", None, None),
    ("Topic", "untouched", "looms", "engines"),
    ("Topic", "untouched", "something else", None),
    ("Product line", "forward", None, "hardware"),
    ("Product line", "overwrite", None, "hardware"),
    ("Interests", "overwrite", None, ["prices"]),
    ("Interests", "append", None, ["demo", "prices"]),
    ("Interests", "complete", None, None),
]


def deal_with(crm: Crm, **fields: Any) -> Any:
    ada = crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"])
    return crm.add(Kind.DEAL, links=(ada,), name="Old", **fields)


def updating(**fields: Any) -> dict[str, Any]:
    document = module(deal__fields=fields)
    document["deal"]["duplicates"] = {"control": "formwire", "found": "update"}
    return document


@pytest.mark.parametrize(("field", "policy", "wrote", "sent"), TABLE)
def test_a_policy(crm: Crm, field: str, policy: str, wrote: Any, sent: Any) -> None:
    id = {"Topic": "topic", "Product line": "product", "Interests": "interests"}[field]
    deal = deal_with(crm, **{id: FIELDS[field]["there"]})
    document = updating(**{field: {"value": FIELDS[field]["answer"], "write": policy}})
    written = {deal: {id: wrote}} if wrote else None
    step = plan(crm, document, written=written).step("deal")
    assert step is not None
    assert step.fields.get(id) == sent
    assert (policy == "untouched") is (id in step.watched)


def test_nothing_goes_backwards_in_a_list(crm: Crm) -> None:
    deal_with(crm, product="hardware")
    document = updating(**{"Product line": {"value": "Software", "write": "forward"}})
    assert why(plan(crm, document), "deal")["product"] == "kept: it is further on"


@pytest.mark.parametrize(
    ("empty", "there", "sent"),
    [("keep", "looms", False), ("erase", "looms", True), ("erase", None, False)],
)
def test_only_a_row_that_says_so_erases(
    crm: Crm, empty: str, there: str | None, sent: bool
) -> None:
    deal_with(crm, **({"topic": there} if there else {}))
    document = updating(Topic={"value": "{{ field.nothing }}", "empty": empty})
    step = plan(crm, document).step("deal")
    assert step is not None
    assert ("topic" in step.fields) is sent
    assert step.fields.get("topic") is None


def test_an_answer_that_cannot_be_used_erases_nothing(crm: Crm) -> None:
    deal_with(crm, seats="3")
    document = updating(Seats={"value": "many", "empty": "erase", "write": "overwrite"})
    step = plan(crm, document).step("deal")
    assert step is not None
    assert "seats" not in step.fields


@pytest.mark.parametrize(
    ("answer", "sent"),
    [("@ada", ["telegram:@ada"]), ("", None)],
)
def test_the_messenger_is_an_address_of_its_kind(
    crm: Crm, answer: str, sent: list[str] | None
) -> None:
    document = module(contact__messenger={"type": "Telegram", "value": "{{ field.telegram }}"})
    step = plan(crm, document, telegram=answer).step("contact")
    assert step is not None
    assert step.fields.get("messenger") == sent


def test_several_phones_and_extra_ones_of_the_company(crm: Crm) -> None:
    document = module(
        contact__fields={
            "name": "{{ field.first_name }}",
            "phone": ["{{ field.phone }}", "{{ field.phone2 }}"],
        },
        contact__match=["phone"],
        company__extra_phones=["{{ field.phone2 }}", "{{ field.phone3 }}"],
    )
    made = plan(crm, document, phone2="+380501112233", phone3="")
    contact, company = made.step("contact"), made.step("company")
    assert contact is not None
    assert company is not None
    assert contact.fields["phone"] == ["+380671234567", "+380501112233"]
    assert company.fields["phone"] == ["+380501112233"]


def test_answers_nothing_uses_go_into_a_note(crm: Crm) -> None:
    made = plan(crm, module(deal__rest="note", deal__note=None), floor="third", lift="")
    note = made.step("deal.note.0")
    assert note is not None
    assert note.fields["text"] == "floor: third"
    assert set(ANSWERS) - {"floor"}, "used ones are left out"


@pytest.mark.parametrize(
    ("when", "found", "made"),
    [
        ("created", False, True),
        ("created", True, False),
        ("found", False, False),
        ("found", True, True),
        ("always", False, True),
        ("always", True, True),
    ],
)
def test_tasks_notes_and_tags_have_their_occasions(
    crm: Crm, when: str, found: bool, made: bool
) -> None:
    if found:
        crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"])
    document = module(
        contact__note={"text": "Hello", "when": when},
        contact__tags=[{"tag": "vip", "when": when}],
        contact__tasks=[{"text": "Greet", "when": when}],
    )
    decided = plan(crm, document)
    assert ("contact.note.0" in actions(decided)) is made
    assert ("contact.task.0" in actions(decided)) is made
    contact = decided.step("contact")
    assert contact is not None
    assert ("vip" in contact.tags) is made


def test_all_found_contacts_are_changed_and_the_newest_linked(crm: Crm) -> None:
    for number in range(3):
        crm.add(Kind.CONTACT, name=f"Ada {number}", email=["ada@example.org"])
    decided = plan(crm, module(contact__several="all"))
    assert {key for key in actions(decided) if key.startswith("contact")} >= {
        "contact",
        "contact.2",
        "contact.3",
    }
    contact = decided.step("contact")
    assert contact is not None
    assert contact.title == "Ada 2"
    assert contact.action is Action.UPDATE
    assert len([one for one in decided.candidates if one.taken]) == 3
