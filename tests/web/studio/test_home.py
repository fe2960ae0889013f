"""The first page tells how deliveries go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.instance import Instance
from engine.storage.days import Days, Delays
from engine.storage.forms import save_form
from tests.builders import form_config
from tests.web.studio.world import REFUSAL, submission
from web.studio.charts import CAUSES, charts_of
from web.studio.finding import last_days
from web.studio.formats import span


def days_with(failures: dict[str, list[int]]) -> Days:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (20, 21)]
    return Days(days, [2, 1], [Delays(), Delays()], Delays(), failures)


def rows(page: str, table: str) -> list[list[str]]:
    """The numbers of a chart's table, day by day."""
    text = page.partition(f'id="{table}-table"')[2].partition("</table>")[0]
    return [re.findall(r'data-value="([^"]*)"', row) for row in text.split("<tr>")[2:]]


def test_the_charts_have_their_numbers_in_tables(grace: FlaskClient, full: Instance):
    page = grace.get("/").text
    amounts = rows(page, "amounts")
    assert len(amounts) == 14
    assert [sum(int(row[line]) for row in amounts) for line in (0, 1)] == [10, 1]
    assert {time for row in rows(page, "times") for time in row} == {"", "2.0"}
    assert REFUSAL.replace("'", "&#39;") in page.partition('id="failures-table"')[2]
    assert sum(int(row[0]) for row in rows(page, "failures")) == 1


def test_what_the_page_asks_for_again_comes_without_charts(grace: FlaskClient, full: Instance):
    part = grace.get("/", headers={"HX-Request": "true"}).text
    assert 'id="live"' in part
    assert "data-chart" not in part


def test_without_submissions_there_are_no_charts(grace: FlaskClient):
    assert "data-chart" not in grace.get("/").text


@pytest.mark.parametrize(("key", "led"), [("demo", True), ("callback", False)])
def test_a_demo_leads_to_its_form_until_something_came(
    grace: FlaskClient, instance: Instance, key: str, led: bool
):
    with instance.database.write() as session:
        form = save_form(session, form_config(form=key))
    assert ('href="/demo"' in grace.get("/").text) == led
    with instance.database.write() as session:
        submission(session, session.merge(form), 1)
    assert 'href="/demo"' not in grace.get("/").text


def test_rare_causes_are_told_together(app: Flask):
    causes = {f"cause {number}": [9 - number, 1] for number in range(CAUSES + 2)}
    with app.test_request_context():
        lines = charts_of(days_with(causes))[2].lines
    assert [line.label for line in lines[:2]] == ["cause 0", "cause 1"]
    assert (lines[-1].label, lines[-1].values, lines[-1].whole) == ("other causes", [9, 2], 11)
    assert len(lines) == CAUSES + 1


@pytest.mark.parametrize(
    ("total_s", "told"),
    [(0.4, "0.4 sec"), (46, "46 sec"), (87, "1.4 min"), (7200, "2 hr"), (200_000, "2.3 days")],
)
def test_a_typical_time_is_told_in_the_largest_unit(app: Flask, total_s: float, told: str):
    with app.test_request_context():
        assert span(total_s) == told


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "Asia/Kolkata", "America/Sao_Paulo"])
def test_days_begin_at_the_viewers_midnight(app: Flask, zone: str):
    with app.test_request_context(headers={"Cookie": f"zone={zone}"}):
        days = last_days(3)
    assert {day.minute % 30 for day in days} == {0}, "not by the sun"
    assert days[2] - days[0] >= timedelta(hours=47)
