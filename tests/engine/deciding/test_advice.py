"""What a module says and its writer hardly meant."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deciding.advice import advice
from engine.deciding.form import FormConfig
from tests.builders import module_config

FIELDS: tuple[dict[str, Any], ...] = (
    {"key": "first_name"},
    {"key": "last_name"},
    {"key": "phone", "type": "tel"},
    {"key": "email", "type": "email"},
    {"key": "topic", "type": "select", "options": ["Demo", "Price"], "required": True},
    {"key": "seats", "type": "number"},
    {"key": "visit", "type": "date"},
)
FORM = FormConfig.model_validate({"form": "callback", "name": "Callback", "fields": FIELDS})
TOPIC, SEATS, VISIT = ({"var": f"field.{name}"} for name in ("topic", "seats", "visit"))


def told(form: FormConfig = FORM, seen: tuple[str, ...] = (), **changes: Any) -> dict[str, str]:
    issues = advice(module_config(**changes), form, seen)
    assert {issue.severity for issue in issues} <= {"warning"}
    return {issue.path: issue.message for issue in issues}


def rules(*some: dict[str, Any]) -> dict[str, Any]:
    return {"rules": list(some)}


def test_a_module_that_fits_its_form_needs_no_advice():
    assert told() == {}
    assert told(active=rules({"activate": {"==": [TOPIC, "demo"]}})) == {}


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({"activate": {"==": [TOPIC, "Dmo"]}}, "/activate", "did you mean 'Demo'?"),
        ({"hold": {">": [SEATS, "2026-01-01"]}}, "/hold", "a number with a date: never true"),
        ({"hold": {"<": [VISIT, 5]}}, "/hold", "a date with a number: never true"),
        ({"hold": {"!": [{"var": "field.phne"}]}}, "/hold/!/0/var", "did you mean 'phone'?"),
        ({"deactivate": {"!": [TOPIC]}}, "/deactivate", "is always false"),
    ],
)
def test_rules_are_held_against_the_forms_fields(rule: dict[str, Any], path: str, words: str):
    found = told(active=rules(rule))
    assert list(found) == [f"/active/rules/0{path}"]
    assert words in found[f"/active/rules/0{path}"]


def test_rules_are_held_against_one_another():
    rule = {"==": [TOPIC, "demo"]}
    assert told(active=rules({"activate": rule}, {"deactivate": rule})) == {
        "/active/rules/0/activate": "never has an effect: deactivate rule 1 says the same and wins"
    }


def test_the_rules_of_responsible_people_are_read_too():
    chosen = {"rules": [{"when": {"==": [TOPIC, "Dmo"]}, "user": "anna@acme.test"}]}
    assert list(told(responsible=chosen)) == ["/responsible/rules/0/when"]


def test_macros_of_fields_that_the_form_does_not_have_are_told_with_their_place():
    contact = {"fields": {"name": "{{ field.frst_name }}", "email": "{{ field.email }}"}}
    assert told(contact=contact) == {
        "/contact/fields/name": "the form has no field 'frst_name'; did you mean 'first_name'?"
    }
    assert told(contact=contact, seen=("frst_name",)) == {}


def test_of_a_form_without_fields_nothing_is_known():
    bare = FORM.model_copy(update={"fields": ()})
    assert told(bare, contact={"fields": {"name": "{{ field.x }}", "email": "{{ field.y }}"}}) == {}
