"""From answers and what the CRM has to a plan. One CRM in memory answers the look-ups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Kind, Query, Record, Ref
from connectors.memory import MemoryConnector, MemoryCrm
from engine.deciding import plan as plans
from engine.deciding.activity import activity
from engine.deciding.compiling import CompiledModule
from engine.deciding.form import FormConfig
from engine.deciding.module import load_module
from engine.deciding.plan import Action, Plan
from engine.deciding.planning import (
    LookUp,
    deal_queries,
    decide,
    match_people,
    people_queries,
)
from engine.deciding.recognition import run_identities
from engine.deciding.wanting import ModuleOutdated

FORM = FormConfig(form="demo", name="Demo", region="UA", zone="Europe/Kyiv")
ANSWERS = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "067 123 45 67",
    "company": "Analytical",
    "budget": "1 500,50 ₴",
    "topic": "engines",
    "product": "Software",
}
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def module(**changes: Any) -> dict[str, Any]:
    """A module that uses every part; ``changes`` replace entries, dotted names those inside."""
    document: dict[str, Any] = {
        "form": "demo",
        "module": "sales",
        "connection": "memory",
        "responsible": "anna@acme.test",
        "contact": {
            "fields": {
                "name": "{{ field.first_name }} {{ field.last_name }}",
                "phone": "{{ field.phone }}",
                "email": "{{ field.email }}",
            },
            "tags": ["website", "{{ utm.source }}"],
        },
        "company": {"match": ["name"], "fields": {"name": "{{ field.company }}"}},
        "deal": {
            "pipeline": "Sales",
            "stage": "New request",
            "name": "{{ form.name }}: {{ field.first_name }}",
            "budget": "{{ field.budget }}",
            "fields": {"Topic": "{{ field.topic }}", "Product line": "{{ field.product }}"},
            "note": "Asked about {{ field.topic }}",
            "tasks": [{"type": "Call", "text": "Call {{ field.first_name }}", "due": {"hours": 2}}],
        },
    }
    for name, value in changes.items():
        *path, last = name.split("__")
        place = document
        for part in path:
            place = place[part]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return document


def answers(**fields: str) -> dict[str, Any]:
    return {
        "field": {**ANSWERS, **fields},
        "utm": {"source": "google"},
        "page": {},
        "visitor": {},
        "form": {"key": "demo", "name": "Demo"},
        "submission": {"id": "abc", "number": 7, "date": AT.isoformat()},
    }


class Crm:
    """A CRM in memory whose clock goes a minute with each record."""

    def __init__(self) -> None:
        self.minutes = 0
        self.memory = MemoryCrm(now=self._now)
        self.connector = MemoryConnector(self.memory)

    def add(self, kind: Kind, links: tuple[Ref, ...] = (), **fields: Any) -> Ref:
        return self.memory.add(kind, fields, links=links).ref

    def look(self, look_ups: list[LookUp]) -> dict[LookUp, list[Record]]:
        return {(kind, query): self.connector.find(kind, [query])[0] for kind, query in look_ups}

    def _now(self) -> datetime:
        self.minutes += 1
        return AT + timedelta(minutes=self.minutes)


@pytest.fixture
def crm() -> Crm:
    return Crm()


def plan(
    crm: Crm,
    document: dict[str, Any] | None = None,
    *,
    turn: int = 0,
    written: dict[Ref, dict[str, Any]] | None = None,
    **fields: str,
) -> Plan:
    config = load_module(document or module())
    intent = CompiledModule(config, FORM, crm.memory.catalog).want(answers(**fields), AT)
    found = crm.look(people_queries(intent))
    people = match_people(intent, found)
    found |= crm.look(deal_queries(intent, people))
    return decide(intent, people, found, crm.memory.catalog, turn=turn, written=written)


def actions(plan: Plan) -> dict[str, str]:
    return {step.key: str(step.action) for step in plan.steps}


def why(plan: Plan, key: str) -> dict[str, str]:
    step = plan.step(key)
    assert step is not None
    return {change.field: change.why for change in step.changes}


def test_a_new_person_gets_contact_company_deal_task_and_note(crm: Crm) -> None:
    made = plan(crm)
    assert actions(made) == {
        "company": "create",
        "contact": "create",
        "contact-company": "link",
        "deal": "create",
        "deal.task.0": "create",
        "deal.note.0": "create",
    }
    deal = made.step("deal")
    assert deal is not None
    assert deal.links == ("company", "contact")
    assert deal.fields == {
        "pipeline": "sales",
        "stage": "new",
        "topic": "engines",
        "product": "software",
        "name": "Demo: Ada",
        "budget": "1500.5",
        "responsible": "anna",
    }
    contact = made.step("contact")
    assert contact is not None
    assert contact.fields["phone"] == ["+380671234567"]
    assert contact.tags == ("website", "google")
    task = made.step("deal.task.0")
    assert task is not None
    assert task.fields == {
        "text": "Call Ada",
        "due": "2026-11-21T13:00:00+02:00",
        "type": "call",
        "responsible": "anna",
    }
    told = {change.label: change.after for change in task.changes}
    assert (told["Type"], told["Responsible"]) == ("Call", "Anna")


def test_a_plan_survives_storing(crm: Crm) -> None:
    made = plan(crm)
    assert plans.load(plans.dump(made)) == made


@pytest.mark.parametrize(
    ("policy", "field", "there", "sent"),
    [
        ("complete", "name", "A. Lovelace", {}),
        ("overwrite", "name", "A. Lovelace", {"name": "Ada Lovelace"}),
        ("leave", "name", "A. Lovelace", {}),
        ("overwrite", "name", "Ada Lovelace", {}),
    ],
)
def test_a_found_contact_is_changed_as_the_policy_says(
    crm: Crm, policy: str, field: str, there: str, sent: dict[str, str]
) -> None:
    crm.add(Kind.CONTACT, **{field: there}, email=["ada@example.org"], phone=["+380671234567"])
    step = plan(crm, module(contact__on_match=policy, contact__tags=None)).step("contact")
    assert step is not None
    assert step.record_id is not None
    assert step.fields == sent
    assert step.action is (Action.UPDATE if sent else Action.LEAVE)


def test_a_row_has_its_own_policy(crm: Crm) -> None:
    crm.add(Kind.CONTACT, name="A", email=["ada@example.org"], position="Countess")
    document = module()
    document["contact"]["fields"]["Position"] = {"value": "{{ field.topic }}", "write": "overwrite"}
    step = plan(crm, document).step("contact")
    assert step is not None
    assert step.fields == {"position": "engines", "phone": ["+380671234567"]}


def test_complete_fills_what_is_empty_and_adds_phones(crm: Crm) -> None:
    crm.add(Kind.CONTACT, email=["ada@example.org"], phone=["+380501112233"])
    step = plan(crm).step("contact")
    assert step is not None
    assert step.fields == {"name": "Ada Lovelace", "phone": ["+380671234567"]}
    assert {change.field: change.after for change in step.changes}["phone"] == (
        "+380501112233, +380671234567"
    )


def test_a_phone_written_differently_is_there_already(crm: Crm) -> None:
    crm.add(Kind.CONTACT, name="Ada", phone=["067-123-45-67"], email=["ADA@example.org"])
    made = plan(crm)
    assert why(made, "contact")["phone"] == "there already"
    assert why(made, "contact")["email"] == "there already"


def test_tags_are_added_and_none_is_written_twice(crm: Crm) -> None:
    ref = crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"])
    crm.memory.change(ref, {}, ["WEBSITE", "vip"])
    step = plan(crm).step("contact")
    assert step is not None
    assert step.tags == ("google",)


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_answer_never_erases(crm: Crm, empty: str) -> None:
    crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"], position="Countess")
    document = module(contact__on_match="overwrite")
    document["contact"]["fields"]["Position"] = "{{ field.job }}"
    step = plan(crm, document, job=empty).step("contact")
    assert step is not None
    assert "position" not in step.fields


@pytest.mark.parametrize(
    ("match_on", "found"),
    [("any", True), ("all", False)],
)
def test_any_or_all_keys_must_match(crm: Crm, match_on: str, found: bool) -> None:
    crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"])
    step = plan(crm, module(contact__match_on=match_on)).step("contact")
    assert step is not None
    assert (step.record_id is not None) is found


JUNK = "8 (067) 123 45 67"


def test_what_is_no_number_recognises_nobody_unless_the_module_says_so(crm: Crm) -> None:
    ref = crm.add(Kind.CONTACT, name="Ada", phone=[JUNK])
    assert plan(crm).step("contact").action is Action.CREATE
    found = plan(crm, module(contact__phones="last_digits"))
    assert found.step("contact").record_id == ref.id
    told = "by the last 10 digits of phone"
    assert found.step("contact").why == f"matched {told} +380671234567"
    assert [one.why for one in found.candidates] == [f"matches {told}"]
    assert found.step("contact").fields["phone"] == ["+380671234567"]


def test_a_match_by_last_digits_is_weaker_than_any_other(crm: Crm) -> None:
    exact = crm.add(Kind.CONTACT, name="Ada", email=["ada@example.org"])
    crm.add(Kind.CONTACT, name="Eve", phone=[JUNK])
    changes = {"contact__phones": "last_digits", "contact__several": "all"}
    made = plan(crm, module(**changes))
    assert made.step("contact").record_id == exact.id
    assert made.step("contact.2") is None
    assert {one.title: one.why for one in made.candidates if one.kind is Kind.CONTACT} == {
        "Ada": "matches by email",
        "Eve": "matches by the last 10 digits of phone; another matches by more",
    }


def test_the_same_number_counts_in_full_beside_one_that_is_none(crm: Crm) -> None:
    ref = crm.add(Kind.CONTACT, name="Ada", phone=[JUNK, "0671234567"], email=["ada@example.org"])
    step = plan(crm, module(contact__phones="last_digits")).step("contact")
    assert (step.record_id, step.why) == (
        ref.id,
        "matched by email ada@example.org, phone +380671234567",
    )


@pytest.mark.parametrize(("several", "chosen"), [("newest", "second"), ("oldest", "first")])
def test_of_several_contacts_one_is_chosen(crm: Crm, several: str, chosen: str) -> None:
    crm.add(Kind.CONTACT, name="first", email=["ada@example.org"])
    crm.add(Kind.CONTACT, name="second", email=["ada@example.org"])
    step = plan(crm, module(contact__several=several)).step("contact")
    assert step is not None
    assert step.title == chosen


def test_the_contact_that_matches_more_keys_is_preferred(crm: Crm) -> None:
    both = crm.add(Kind.CONTACT, email=["ada@example.org"], phone=["+380671234567"])
    crm.add(Kind.CONTACT, email=["ada@example.org"])
    step = plan(crm).step("contact")
    assert step is not None
    assert step.record_id == both.id


def test_several_contacts_can_be_held_for_a_person(crm: Crm) -> None:
    crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.CONTACT, email=["ada@example.org"])
    made = plan(crm, module(contact__several="hold"))
    assert made.hold is not None
    assert made.hold.startswith("several contact records match by email: ")


@pytest.mark.parametrize("key", ["phone", "email"])
@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.COMPANY])
def test_a_deal_is_found_through_contact_or_company_by_phone_or_email(
    crm: Crm, kind: Kind, key: str
) -> None:
    value = {"phone": ["+380671234567"], "email": ["ada@example.org"]}[key]
    owner = crm.add(kind, name="Whoever", **{key: value})
    deal = crm.add(Kind.DEAL, links=(owner,), name="Old")
    document = module(company__match=["phone", "email"])
    document["deal"]["duplicates"] = {"control": "formwire", "found": "update"}
    step = plan(crm, document).step("deal")
    assert step is not None
    assert step.record_id == deal.id


DEALS = {
    # control, found, target stage, deal's stage → action, fields sent
    "no control": ("none", "keep", "New request", "new", "create"),
    "keep": ("formwire", "keep", "New request", "new", "leave"),
    "update": ("formwire", "update", "New request", "new", "update"),
    "move on": ("formwire", "move", "Talking", "new", "move"),
    "move to where it is": ("formwire", "move", "New request", "new", "update"),
    "never backwards": ("formwire", "move", "New request", "talking", "update"),
    "create all the same": ("formwire", "create", "New request", "new", "create"),
    "closed": ("formwire", "update", "New request", "won", "create"),
}


@pytest.mark.parametrize("case", DEALS.values(), ids=DEALS)
def test_an_open_deal_is_dealt_with_as_the_module_says(
    crm: Crm, case: tuple[str, str, str, str, str]
) -> None:
    control, found, target, stage, action = case
    ada = crm.add(Kind.CONTACT, name="Ada Lovelace", email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old", pipeline="sales", stage=stage)
    document = module(deal__stage=target)
    document["deal"]["duplicates"] = {"control": control, "found": found}
    step = plan(crm, document).step("deal")
    assert step is not None
    assert step.action == action
    assert step.fields.get("stage") == {
        "create": {"New request": "new"}.get(target),
        "move": "talking",
    }.get(action)
    if action in ("update", "move"):
        assert "name" not in step.fields, "complete keeps the name that is there"
        assert step.fields["topic"] == "engines"


def test_backwards_must_be_allowed(crm: Crm) -> None:
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old", pipeline="sales", stage="talking")
    document = module()
    document["deal"]["duplicates"] = {"control": "formwire", "found": "move", "backwards": True}
    step = plan(crm, document).step("deal")
    assert step is not None
    assert step.action is Action.MOVE
    assert step.fields["stage"] == "new"


@pytest.mark.parametrize(
    ("look_in", "found"),
    [
        ({}, True),
        ({"pipelines": ["Sales"]}, True),
        ({"pipelines": ["Service"]}, False),
        ({"stages": ["New request"]}, True),
        ({"stages": ["Talking"]}, False),
    ],
)
def test_open_deals_are_looked_for_in_chosen_places(
    crm: Crm, look_in: dict[str, Any], found: bool
) -> None:
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old", pipeline="sales", stage="new")
    document = module()
    document["deal"]["duplicates"] = {"control": "formwire", "look_in": look_in, "found": "keep"}
    assert actions(plan(crm, document))["deal"] == ("leave" if found else "create")


@pytest.mark.parametrize(
    ("several", "expected"), [("newest", "second"), ("create", "create"), ("hold", "hold")]
)
def test_several_open_deals(crm: Crm, several: str, expected: str) -> None:
    ada = crm.add(Kind.CONTACT, email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="first")
    crm.add(Kind.DEAL, links=(ada,), name="second")
    document = module()
    document["deal"]["duplicates"] = {"control": "formwire", "found": "keep", "several": several}
    made = plan(crm, document)
    step = made.step("deal")
    match expected:
        case "hold":
            assert made.hold
        case "create":
            assert step is not None
            assert step.action is Action.CREATE
        case _:
            assert step is not None
            assert step.title == expected


def test_tasks_are_only_set_for_new_records_and_notes_always(crm: Crm) -> None:
    ada = crm.add(Kind.CONTACT, name="Ada Lovelace", email=["ada@example.org"])
    crm.add(Kind.DEAL, links=(ada,), name="Old")
    document = module()
    document["deal"]["duplicates"] = {"control": "formwire", "found": "keep"}
    document["contact"]["tasks"] = [{"text": "Greet {{ field.first_name }}"}]
    keys = actions(plan(crm, document))
    assert "deal.note.0" in keys
    assert not [key for key in keys if ".task." in key]


def test_a_found_deal_is_linked_with_a_new_contact(crm: Crm) -> None:
    firm = crm.add(Kind.COMPANY, name="Analytical")
    crm.add(Kind.DEAL, links=(firm,), name="Old")
    document = module()
    document["deal"]["duplicates"] = {"control": "formwire", "found": "keep"}
    made = plan(crm, document)
    assert actions(made)["deal-contact"] == "link"
    assert "deal-company" not in actions(made)


def test_a_contact_keeps_the_company_it_has(crm: Crm) -> None:
    other = crm.add(Kind.COMPANY, name="Other")
    crm.add(Kind.CONTACT, links=(other,), email=["ada@example.org"])
    made = plan(crm)
    assert "contact-company" not in actions(made)
    assert any("another company" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("fields", "absent"),
    [
        ({"company": ""}, {"company", "contact-company"}),
        (
            {"first_name": "", "last_name": "", "email": "", "phone": ""},
            {"contact", "contact-company"},
        ),
    ],
)
def test_a_part_without_anything_to_say_is_left_out(
    crm: Crm, fields: dict[str, str], absent: set[str]
) -> None:
    made = plan(crm, None, **fields)
    assert not absent & actions(made).keys()
    assert made.step("deal") is not None
    assert made.warnings


@pytest.mark.parametrize(
    ("fields", "kind", "field", "words"),
    [
        ({"phone": "12"}, "contact", "phone", "Phone"),
        ({"email": "ada at example"}, "contact", "email", "E-mail"),
        ({"budget": "a lot"}, "deal", "budget", "Budget"),
        ({"product": "Abacus"}, "deal", "product", "Product line"),
    ],
)
def test_an_answer_that_cannot_be_used_is_left_out_with_a_warning(
    crm: Crm, fields: dict[str, str], kind: str, field: str, words: str
) -> None:
    made = plan(crm, None, **fields)
    step = made.step(kind)
    assert step is not None
    assert field not in step.fields
    assert any(words in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deal__stage": "Gone"}, "no stage 'Gone'"),
        ({"deal__pipeline": "Gone"}, "no pipeline 'Gone'"),
        ({"deal__fields": {"Gone": "{{ field.topic }}"}}, "no field 'Gone'"),
        ({"deal__fields": {"Score": "1"}}, "cannot be written"),
        ({"responsible": "gone@acme.test"}, "no user"),
        ({"responsible": {"in_turn": ["anna@acme.test", "gone@acme.test"]}}, "no user"),
        ({"contact__messenger": {"type": "pigeon", "value": "x"}}, "'pigeon' addresses"),
        ({"deal__fields": {"Topic": {"value": "x", "write": "forward"}}}, "is no list"),
        ({"deal__tasks": [{"text": "x", "type": "Gone"}]}, "no task type 'Gone'"),
        ({"deal__duplicates": {"look_in": {"stages": ["Gone"]}}}, "no stage 'Gone' to look"),
    ],
)
def test_what_the_account_lacks_is_named(crm: Crm, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ModuleOutdated) as caught:
        plan(crm, module(**change))
    assert words in str(caught.value)


def test_every_missing_thing_is_named_at_once(crm: Crm) -> None:
    document = module(deal__stage="Gone", responsible="gone@acme.test")
    with pytest.raises(ModuleOutdated) as caught:
        plan(crm, document)
    assert len(caught.value.problems) == 2


def test_a_visitors_braces_are_only_text(crm: Crm) -> None:
    step = plan(crm, None, first_name="{{ 7 * 7 }}").step("contact")
    assert step is not None
    assert step.title == "{{ 7 * 7 }} Lovelace"


def test_a_compiled_module_remembers_nothing_of_a_submission(crm: Crm) -> None:
    row = {"value": "{{ field.product }}", "map": {"software": "Software"}, "unknown": "note"}
    document = module(
        deal__fields={"Product line": row}, responsible={"from_field": "{{ field.x }}"}
    )
    config, catalog = load_module(document), crm.memory.catalog
    compiled = CompiledModule(config, FORM, catalog)
    odd = answers(product="tiny", phone="no number", x="nobody@acme.test")
    assert len(compiled.want(odd, AT).warnings) == 3
    assert compiled.want(answers(x="anna@acme.test"), AT) == CompiledModule(
        config, FORM, catalog
    ).want(answers(x="anna@acme.test"), AT)


def test_identities_are_known_without_a_catalog() -> None:
    config = load_module(module())
    assert run_identities(config, answers(), FORM) == (
        "email:ada@example.org",
        "phone:+380671234567",
    )


def test_a_company_without_keys_of_its_own_goes_by_the_contacts(crm: Crm) -> None:
    document = module(company__match=["email"])
    config = load_module(document)
    intent = CompiledModule(config, FORM, crm.memory.catalog).want(answers(), AT)
    assert (Kind.COMPANY, Query("email", "ada@example.org")) in people_queries(intent)


RULES = {
    "no rules": ([], True),
    "activate true": ([{"activate": {"==": [{"var": "field.topic"}, "engines"]}}], True),
    "activate false": ([{"activate": {"==": [{"var": "field.topic"}, "tea"]}}], False),
    "any activate is enough": (
        [
            {"activate": {"==": [{"var": "field.topic"}, "tea"]}},
            {"activate": {"==": [{"var": "field.topic"}, "engines"]}},
        ],
        True,
    ),
    "deactivate wins": (
        [
            {"activate": {"==": [{"var": "field.topic"}, "engines"]}},
            {"deactivate": {"in": ["@example.org", {"var": "field.email"}]}},
        ],
        False,
    ),
}


@pytest.mark.parametrize("case", RULES.values(), ids=RULES)
def test_rules_switch_the_module(case: tuple[list[Any], bool]) -> None:
    rules, active = case
    verdict = activity(load_module(module(active={"rules": rules})), answers())
    assert verdict.active is active
    assert len(verdict.trace) == len(rules)


def test_a_disabled_module_is_not_active() -> None:
    verdict = activity(load_module(module(active={"enabled": False})), answers())
    assert not verdict.active
    assert "switched off" in verdict.why
