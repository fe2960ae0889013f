"""A row of a form says what the row of the document says, and changes only what was changed."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.catalog import Field, FieldType, Option
from engine.deciding.documents import load
from engine.deciding.parts import Row
from web.studio.editor.row_values import lone_field, one_line, read_line, row_values, written_row

SIZE = Field("7", "Size", FieldType.CHOICE, options=(Option("1", "Small"), Option("2", "Large")))

ROWS: list[Any] = [
    "{{ field.email }}",
    "{{field.email}}",
    '{{ field["How did you hear?"] }}',
    "{{ form.name }}: {{ field.first_name }}\nsecond line",
    "Hot",
    "",
    ["{{ field.phone }}", "{{ field.phone2 }}"],
    {"value": "{{ field.born }}", "convert": ["trim", {"date": "DD.MM.YYYY"}], "empty": "erase"},
    {"value": "x", "convert": [{"money": {"currency": "EUR", "decimal": ","}}, {"truncate": 20}]},
    {"value": "x", "convert": [{"each": " "}, {"pick": 2}, {"join": " / "}, {"each": "2"}]},
    {"value": "x", "convert": [{"yes_no": {"yes": ["count me in"], "no": []}}, {"number": ","}]},
    {"value": "{{ field.size }}", "map": {"few": "Small", "": "Large", "none": ""}},
    {"value": "{{ field.size }}", "map": {"Small": "Small"}, "unknown": {"value": "Other"}},
    {"value": "x", "unknown": "note", "write": "untouched"},
]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_that_nobody_changed_stays_as_it_is_written(row: Any) -> None:
    assert written_row(row_values(row), row, SIZE) == row


@pytest.mark.parametrize("row", [row for row in ROWS if row != "{{field.email}}"])
def test_a_row_written_anew_means_the_same(row: Any) -> None:
    values = row_values(row)
    assert row_values(written_row(values)) == values
    assert load(Row, written_row(values)) == load(Row, row)


@pytest.mark.parametrize(
    ("row", "change", "written"),
    [
        ("{{ field.a }}", {"source": "field:b"}, "{{ field.b }}"),
        ("{{ field.a }}", {"source": "field:my job"}, '{{ field["my job"] }}'),
        ("{{ field.a }}", {"source": "fixed", "text": "Hot"}, "Hot"),
        ("{{ field.a }}", {"source": "several", "text": "x\n\n y "}, ["x", "y"]),
        ("{{ field.a }}", {"write": "append"}, {"value": "{{ field.a }}", "write": "append"}),
        ({"value": "{{field.a}}", "write": "leave"}, {"write": ""}, "{{field.a}}"),
        (
            {"value": "{{field.a}}", "convert": ["trim"]},
            {"convert": [{"name": "date", "setting": "2"}, {"name": "", "setting": "lost"}]},
            {"value": "{{field.a}}", "convert": [{"date": "2"}]},
        ),
        (
            "x",
            {"unknown": "value", "instead": "Other"},
            {"value": "x", "unknown": {"value": "Other"}},
        ),
        (
            {"value": "x", "map": {"a": "Small"}},
            {"map": [{"answer": "a", "option": ""}, {"answer": "b", "option": "Large"}]},
            {"value": "x", "map": {"b": "Large"}},
        ),
        ("x", {"map": [{"answer": "small", "option": "Small"}]}, "x"),
        (
            "x",
            {"map": [{"answer": "small", "option": "Small"}, {"answer": "b", "option": "Large"}]},
            {"value": "x", "map": {"small": "Small", "b": "Large"}},
        ),
        (
            {"value": "x", "later": 1},
            {"write": "append"},
            {"value": "x", "later": 1, "write": "append"},
        ),
    ],
)
def test_only_what_was_changed_is_written(row: Any, change: dict[str, Any], written: Any) -> None:
    assert written_row({**row_values(row), **change}, row, SIZE) == written


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{{ field.email }}", "email"),
        (" {{field.email}} ", "email"),
        ('{{ field["How \\"so\\"?"] }}', 'How "so"?'),
        ("{{ field.email | upper }}", None),
        ("{{ field.email }}!", None),
        ("{{ utm.source }}", None),
        ("email", None),
    ],
)
def test_a_text_of_one_field_alone_is_told(text: str, field: str | None) -> None:
    assert lone_field(text) == field


@pytest.mark.parametrize(
    "setting", ["DD.MM.YYYY", {"currency": "EUR", "decimal": ","}, {"yes": ["a, b", "ні"]}, 20]
)
def test_a_setting_on_one_line_is_read_again(setting: Any) -> None:
    assert "\n" not in one_line(setting)
    assert read_line(one_line(setting)) == setting


@pytest.mark.parametrize("text", ["{currency: [", "{day: 2026-13-45}", "{" * 5000])
def test_a_setting_that_is_no_mapping_stays_the_text_it_is(text: str) -> None:
    assert read_line(text) == text
