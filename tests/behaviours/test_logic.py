"""Macros, and the rules that activate or deactivate a module."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deciding.documents import DocumentMistakes
from engine.storage.models import RunState
from tests.behaviours.world import CONTACT, DEAL, World, values

behaviour, check = pytest.mark.behaviour, pytest.mark.check

DEMO = {"==": [{"var": "field.topic"}, "demo"]}
TESTER = {"in": ["@example.org", {"var": "field.email"}]}


@behaviour(187)
def test_fields_and_surroundings_are_inserted_by_macros(world: World) -> None:
    note = "{{ field.name }} #{{ submission.number }} by {{ utm.source | default('nobody') }}"
    world.module(contact={**CONTACT, "note": note}, deal=DEAL)
    world.deliver(utm_source="google")
    assert world.texts("notes", "contacts") == ["Ada Lovelace #1 by google"]


@behaviour(187)
def test_an_unknown_macro_is_a_mistake_with_its_place(world: World) -> None:
    with pytest.raises(DocumentMistakes) as mistakes:
        world.module(contact={**CONTACT, "note": "{{ fild.name }}"})
    (issue,) = mistakes.value.issues
    assert issue.path == "/contact/note"
    assert "fild" in issue.message


@behaviour(187)
@check(15)
@pytest.mark.parametrize(
    "typed", ["{{ field.secret }}", "{% for x in y %}", "{{ 7 * 7 }}", "<b>&amp;\"'</b>"]
)
def test_what_a_visitor_types_arrives_as_it_was_typed(world: World, typed: str) -> None:
    fields = {**CONTACT["fields"], "About": "{{ field.message }}"}
    world.module(contact={**CONTACT, "fields": fields, "note": "Says: {{ field.message }}"})
    world.deliver(message=typed, secret="s3cret")
    assert values(world.one("contacts"), "About") == [typed]
    assert world.texts("notes", "contacts") == [f"Says: {typed}"]


RULES: dict[str, tuple[list[dict[str, Any]], RunState, str]] = {
    "no rules": ([], RunState.DELIVERED, ""),
    "activate, true": ([{"activate": DEMO}], RunState.DELIVERED, ""),
    "deactivate alone": ([{"deactivate": DEMO}], RunState.SKIPPED, "deactivate rule 1"),
    "no activate is true": ([{"activate": {"!": [DEMO]}}], RunState.SKIPPED, "activate"),
    "one activate of two": (
        [{"activate": {"!": [DEMO]}}, {"activate": DEMO}],
        RunState.DELIVERED,
        "",
    ),
    "deactivate, true": ([{"deactivate": TESTER}], RunState.SKIPPED, "deactivate rule 1"),
    "deactivate wins": (
        [{"activate": DEMO}, {"deactivate": TESTER}],
        RunState.SKIPPED,
        "deactivate rule 1",
    ),
    "deactivate, false": ([{"deactivate": {"!": [DEMO]}}], RunState.DELIVERED, ""),
}


@behaviour(188)
@check(14)
@pytest.mark.parametrize(("rules", "state", "told"), RULES.values(), ids=RULES)
def test_rules_activate_and_deactivate_the_module(
    world: World, rules: list[dict[str, Any]], state: RunState, told: str
) -> None:
    world.module(contact=CONTACT, active={"rules": rules})
    run = world.submit(topic="demo")
    assert run.state == state, run.reason
    assert told in run.reason
    if state == RunState.SKIPPED:
        assert not world.simulator.calls


@behaviour(188)
def test_a_hold_rule_waits_for_a_person(world: World) -> None:
    world.module(contact=CONTACT, active={"rules": [{"hold": DEMO}]})
    run = world.submit(topic="demo")
    assert run.state == RunState.HELD
    assert world.counts() == {}
