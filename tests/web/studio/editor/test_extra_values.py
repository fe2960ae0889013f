"""Tasks, tags, notes and responsible people survive their tab, and change one by one."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deciding.module import load_module
from engine.storage.forms import document_of
from tests.builders import module_document
from web.studio.editor.extra_values import extra_values, written_extras

CONTACT = {
    **module_document()["contact"],
    "tags": ["website", {"tag": "again", "when": "found"}],
    "note": {"text": "{{ all_fields }}", "when": "created"},
    "tasks": [
        {"text": "Call", "type": "Call", "due": {"hours": 2}, "responsible": "Boris"},
        {"text": "Write", "when": "always"},
        {"text": "Both", "due": {"hours": 1, "minutes": 30}},
        {"text": "At ten", "due": {"at": "10:00"}},
        {"text": "Before", "due": {"on": "{{ field.visit }}", "days": -1, "at": "16:00"}},
    ],
}
RESPONSIBLE: list[Any] = [
    None,
    "anna@acme.test",
    {"in_turn": ["anna@acme.test", "boris@acme.test"]},
    {"weighted": {"anna@acme.test": 2, "boris@acme.test": 1}, "otherwise": "grace@acme.test"},
    {"from_field": "{{ field.city }}", "map": {"Kyiv": "anna"}, "otherwise": "grace"},
    {"like": "company", "otherwise": "grace"},
    {"rules": [{"when": {"==": [{"var": "field.a"}, "b"]}, "user": "anna"}], "otherwise": "grace"},
]


def stored(**changes: Any) -> dict[str, Any]:
    return document_of(load_module(module_document(**changes)))


@pytest.mark.parametrize("responsible", RESPONSIBLE)
def test_a_tab_that_nobody_changed_leaves_the_document_as_it_is(responsible: Any) -> None:
    document = stored(contact=CONTACT, responsible=responsible, deal={})
    assert written_extras(document, extra_values(document)) == document


@pytest.mark.parametrize("responsible", RESPONSIBLE[:-1])
def test_what_is_written_anew_means_the_same(responsible: Any) -> None:
    document = stored(contact=CONTACT, responsible=responsible)
    bare = stored(contact=module_document()["contact"])
    assert stored(**written_extras(bare, extra_values(document))) == document


@pytest.mark.parametrize(
    ("change", "written"),
    [
        (
            {"tags": [{"tag": "vip", "when": "created"}]},
            {"tags": [{"tag": "vip", "when": "created"}]},
        ),
        ({"tags": [{"tag": "", "when": "always"}]}, {"tags": None}),
        ({"note": "New", "note_when": "always"}, {"note": "New"}),
        ({"note": " "}, {"note": None}),
        ({"tasks": []}, {"tasks": None}),
    ],
)
def test_one_thing_is_written_alone(change: dict[str, Any], written: dict[str, Any]) -> None:
    document = stored(contact=CONTACT)
    values = extra_values(document)
    values["contact"] = {**values["contact"], **change}
    after = written_extras(document, values)["contact"]
    expected = {**document["contact"], **written}
    assert after == {key: value for key, value in expected.items() if value is not None}


def test_a_time_that_cannot_be_read_is_left_to_the_document_to_refuse() -> None:
    document = stored(contact=CONTACT)
    values = extra_values(document)
    values["contact"]["tasks"][0]["amount"] = "soon"
    assert written_extras(document, values)["contact"]["tasks"][0]["due"] == {"hours": "soon"}


def test_rules_stay_when_the_person_for_the_rest_changes() -> None:
    document = stored(responsible=RESPONSIBLE[-1])
    values = extra_values(document)
    values["responsible"]["otherwise"] = "anna"
    after = written_extras(document, values)["responsible"]
    assert after == {**RESPONSIBLE[-1], "otherwise": "anna"}


def test_what_the_page_did_not_show_stays() -> None:
    document = stored(contact=CONTACT, responsible="anna")
    assert written_extras(document, {"responsible": {}, "contact": None, "deal": {}}) == document
