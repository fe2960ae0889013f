"""Lists are narrowed down by form, module, connection and day, as their addresses say."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.instance import Instance
from engine.storage.forms import save_form, save_module
from engine.storage.model_bulk import BulkOrder
from engine.storage.models import Form, Run, RunState, Submission
from engine.storage.setup_keys import form_names, module_names
from tests.builders import form_config, module_config
from tests.web.studio.conftest import post
from tests.web.studio.test_speed import MOST, asked
from tests.web.studio.world import submission, submission_with_run

ROW = '<th scope="row"><a href="/submissions/'
HTMX = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "sifted"}


@pytest.fixture
def both(full: Instance) -> Instance:
    """Another form beside `world`'s, with a module to the other account and one delivered submission."""
    with full.database.write() as session:
        form = save_form(session, form_config(form="quote", name="A quote"))
        module = save_module(
            session,
            module_config(form="quote", module="offers", name="Offers", connection="second"),
        )
        run = submission_with_run(session, form, module, 1, RunState.DELIVERED)
        run.submission.received_at = run.received_at = datetime(2026, 3, 31, 21, 30, tzinfo=UTC)
    return full


@pytest.mark.parametrize(
    ("query", "rows", "chips"),
    [
        ("form=quote", 1, ["Form: A quote"]),
        ("form=callback", 10, ["Form: Callback"]),
        ("module=offers&form=", 1, ["Module: Offers"]),
        ("connection=second", 1, ["Connection: Second Kommo"]),
        ("module=sales&state=failed", 1, ["Module: Kommo · Sales"]),
        ("module=offers&state=failed", 0, ["Module: Offers"]),
        ("since=2026-03-31&until=2026-03-31", 1, ["Received from: Mar 31, 2026", "Until, included: Mar 31, 2026"]),
        ("until=2026-03-30", 0, ["Until, included: Mar 30, 2026"]),
        ("since=2026-04-01&until=2026-04-30", 0, ["Received from: Apr 1, 2026", "Until, included: Apr 30, 2026"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_the_list_holds_what_is_asked_for_and_says_what_that_is(
    grace: FlaskClient,
    both: Instance,
    query: str,
    rows: int,
    chips: list[str],
    headers: dict[str, str],
):
    page = grace.get(f"/submissions?{query}", headers=headers).text
    assert page.count(ROW) == rows
    told = [
        part.split("</b>")[0].replace("<b>", "") for part in page.split('class="pill" href')[1:]
    ]
    assert [unescape(one.rpartition("<span>")[2]) for one in told] == chips
    assert ("Take a filter away" in page) == (rows == 0)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("", "2026-03-31"), ("Europe/Kyiv", "2026-04-01"), ("Etc/GMT+9", "2026-03-31")],
)
def test_days_are_those_of_the_zone_in_which_times_are_told(
    grace: FlaskClient, both: Instance, zone: str, day: str
):
    """What came at 21:30 UTC came after midnight in Kyiv, where summer has begun."""
    if zone:
        grace.set_cookie("zone", zone)
    page = grace.get(f"/submissions?form=quote&since={day}&until={day}").text
    assert page.count(ROW) == 1
    assert f"time zone {zone or 'UTC'}." in page


def test_a_zone_is_called_as_its_country_calls_it_though_browsers_do_not(
    grace: FlaskClient, full: Instance
):
    grace.set_cookie("zone", "Europe/Kiev")
    assert "time zone Europe/Kyiv." in grace.get("/submissions").text


MISTAKES = [
    ("form=gone", ["There is no form “gone”."]),
    ("module=gone", ["There is no module “gone”."]),
    ("connection=%00<b>", ["There is no connection"]),
    ("since=yesterday", ["“yesterday” is no day."]),
    ("until=2026-02-30", ["“2026-02-30” is no day."]),
    ("since=0001-01-01&until=9999-12-31", ["is no day."]),
    ("since=2026-11-02&until=2026-11-01", ["The last day is before the first."]),
    ("state=nonsense", ["There is no such state."]),
    ("form=gone&since=x&state=failed", ["no form “gone”", "“x” is no day."]),
    (f"form={'x' * 9_000}", [f"“{'x' * 60}”"]),
]


@pytest.mark.parametrize(("query", "told"), MISTAKES, ids=lambda one: str(one)[:30])
def test_what_cannot_be_meant_is_told_and_nothing_is_listed(
    grace: FlaskClient, both: Instance, query: str, told: list[str]
):
    grace.set_cookie("zone", "Asia/Tokyo")  # where the first day of the calendar began before it
    for address, alert in (("/submissions", 1), ("/bulk/_new", "state" not in query)):
        answer = grace.get(f"{address}?{query}")
        assert answer.status_code == 200
        if alert:
            assert 'id="mistakes"' in answer.text
            assert all(one in unescape(answer.text) for one in told)
            assert ROW not in answer.text
            assert "/submissions.csv" not in answer.text
    taken = grace.get(f"/submissions.csv?{query}")
    assert (taken.status_code, taken.location.split("?")[0]) == (302, "/submissions")
    assert 'id="mistakes"' in grace.get(taken.location).text


def test_a_wrong_field_says_so_beside_itself(grace: FlaskClient, full: Instance):
    page = grace.get("/submissions?since=nonsense").text
    assert 'value="nonsense"' not in page, "browsers complain about it"
    assert 'value="2026-11-20"' in grace.get("/submissions?since=20261120").text
    field = page[page.index('<input class="form-control is-invalid"') :]
    assert 'id="since"' in field[:200]
    assert 'aria-invalid="true" aria-describedby="since-error"' in field[:200]
    assert '<div class="invalid-feedback" id="since-error">' in field
    assert '<details class="card fold" open>' in page


def links(page: str, path: str) -> list[dict[str, str]]:
    """What the page's links to ``path`` ask for."""
    addresses = [unescape(part.split('"')[0]) for part in page.split('href="')[1:]]
    parts = [urlsplit(address) for address in addresses]
    return [dict(parse_qsl(one.query)) for one in parts if one.path == path]


def test_whatever_leads_on_keeps_the_filters(grace: FlaskClient, both: Instance):
    with both.database.write() as session:
        form = session.scalars(select(Form).where(Form.key == "quote")).one()
        for number in range(100, 125):
            submission(session, form, number)
    narrowed = {"form": "quote", "since": "2020-01-01"}
    page = grace.get("/submissions", query_string=narrowed).text
    assert {**narrowed, "page": "2"} in links(page, "/submissions")
    for state in ("held", "skipped", "waiting", "failed", "delivered"):
        assert {**narrowed, "state": state} in links(page, "/submissions")
    assert {"form": "quote"} in links(page, "/submissions"), "without the day"
    assert {"since": "2020-01-01"} in links(page, "/submissions"), "without the form"
    assert links(page, "/submissions.csv") == [{**narrowed, "bom": "1"}]
    assert links(page, "/bulk/_new") == [narrowed]
    older = grace.get("/submissions", query_string={**narrowed, "page": "2"}).text
    assert older.count(ROW) == 6
    assert {**narrowed, "page": "1"} in links(older, "/submissions")


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("failed", "retry"),
        ("waiting", "retry"),
        ("held", "approve"),
        ("delivered", "replay"),
        ("skipped", "replay"),
        ("discarded", "replay"),
        ("idle", None),
    ],
)
def test_runs_of_what_is_shown_are_chosen_for_what_one_mostly_wants(
    grace: FlaskClient, both: Instance, state: str, verb: str | None
):
    page = grace.get(f"/submissions?state={state}&form=callback").text
    expected = [{"form": "callback", "state": state, "verb": verb}] if verb else []
    assert links(page, "/bulk/_new") == expected
    if verb:
        chosen = grace.get("/bulk/_new", query_string=expected[0]).text
        assert "1 run</h2>" in chosen


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("form=quote", 1),
        ("module=sales", 8),
        ("connection=second", 1),
        ("since=2026-03-31&until=2026-03-31", 1),
        ("until=2026-03-31&form=callback", 0),
    ],
)
def test_the_file_holds_what_the_list_shows(
    grace: FlaskClient, both: Instance, query: str, rows: int
):
    table = list(csv.DictReader(io.StringIO(grace.get(f"/submissions.csv?{query}").text)))
    assert len(table) == rows


def test_no_order_is_given_about_what_is_not_clear(grace: FlaskClient, both: Instance):
    """A day that is not understood must not become an order about all days."""
    choice = {"verb": "replay", "form": "callback", "since": "nonsense"}
    for address in ("/bulk/_new", "/bulk/_new/plan"):
        answer = post(grace, address, page="/forms/_new", **choice)
        assert answer.status_code == (422 if address == "/bulk/_new" else 200)
        assert "“nonsense” is no day." in answer.text
        assert "The plan for" not in answer.text
    with both.database.read() as session:
        assert session.scalar(select(func.count(BulkOrder.id))) == 0


def test_runs_are_chosen_by_module_connection_and_day(grace: FlaskClient, both: Instance):
    for query, count in (
        ("module=offers", 1),
        ("connection=second", 1),
        ("connection=main&module=offers", 0),
        ("form=quote&since=2026-03-31&until=2026-03-31", 1),
        ("form=quote&until=2026-03-30", 0),
    ):
        page = grace.get(f"/bulk/_new?verb=replay&{query}").text
        assert f"{count} run{'' if count == 1 else 's'}</h2>" in page, query


def test_names_that_are_the_same_are_told_apart_by_their_keys(full: Instance):
    with full.database.write() as session:
        save_form(session, form_config(form="again", name="Callback"))
        save_form(session, form_config(form="another", name="another"))
        for form in ("again", "another"):
            save_module(session, module_config(form=form, name=f"Sales of {form}"))
            save_module(session, module_config(form=form, module="news", name="News"))
    with full.database.read() as session:
        assert list(form_names(session).items()) == [
            ("another", "another"),
            ("again", "Callback (again)"),
            ("callback", "Callback (callback)"),
        ]
        assert module_names(session) == {"news": "News", "sales": "sales"}


def test_a_narrowed_list_asks_the_database_little(app: Flask, grace: FlaskClient, both: Instance):
    query = "form=callback&module=sales&connection=main&since=2026-01-01&until=2099-01-01"
    for address in (f"/submissions?{query}&state=waiting", f"/bulk/_new?{query}"):
        with asked(app.extensions["database"]) as sent:
            assert grace.get(address).status_code == 200
        assert len(sent) <= MOST, sent


def test_a_run_counts_on_the_day_of_its_submission(full: Instance):
    """What runs are chosen by is what the list of submissions goes by."""
    with full.database.read() as session:
        pairs = session.execute(
            select(Run.received_at, Submission.received_at).join(Run.submission)
        ).all()
    assert pairs
    assert all(one == other for one, other in pairs)
