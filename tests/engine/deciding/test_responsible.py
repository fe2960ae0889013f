"""Who becomes responsible."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connectors.base import Kind
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from tests.engine.deciding.test_planning import Crm, crm, module, plan

__all__ = ["crm"]

TOPIC = {"==": [{"var": "field.topic"}, "engines"]}
TABLE: list[tuple[Any, str | None, str]] = [
    ("anna@acme.test", "anna", "always the same person"),
    ("Grace", "grace", "always the same person"),
    ({"user": "boris@acme.test"}, None, ""),  # deactivated
    ({"user": "boris@acme.test", "otherwise": "grace"}, "grace", "nobody else"),
    ({"from_field": "{{ field.topic }}", "map": {"Engines": "anna"}}, "anna", "from the form"),
    (
        {"from_field": "{{ field.topic }}", "map": {"tea": "anna"}, "otherwise": "grace"},
        "grace",
        "",
    ),
    ({"rules": [{"when": TOPIC, "user": "anna"}], "otherwise": "grace"}, "anna", "rule 1"),
    ({"rules": [{"when": {"!": TOPIC}, "user": "anna"}], "otherwise": "grace"}, "grace", ""),
    ({"like": "contact", "otherwise": "grace"}, "grace", ""),  # nobody found
]


@pytest.mark.parametrize(("responsible", "user", "why"), TABLE)
def test_the_way_of_choosing(crm: Crm, responsible: Any, user: str | None, why: str) -> None:
    made = plan(crm, module(responsible=responsible))
    for key in ("contact", "company", "deal"):
        step = made.step(key)
        assert step is not None
        assert step.fields.get("responsible") == user
    task = made.step("deal.task.0")
    assert task is not None
    assert task.fields.get("responsible") == user
    change = next((c for c in step.changes if c.field == "responsible"), None)
    assert (change is None) is (user is None)
    assert change is None or why in change.why


def test_a_deactivated_user_is_passed_over_with_a_warning(crm: Crm) -> None:
    made = plan(crm, module(responsible="boris@acme.test"))
    assert any("deactivated" in warning for warning in made.warnings)


def test_seven_leads_over_three_people_are_three_two_and_two(crm: Crm) -> None:
    document = module(responsible={"in_turn": ["anna", "boris", "grace"]})
    users = []
    for turn in range(7):
        made = plan(crm, document, turn=turn, email=f"p{turn}@example.org", phone="")
        assert made.takes_turn
        deal = made.step("deal")
        assert deal is not None
        users.append(deal.fields["responsible"])
    assert users == ["anna", "grace"] * 3 + ["anna"], "boris is deactivated"


def test_weights_are_spread_evenly(crm: Crm) -> None:
    document = module(responsible={"weighted": {"anna": 2, "grace": 1}})
    users = []
    for turn in range(6):
        deal = plan(crm, document, turn=turn).step("deal")
        assert deal is not None
        users.append(deal.fields["responsible"])
    assert Counter(users) == {"anna": 4, "grace": 2}
    assert users[:3] == ["anna", "grace", "anna"]


def test_a_new_deal_can_go_to_the_contacts_person(crm: Crm) -> None:
    crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"], responsible="grace")
    made = plan(crm, module(responsible={"like": "contact", "otherwise": "anna"}))
    deal, contact = made.step("deal"), made.step("contact")
    assert deal is not None
    assert contact is not None
    assert deal.fields["responsible"] == "grace"
    assert "responsible" not in contact.fields, "a found record keeps its own"


def test_a_run_that_creates_nothing_takes_no_turn(crm: Crm) -> None:
    ada = crm.add(Kind.CONTACT, name="Ada Lovelace", email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old")
    document = module(company=None, responsible={"in_turn": ["anna", "grace"]}, deal__note=None)
    document["deal"]["duplicates"] = {"control": "formwire", "found": "keep"}
    assert not plan(crm, document).takes_turn


@pytest.mark.parametrize(
    "responsible",
    [{}, {"user": "anna", "in_turn": ["grace"]}, {"otherwise": "anna"}, {"weighted": {"anna": 0}}],
)
def test_exactly_one_way_must_be_chosen(responsible: dict[str, Any]) -> None:
    with pytest.raises(DocumentMistakes):
        load_module(module(responsible=responsible))
