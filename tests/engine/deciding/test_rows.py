"""Conversions, maps, notes of what nobody expected, due dates: as they come out in a plan."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Kind
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.deciding.placeholders import deferred
from tests.engine.deciding.test_planning import Crm, actions, crm, module, plan

__all__ = ["crm"]


@pytest.mark.parametrize(
    ("field", "row", "answer", "sent"),
    [
        ("Topic", {"value": "{{ field.x }}", "convert": ["trim", "upper"]}, " tea ", "TEA"),
        ("Topic", {"value": "{{ field.x }}", "convert": "first_name"}, "Ada Lovelace", "Ada"),
        (
            "Wanted date",
            {"value": "{{ field.x }}", "convert": [{"date": "MM/DD/YYYY"}]},
            "12/01/2026",
            "2026-12-01",
        ),
        ("Product line", {"value": "{{ field.x }}", "map": {"big": "Hardware"}}, "BIG", "hardware"),
        ("Product line", {"value": "{{ field.x }}", "map": {"big": "Hardware"}}, "tiny", None),
        (
            "Product line",
            {
                "value": "{{ field.x }}",
                "map": {"big": "Hardware"},
                "unknown": {"value": "Software"},
            },
            "tiny",
            "software",
        ),
        ("Newsletter", "{{ field.x }}", "так", True),
    ],
)
def test_a_row_converts_before_its_field_types(
    crm: Crm, field: str, row: Any, answer: str, sent: Any
) -> None:
    made = plan(crm, module(deal__fields={field: row}), x=answer)
    step = made.step("deal")
    assert step is not None
    id = crm.memory.catalog.field(Kind.DEAL, field)
    assert id is not None
    assert step.fields.get(id.id) == sent
    assert (sent is None) is any(field in warning for warning in made.warnings)


def test_an_unknown_answer_can_go_into_the_note(crm: Crm) -> None:
    row = {"value": "{{ field.x }}", "map": {"big": "Hardware"}, "unknown": "note"}
    made = plan(crm, module(deal__fields={"Product line": row}, deal__note=None), x="tiny")
    note = made.step("deal.note.0")
    assert note is not None
    assert note.fields["text"] == "Product line: tiny"


@pytest.mark.parametrize(
    ("due", "at"),
    [
        ({"minutes": 30}, "2026-11-21T11:30:00+02:00"),
        ({"working_hours": 2}, "2026-11-23T11:00:00+02:00"),  # the 21st is a Saturday
        ({"days": 1, "at": "10:00"}, "2026-11-22T10:00:00+02:00"),
        ({"on": "{{ field.day }}"}, "2026-12-01T09:00:00+02:00"),
        ({"on": "{{ field.day }}", "days": -1, "at": "15:00"}, "2026-11-30T15:00:00+02:00"),
        ({}, "2026-11-22T11:00:00+02:00"),
    ],
)
def test_tasks_are_due_by_the_forms_clock_and_calendar(
    crm: Crm, due: dict[str, Any], at: str
) -> None:
    task = {"text": "Call"} | ({"due": due} if due else {})
    made = plan(crm, module(deal__tasks=[task]), day="01.12.2026")
    step = made.step("deal.task.0")
    assert step is not None
    assert step.fields["due"] == at


def test_texts_may_speak_of_records_that_are_yet_to_be_written(crm: Crm) -> None:
    made = plan(crm, module(contact__note="His deal is {{ deal.url }}, company {{ company.id }}"))
    note = made.step("contact.note.0")
    assert note is not None
    assert note.needs == ("company", "deal")
    assert deferred(str(note.fields["text"])) == ("deal.url", "company.id")


@pytest.mark.parametrize(
    "document",
    [
        module(contact__fields={"name": "{{ deal.id }}", "email": "{{ field.email }}"}),
        module(company__fields={"name": "{{ contact.id }}"}),
    ],
)
def test_a_text_cannot_speak_of_what_is_written_after_it(document: dict[str, Any]) -> None:
    with pytest.raises(DocumentMistakes):
        load_module(document)


def test_what_is_not_wanted_is_spoken_of_as_nothing(crm: Crm) -> None:
    made = plan(crm, module(deal=None, contact__note="Deal: {{ deal.id }}."))
    note = made.step("contact.note.0")
    assert note is not None
    assert note.needs == ()
    assert "contact.note.0" in actions(made)
