"""What holds for every answer, however hostile."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.base import Fields, Json, Kind, Query, Record
from connectors.memory import MEMORY, MemoryConnector
from connectors.memory.account import CATALOG
from engine.deciding import plan as plans
from engine.deciding.activity import activity
from engine.deciding.answers import answers_mapping
from engine.deciding.compiling import CompiledModule
from engine.deciding.form import FormConfig
from engine.deciding.module import load_module
from engine.deciding.plan import Action, Plan, Step
from engine.deciding.planning import deal_queries, decide, match_people, people_queries
from engine.deciding.reading import read_body
from engine.deciding.recognition import run_identities
from engine.deciding.rendering import as_text
from engine.instance import Instance
from engine.storage.forms import save_module
from engine.storage.models import RunState, StepState
from tests.engine.delivery.world import World, make_world

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FORM = FormConfig(form="demo", name="Demo", region="UA", zone="Europe/Kyiv")
SECRET = "c4nary"

TYPED = {
    Kind.CONTACT: {
        "Position": "{{ field.a | trim | title | truncate(30) }}",
        "Birthday": {"value": "{{ field.b }}", "convert": [{"date": "DD.MM.YYYY"}]},
        "Profile": "{{ field.c }}",
        "About": {"value": "{{ field.d }}", "write": "append"},
    },
    Kind.DEAL: {
        "Topic": {"value": "{{ field.a }}", "map": {"x": "y"}, "unknown": "note"},
        "Seats": {"value": "{{ field.b }}", "convert": ["number"], "empty": "erase"},
        "Newsletter": {"value": "{{ field.c }}", "convert": ["yes_no"], "unknown": "keep"},
        "Wanted date": {"value": "{{ field.d | date('dd.mm.yyyy') }}", "write": "overwrite"},
        "Meeting at": "{{ field.d }}",
        "Product line": {"value": "{{ field.a }}", "unknown": {"value": "Software"}},
        "Interests": {"value": "{{ field.b }}", "convert": ["each"], "write": "append"},
        "UTM_SOURCE": "{{ utm.source | default('none') | upper }}",
    },
}
MODULE: dict[str, Any] = {
    "form": "demo",
    "module": "sales",
    "connection": "memory",
    "active": {
        "rules": [
            {"deactivate": {"matches": [{"var": "field.a"}, "^never (a|b)+$"]}},
            {"deactivate": {">": [{"var": "field.b"}, 10**12]}},
        ]
    },
    "responsible": {"from_field": "{{ field.c }}", "map": {"a": "anna@acme.test"}},
    "contact": {
        "fields": {
            "name": "{{ field.name }}",
            "phone": ["{{ field.phone }}", "{{ field.b | phone }}"],
            "email": "{{ field.email }}",
            **TYPED[Kind.CONTACT],
        },
        "messenger": {"type": "telegram", "value": "{{ field.c }}"},
        "tags": ["{{ field.a }}", "{{ utm.source }}"],
        "note": "{{ field.a }} {{ field.b | join(' / ') }} of {{ contact.id }}",
    },
    "company": {
        "fields": {"name": "{{ field.company }}", "Web": "{{ field.d }}"},
        "match": ["name"],
        "extra_phones": ["{{ field.a }}", "{{ field.phone }}"],
    },
    "deal": {
        "pipeline": "Sales",
        "stage": "New request",
        "name": "{{ field.a | option('x=y') }} {{ field.b | first }}",
        "budget": "{{ field.d }}",
        "fields": TYPED[Kind.DEAL],
        "tasks": [{"text": "{{ field.c }}", "due": {"on": "{{ field.d }}", "days": -1}}],
        "duplicates": {
            "control": "formwire",
            "look_in": {"where": {"Topic": "{{ field.a }}"}, "younger_than": {"days": 9}},
            "found": "update",
        },
    },
}
"""Every source of trouble: each type of field, conversions, filters, rules, records' ids to come."""

TROUBLE = (
    *(
        "{{ field.secret }}",
        "{{ 7 * 7 }}",
        "{% for x in y %}",
        "{{",
        "}}",
        "{#",
        "{{ contact.id }}",
    ),
    *("\ufdd0\ufdd2", "\x00", "\u202e", "😀", "İ", "ß", "١٢٣", "٣١.١٢.٢٠٢٦", "½", "²"),
    *(
        "31.12.9999",
        "00.00.0000",
        "2026-02-30",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ),
    *(
        "1e999",
        "-0",
        "NaN",
        "1.234,56 ₴",
        "9" * 400,
        "0x10",
        "+380671234567",
        "+000",
        "a@b.c",
        "@@",
    ),
    *("https://[", "http://x y", "javascript:alert(1)", "yes", "так", ",;\n|", "^never aaaa", "a"),
)
NEVER_TEXT = {"\x00": "�", **dict.fromkeys(map(chr, range(0xFDD0, 0xFDF0)), "")}
PIECES = st.one_of(
    st.sampled_from(TROUBLE), st.text(max_size=20), st.text(string.printable, max_size=20)
)
TEXTS = st.lists(PIECES, max_size=4).map("".join)
ANSWERS = st.dictionaries(
    st.sampled_from(["name", "phone", "email", "company", "a", "b", "c", "d"]),
    TEXTS | st.lists(TEXTS, max_size=4),
    max_size=8,
)
KNOWN = {
    "contact": {"name": "Ada", "phone": ["0671234567"], "email": ["a@b.c"], "about": "x"},
    "company": {"name": "a", "phone": ["+380671234567"]},
    "deal": {"topic": "a", "stage": "talking", "pipeline": "sales", "interests": ["demo"]},
}


def sent(fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields`` after the way through a request's body."""
    body = json.dumps({**fields, "secret": SECRET, "utm_source": fields.get("a", "")})
    return answers_mapping(
        read_body(body.encode(), "application/json"),
        form={"key": "demo", "name": "Demo"},
        submission={"id": "abc", "number": "7", "date": AT.isoformat()},
        visitor={"ip": "192.0.2.7"},
    )


def planned(answers: dict[str, Any], *, known: bool) -> Plan:
    """The plan for a CRM in which every look-up finds somebody, or nobody."""
    module = load_module(MODULE)
    activity(module, answers)
    run_identities(module, answers, FORM)
    intent = CompiledModule(module, FORM, CATALOG).want(answers, AT)

    def bearers(kind: Kind) -> list[Record]:
        return [Record(kind, "1", KNOWN[kind], created_at=AT, updated_at=AT)] if known else []

    found = {(kind, query): bearers(kind) for kind, query in people_queries(intent)}
    people = match_people(intent, found)
    found |= {(kind, query): bearers(kind) for kind, query in deal_queries(intent, people)}
    return decide(intent, people, found, CATALOG)


@settings(max_examples=300)
@given(fields=ANSWERS, known=st.booleans())
@example(fields={"name": "{{ field.secret }}", "a": "{{ field.secret }}"}, known=False)
@example(fields=dict.fromkeys("abcd", "9" * 400) | {"email": "a@b.c"}, known=True)
def test_no_answer_makes_planning_fail_or_is_taken_for_a_macro(
    fields: dict[str, Any], known: bool
) -> None:
    plan = planned(sent(fields), known=known)
    document = json.dumps(plans.dump(plan))
    assert SECRET not in document
    assert plans.load(json.loads(document)) == plan
    assert SECRET not in as_text(plan)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_what_was_typed_is_what_is_written(trouble: str) -> None:
    """To the letter, but for NUL and the signs that stand for records to come."""
    plan = planned(sent({"email": "a@b.c", "d": f"<{trouble}>"}), known=False)
    contact = plan.step("contact")
    assert contact is not None
    assert contact.fields["about"] == f"<{trouble.translate(str.maketrans(NEVER_TEXT))}>"


# What was planned is what the CRM shows -----------------------------------------------------------


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(wiped_instance, monkeypatch)
    with world.instance.database.write() as session:
        save_module(session, load_module(MODULE))
    return world


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=ANSWERS)
def test_a_carried_out_plan_is_what_the_crm_shows(world: World, fields: dict[str, Any]) -> None:
    """The account keeps the people of earlier examples, so that many are found again."""
    before = len(world.runs())
    world.post(**{"name": "Ada", "email": "ada@example.org", **fields})
    world.drain()
    connector = MemoryConnector(world.crm, MEMORY)
    for run in world.runs()[before:]:
        if run.plan is None:
            assert run.state == RunState.SKIPPED
            continue
        assert run.state == RunState.DELIVERED, run.reason
        plan = plans.load(run.plan)
        done = {step.key: step for step in world.steps() if step.run_id == run.id}
        assert {step.state for step in done.values()} <= {StepState.DONE}
        for step in plan.steps:
            if step.writes and step.action is not Action.LINK:
                shown = _record(world, connector, step, done[step.key].record_id)
                _assert_shows(step, shown)


def _record(world: World, connector: MemoryConnector, step: Step, id: str | None) -> Record:
    assert id is not None
    if step.kind in (Kind.TASK, Kind.NOTE):
        return next(one for one in world.crm.records(step.kind) if one.id == id)
    ((record,),) = connector.find(step.kind, [Query("id", id)])
    return record


def _assert_shows(step: Step, record: Record) -> None:
    for field, value in step.fields.items():
        if not isinstance(value, str) or "\ufdd2" not in value:  # but for ids filled in later
            assert _shown(record.fields, field, value), (step.key, field, value)
    assert set(step.tags) <= set(record.tags)


def _shown(fields: Fields, field: str, value: Json) -> bool:
    there = fields.get(field)
    if value is None:
        return there in (None, "", [])
    if isinstance(value, list) and isinstance(there, list):
        return all(one in there for one in value)
    return bool(there == value)
