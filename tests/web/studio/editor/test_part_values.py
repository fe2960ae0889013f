"""A tab says what its part of the document says, and what it does not show it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Kind
from engine.deciding.module import load_module
from engine.storage.forms import document_of
from tests.builders import module_document
from web.studio.editor.part_values import part_values, written_part

FULL: dict[Kind, dict[str, Any]] = {
    Kind.CONTACT: {
        "match": ["email"],
        "match_on": "all",
        "phones": "last_digits",
        "several": "hold",
        "on_match": "overwrite",
        "fields": {"email": "{{ field.email }}", "Job": {"value": "x", "write": "leave"}},
        "messenger": {"type": "telegram", "value": "{{ field.telegram }}"},
        "tags": ["website", {"tag": "again", "when": "found"}],
        "note": "{{ all_fields }}",
        "tasks": [{"text": "Call", "due": {"hours": 2}}],
        "rest": "note",
    },
    Kind.COMPANY: {
        "match": ["name"],
        "fields": {"name": "{{ field.company }}"},
        "extra_phones": ["{{ field.phone2 }}", "{{ field.phone3 }}"],
    },
    Kind.DEAL: {
        "pipeline": "Sales",
        "stage": "New request",
        "name": "{{ form.name }}",
        "budget": "{{ field.budget }}",
        "fields": {"Topic": {"value": "{{ field.topic }}", "map": {"a": "b"}}},
        "duplicates": {
            "control": "formwire",
            "look_in": {
                "pipelines": ["Sales"],
                "where": {"Topic": "{{ field.topic }}"},
                "younger_than": {"days": 30},
            },
            "found": "move",
            "task": {"text": "Wrote again"},
        },
    },
}


@pytest.mark.parametrize("kind", FULL)
@pytest.mark.parametrize("full", [True, False])
def test_a_tab_that_nobody_changed_leaves_the_part_as_it_is(kind: Kind, full: bool) -> None:
    part = FULL[kind] if full else {}
    if full:
        load_module(module_document(**{str(kind): part}))
    assert written_part(kind, part, part_values(kind, part), None) == part


def test_a_part_that_is_not_there_stays_away_until_it_is_wanted() -> None:
    values = part_values(Kind.COMPANY, None)
    assert written_part(Kind.COMPANY, None, values, None) is None
    assert written_part(Kind.COMPANY, None, {**values, "there": True}, None) == {}


def test_a_part_that_is_not_wanted_any_more_goes() -> None:
    values = part_values(Kind.DEAL, FULL[Kind.DEAL])
    assert written_part(Kind.DEAL, FULL[Kind.DEAL], {**values, "there": False}, None) is None


@pytest.mark.parametrize(
    ("kind", "change", "key", "written"),
    [
        (Kind.CONTACT, {"several": "newest"}, "several", None),
        (Kind.CONTACT, {"match": ["phone", "email"]}, "match", None),
        (Kind.CONTACT, {"match": ["name"]}, "match", ["name"]),
        (
            Kind.CONTACT,
            {"messenger__type": "viber"},
            "messenger",
            {"type": "viber", "value": "{{ field.telegram }}"},
        ),
        (Kind.CONTACT, {"messenger__type": "", "messenger__value": ""}, "messenger", None),
        (Kind.CONTACT, {"rest": False}, "rest", None),
        (Kind.CONTACT, {"several": None}, "several", "hold"),
        (Kind.COMPANY, {"rest": True}, "rest", "note"),
        (Kind.COMPANY, {"extra_phones": "a\n\nb"}, "extra_phones", ["a", "b"]),
        (Kind.COMPANY, {"extra_phones": ""}, "extra_phones", None),
        (Kind.DEAL, {"stage": ""}, "stage", None),
        (Kind.DEAL, {"budget": "5"}, "budget", "5"),
        (Kind.DEAL, {"duplicates__control": "crm"}, "duplicates", {"control": "crm"}),
        (
            Kind.DEAL,
            {"duplicates__look_in__younger_than__days": "", "duplicates__look_in__where": []},
            "duplicates",
            {**FULL[Kind.DEAL]["duplicates"], "look_in": {"pipelines": ["Sales"]}},
        ),
        (
            Kind.DEAL,
            {"duplicates__look_in__younger_than__hours": "soon", "duplicates__backwards": True},
            "duplicates",
            {
                **FULL[Kind.DEAL]["duplicates"],
                "look_in": {
                    **FULL[Kind.DEAL]["duplicates"]["look_in"],
                    "younger_than": {"days": 30, "hours": "soon"},
                },
                "backwards": True,
            },
        ),
    ],
)
def test_a_setting_is_written_alone(
    kind: Kind, change: dict[str, Any], key: str, written: Any
) -> None:
    part = written_part(kind, FULL[kind], {**part_values(kind, FULL[kind]), **change}, None)
    assert part is not None
    assert part.get(key) == written
    assert {k: v for k, v in part.items() if k != key} == {
        k: v for k, v in FULL[kind].items() if k != key
    }


def test_rows_that_a_page_did_not_have_stay_and_removed_ones_go() -> None:
    part = {"fields": {"a": "1", "b": "2", "c": "3"}}
    values = part_values(Kind.DEAL, part)
    kept = {**values, "rows": values["rows"][:1], "gone": ["b"]}
    assert written_part(Kind.DEAL, part, kept, None) == {"fields": {"a": "1", "c": "3"}}


def test_a_renamed_row_keeps_its_place_and_its_settings() -> None:
    part = {"fields": {"old": {"value": "1", "write": "leave"}, "b": "2"}}
    values = part_values(Kind.DEAL, part)
    values["rows"][0]["field"] = "new"
    written = written_part(Kind.DEAL, part, values, None)
    assert written is not None
    assert list(written["fields"].items()) == [
        ("new", {"value": "1", "write": "leave"}),
        ("b", "2"),
    ]


def test_the_full_parts_are_documents_as_they_are_stored() -> None:
    document = document_of(load_module(module_document(**{str(k): v for k, v in FULL.items()})))
    for kind, part in FULL.items():
        assert document[str(kind)] == part


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ({"text": "Again"}, {"text": "Again"}),
        ({"amount": "3", "unit": "hours"}, {"text": "Wrote again", "due": {"hours": 3}}),
        ({"responsible": "Boris"}, {"text": "Wrote again", "responsible": "Boris"}),
        ({"text": " "}, None),
        ({"text": "", "when": ""}, {"text": "Wrote again"}),  # a page without it
    ],
)
def test_the_task_of_a_found_deal_changes_alone(
    typed: dict[str, str], written: dict[str, Any] | None
) -> None:
    part = FULL[Kind.DEAL]
    values = part_values(Kind.DEAL, part)
    values["duplicates__task"] = {**values["duplicates__task"], **typed}
    after = written_part(Kind.DEAL, part, values, None)
    assert after is not None
    kept = {name: said for name, said in part["duplicates"].items() if name != "task"}
    assert after["duplicates"] == kept | ({"task": written} if written else {})
