"""Which open deals a submission goes on with; the simple cases stand in test_planning."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Kind
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.deciding.plan import Action
from tests.engine.deciding.test_planning import Crm, actions, crm, module, plan

__all__ = ["crm"]


def looking(**duplicates: Any) -> dict[str, Any]:
    return module(deal__duplicates={"control": "formwire", "found": "update", **duplicates})


@pytest.mark.parametrize(
    ("look_in", "found"),
    [
        ({"where": {"Topic": "Engines"}}, True),
        ({"where": {"Topic": "{{ field.topic }}"}}, True),
        ({"where": {"Topic": "looms"}}, False),
        ({"where": {"Product line": "Hardware"}}, False),
        ({"where": {"Interests": "Prices"}}, True),
        ({"younger_than": {"days": 1}}, True),
        ({"younger_than": {}}, True),
    ],
)
def test_further_conditions_narrow_the_search(
    crm: Crm, look_in: dict[str, Any], found: bool
) -> None:
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old", topic="engines", interests=["demo", "prices"])
    made = plan(crm, looking(look_in=look_in))
    assert actions(made)["deal"] == ("update" if found else "create")
    assert [one.taken for one in made.candidates if one.kind is Kind.DEAL] == [found]


def test_a_deal_that_is_too_old_is_left_alone(crm: Crm) -> None:
    crm.minutes = -3 * 24 * 60
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old")
    made = plan(crm, looking(look_in={"younger_than": {"days": 2}}))
    assert actions(made)["deal"] == "create"
    (candidate,) = [one for one in made.candidates if one.kind is Kind.DEAL]
    assert candidate.why == "it is too old"


def test_all_open_deals_can_go_on(crm: Crm) -> None:
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    for name in ("first", "second", "third"):
        crm.add(Kind.DEAL, links=(ada,), name=name)
    made = plan(crm, looking(several="all", found="move"), company="")
    titles = [step.title for step in made.steps if step.kind is Kind.DEAL]
    assert sorted(titles) == ["first", "second", "third"]
    assert [step.key for step in made.steps if step.kind is Kind.DEAL] == [
        "deal",
        "deal.2",
        "deal.3",
    ]
    assert {key for key in actions(made) if ".note." in key} == {
        "deal.note.0",
        "deal.2.note.0",
        "deal.3.note.0",
    }


def test_a_found_deal_can_get_a_task_of_its_own(crm: Crm) -> None:
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old", responsible="grace")
    made = plan(crm, looking(task={"text": "They came back"}))
    (task,) = [step for step in made.steps if step.kind is Kind.TASK]
    assert task.title == "They came back"
    assert task.fields["responsible"] == "grace", "the deal's own person"
    fresh = plan(crm, looking(task={"text": "They came back"}), email="p@example.org", phone="")
    assert "They came back" not in [step.title for step in fresh.steps]


def test_the_crms_own_control_looks_for_nothing_and_sends_all_in_one(crm: Crm) -> None:
    crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"])
    made = plan(crm, module(deal__duplicates={"control": "crm"}))
    assert made.merge
    assert made.looked_up == ()
    assert {actions(made)[key] for key in ("contact", "company", "deal")} == {"create"}


@pytest.mark.parametrize("ours", [{"found": "move"}, {"several": "all"}, {"look_in": {}}])
def test_both_controls_at_once_make_no_sense(ours: dict[str, Any]) -> None:
    with pytest.raises(DocumentMistakes, match="control crm"):
        load_module(module(deal__duplicates={"control": "crm", **ours}))


def test_a_deal_without_people_is_allowed(crm: Crm) -> None:
    made = plan(crm, module(contact=None, company=None))
    assert actions(made).keys() == {"deal", "deal.task.0", "deal.note.0"}


def test_a_contact_alone_is_allowed(crm: Crm) -> None:
    made = plan(crm, module(company=None, deal=None))
    assert made.steps[0].action is Action.CREATE
    assert actions(made).keys() == {"contact"}


def test_the_plan_tells_what_was_looked_up_and_considered(crm: Crm) -> None:
    best = crm.add(Kind.CONTACT, name="A", email=["ada@example.org"], phone=["+380671234567"])
    crm.add(Kind.CONTACT, name="B", email=["ada@example.org"])
    made = plan(crm)
    by_email = next(one for one in made.looked_up if one.field == "email")
    assert len(by_email.found) == 2
    reasons = {one.id: (one.taken, one.why) for one in made.candidates}
    assert reasons[best.id] == (True, "matches by email, phone")
    assert (False, "matches by email; another matches by more") in reasons.values()
