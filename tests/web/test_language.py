"""Which language and which numbers somebody gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import get_locale

from web import language
from web.studio.formats import ago, moment, seconds, when

ALL = {"en": "English", "uk": "Українська", "ru": "Русский", "es": "Español"}


@pytest.fixture(autouse=True)
def _all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "LANGUAGES", ALL)
    monkeypatch.setattr("web.entrance.language.LANGUAGES", ALL)


@pytest.mark.parametrize(
    ("wish", "cookie", "given"),
    [
        ("", "", "en"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "", "uk"),
        ("de-DE,es;q=0.5,en;q=0.2", "", "es"),
        ("de", "", "en"),
        ("uk", "ru", "ru"),
        ("uk", "xx", "uk"),
        ("uk", "../../etc", "uk"),
    ],
)
def test_a_choice_counts_before_the_browsers_wish(
    app: Flask, wish: str, cookie: str, given: str
) -> None:
    headers = {"Accept-Language": wish, "Cookie": f"language={cookie}"}
    with app.test_request_context(headers=headers):
        assert get_locale().language == given


def test_the_choice_is_kept_in_the_browser(app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/language", data={"language": "uk", "back": "/forms?page=2"})
    assert (answer.status_code, answer.location) == (303, "/forms?page=2")
    assert client.get_cookie("language").value == "uk"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", ""])
def test_the_way_back_leads_to_formwire_only(app: Flask, back: str) -> None:
    answer = app.test_client().post("/language", data={"language": "es", "back": back})
    assert answer.location == "/"


def test_another_language_is_refused(app: Flask) -> None:
    answer = app.test_client().post("/language", data={"language": "de", "back": "/"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("tongue", "day", "past"),
    [
        ("en", "3 Feb, 15:04:05", "3 hours ago"),
        ("uk", "3 лют., 15:04:05", "3 години тому"),
        ("ru", "3 февр., 15:04:05", "3 часа назад"),
        ("es", "3 feb, 15:04:05", "hace 3 horas"),
    ],
)
def test_dates_and_spans_are_written_as_in_the_language(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tongue: str, day: str, past: str
) -> None:
    then = datetime(2026, 2, 3, 15, 4, 5, tzinfo=UTC)
    monkeypatch.setattr("web.studio.formats.now", lambda: then + timedelta(hours=3))
    with app.test_request_context(headers={"Accept-Language": tongue}):
        assert moment(then) == day
        assert ago(then) == past


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2020-11-22T14:28:23+02:00", "22 Nov 2020, 12:28"),
        ("2020-11-22", "2020-11-22"),
        ("2020-11-22T14:28:23", "2020-11-22T14:28:23"),
        ("tomorrow", "tomorrow"),
    ],
)
def test_an_instant_of_a_plan_is_written_for_people(app: Flask, text: str, told: str) -> None:
    with app.test_request_context():
        assert when(text) == told


def test_numbers_are_written_as_in_the_language(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "es"}):
        assert seconds(timedelta(seconds=1.25)).startswith("1,25")
