"""Every mistake in a module at once, each with its place."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from rules.sets import key_of
from tests.engine.deciding.test_planning import module

MISTAKES = {
    "unknown key": ({"colour": "red"}, {"/colour"}),
    "missing connection": ({"connection": None}, {"/connection"}),
    "bad key": ({"form": "Not a key!"}, {"/form"}),
    "bad policy": ({"contact__on_match": "sometimes"}, {"/contact/on_match"}),
    "unknown part key": ({"deal__colour": "red"}, {"/deal/colour"}),
    "unknown row key": (
        {"contact__fields": {"phone": {"value": "1", "how": "x"}}},
        {"/contact/fields/phone/how"},
    ),
    "bad rule": (
        {"active": {"rules": [{"activate": {"nope": [1]}}]}},
        {"/active/rules/0/activate"},
    ),
    "two verbs in one rule": (
        {"active": {"rules": [{"activate": True, "deactivate": True}]}},
        {"/active/rules"},
    ),
    "a switch without a rule": (
        {"active": {"rules": [{"enabled": False}]}},
        {"/active/rules"},
    ),
    "a switch that is neither on nor off": (
        {"active": {"rules": [{"activate": True, "enabled": "no"}]}},
        {"/active/rules"},
    ),
    "a mistake in a rule that is off": (
        {"active": {"rules": [{"activate": {"nope": [1]}, "enabled": False}]}},
        {"/active/rules/0/activate"},
    ),
    "macro that is no macro": ({"deal__name": "{{ 7 * 7 }}"}, {"/deal/name"}),
    "unknown macro": ({"deal__note": "{{ secrets.token }}"}, {"/deal/note"}),
    "unfinished macro": ({"contact__tags": ["{{ field.x"]}, {"/contact/tags/0"}),
    "nothing to match by": ({"contact__match": ["position"]}, {"/contact/match"}),
    "negative due": (
        {"deal__tasks": [{"text": "x", "due": {"days": -1}}]},
        {"/deal/tasks/0/due/days"},
    ),
    "two at once": (
        {"deal__name": "{{ nope.x }}", "contact__tags": ["{{ nope.y }}"]},
        {"/deal/name", "/contact/tags/0"},
    ),
}


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place(case: tuple[dict[str, Any], set[str]]) -> None:
    changes, paths = case
    with pytest.raises(DocumentMistakes) as caught:
        load_module(module(**changes))
    assert {issue.path for issue in caught.value.issues} >= paths
    assert all(issue.message for issue in caught.value.issues)


def test_a_single_rule_is_switched_off_and_on_again() -> None:
    rule = {"activate": {"==": [{"var": "field.topic"}, "demo"]}}
    other = {"hold": rule["activate"]}
    active = load_module(module(active={"rules": [other, {**rule, "enabled": True}]})).active
    assert active.rules == (other, rule)  # what is usual is not said
    off = active.switched(key_of(rule), on=False)
    assert off.rules == (other, {**rule, "enabled": False})
    assert (len(active.compiled.rules), len(off.compiled.rules)) == (2, 1)
    assert off.switched(key_of(off.rules[1]), on=True) == active


def test_a_module_without_parts_does_nothing_and_is_refused() -> None:
    with pytest.raises(DocumentMistakes, match="would do nothing"):
        load_module({"form": "demo", "module": "x", "connection": "y"})


def test_loading_what_was_dumped_gives_the_same_module() -> None:
    config = load_module(module())
    assert load_module(config.model_dump(mode="json", exclude_defaults=True)) == config


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (1.5, "1.5"), (True, "true"), ("x", "x")])
def test_a_bare_value_is_a_row(value: Any, text: str) -> None:
    document = module()
    document["deal"]["fields"] = {"Seats": value}
    deal = load_module(document).deal
    assert deal is not None
    assert deal.fields["Seats"].value == text
