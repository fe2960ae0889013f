"""Every type of field, to Odoo and back. Cells are as Odoo's import takes them."""

from zoneinfo import ZoneInfo

import pytest

from connectors.base import Kind
from connectors.errors import RejectedError
from connectors.odoo.mapping import changed_row, values_of
from connectors.odoo.values import html_of, text_of
from tests.connectors.odoo.account import CATALOG

KYIV = ZoneInfo("Europe/Kyiv")

CASES = [
    (Kind.CONTACT, "name", "Ada", "name", "Ada", "Ada"),
    (Kind.CONTACT, "responsible", "7", "user_id/.id", "7", [7, "Boris"]),
    (Kind.CONTACT, "function", "Analyst", "function", "Analyst", "Analyst"),
    (Kind.CONTACT, "website", "https://a.test", "website", "https://a.test", "https://a.test"),
    (
        Kind.CONTACT,
        "comment",
        "a\n<b>",
        "comment",
        "<p>a<br>&lt;b&gt;</p>",
        "<p>a<br>&lt;b&gt;</p>",
    ),
    (Kind.CONTACT, "country_id", "57", "country_id/.id", "57", [57, "Germany"]),
    (Kind.DEAL, "budget", "1500.5", "expected_revenue", "1500.5", 1500.5),
    (Kind.DEAL, "recurring_revenue", "7", "recurring_revenue", "7", 7.0),
    (Kind.DEAL, "pipeline", "1", "team_id/.id", "1", [1, "Sales"]),
    (Kind.DEAL, "stage", "4", "stage_id/.id", "4", [4, "Won"]),
    (Kind.DEAL, "type", "lead", "type", "lead", "lead"),
    (Kind.DEAL, "email_from", "a@b.test", "email_from", "a@b.test", "a@b.test"),
    (Kind.DEAL, "phone", "+4930123456", "phone", "+4930123456", "+4930123456"),
    (Kind.DEAL, "date_deadline", "2026-12-01", "date_deadline", "2026-12-01", "2026-12-01"),
    (Kind.DEAL, "source_id", "google", "source_id", "google", [3, "google"]),
    (Kind.DEAL, "x_medium", "mail", "x_medium", "mail", [3, "mail"]),
    (Kind.DEAL, "x_details", "a\nb", "x_details", "a\nb", "a\nb"),
    (
        Kind.DEAL,
        "x_meeting",
        "2026-12-01T10:30:00+02:00",
        "x_meeting",
        "2026-12-01 08:30:00",
        "2026-12-01 08:30:00",
    ),
    (Kind.DEAL, "x_newsletter", True, "x_newsletter", "1", True),
    (Kind.DEAL, "x_area", "0.5", "x_area", "0.5", 0.5),
    (Kind.DEAL, "x_seats", "3", "x_seats", "3", 3),
    (Kind.DEAL, "x_product", "soft", "x_product", "soft", "soft"),
    (Kind.DEAL, "x_interest_ids", ["1", "3"], "x_interest_ids/.id", "1,3", [1, 3]),
]


@pytest.mark.parametrize(("kind", "id", "value", "column", "cell", "there"), CASES)
def test_a_value_is_written_into_a_cell(kind, id, value, column, cell, there):
    assert changed_row(kind, {id: value}, CATALOG) == {column: cell}


@pytest.mark.parametrize(("kind", "id", "value", "column", "cell", "there"), CASES)
def test_a_value_is_read_back(kind, id, value, column, cell, there):
    item = {"id": 1, column.removesuffix("/.id"): there}
    assert values_of(kind, item, CATALOG) == {id: value}


@pytest.mark.parametrize(("kind", "id", "value", "column", "cell", "there"), CASES)
def test_an_empty_cell_clears_a_field(kind, id, value, column, cell, there):
    assert changed_row(kind, {id: None}, CATALOG) == {column: ""}


@pytest.mark.parametrize("empty", [False, 0, 0.0, "", [], "<p><br></p>"])
def test_what_is_empty_in_odoo_is_left_out(empty):
    item = {"id": 1, "comment": empty} if isinstance(empty, str) else {"id": 1, "x_area": empty}
    kind = Kind.CONTACT if isinstance(empty, str) else Kind.DEAL
    assert values_of(kind, item, CATALOG) == {}


def test_no_is_written_too():
    assert changed_row(Kind.DEAL, {"x_newsletter": False}, CATALOG) == {"x_newsletter": "0"}


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("budget", "much"),
        ("date_deadline", "tomorrow"),
        ("x_meeting", "soon"),
        ("x_interest_ids", ["Demo"]),
        ("lost_reason_id", "Too expensive"),
        ("stage", "New"),
        ("x_topic", 5),
    ],
)
def test_a_value_that_does_not_fit_names_its_field(id, value):
    with pytest.raises(RejectedError) as caught:
        changed_row(Kind.DEAL, {id: value}, CATALOG)
    assert caught.value.field == id


@pytest.mark.parametrize(
    ("formatted", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ('<ul data-x="1"><li>one</li><li>two</li></ul>', "one\ntwo"),
        ("<p>a &amp; b</p>", "a & b"),
        ("plain", "plain"),
        ("<p><br></p>", ""),
    ],
)
def test_a_formatted_text_is_read_as_lines(formatted, text):
    assert text_of(formatted) == text


@pytest.mark.parametrize("text", ["one", "one\ntwo", "<script>alert(1)</script>", "a & b", ""])
def test_a_text_comes_back_from_its_formats(text):
    assert text_of(html_of(text)) == text


def test_a_text_that_is_added_to_keeps_its_formats():
    item = {"id": 1, "comment": "<p>a <b>bold</b> word</p>"}
    row = changed_row(Kind.CONTACT, {"comment": "a bold word\nmore"}, CATALOG, item)
    assert row == {"comment": "<p>a <b>bold</b> word</p><p>more</p>"}


@pytest.mark.parametrize("there", [False, "<p>other</p>", "<p>new</p>"])
def test_a_text_that_is_replaced_does_not(there):
    row = changed_row(Kind.CONTACT, {"comment": "new"}, CATALOG, {"id": 1, "comment": there})
    assert row == {"comment": "<p>new</p>"}
