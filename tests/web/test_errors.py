from __future__ import annotations

import logging

import pytest
import structlog
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from engine.delivery.intake import TooFast
from web.errors import ANSWERS, HTTP_ANSWERS, Answer, wants_page

BROWSER = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
SECRET = "ada@example.org"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of a website some of whose addresses break."""
    app.testing = False  # else a bug is raised to the test, as tests mostly want

    def bug() -> str:
        raise RuntimeError(SECRET)

    def database() -> str:
        raise OperationalError("INSERT …", {"email": SECRET}, Exception("database is locked"))

    def fast() -> str:
        raise TooFast(12.2)

    def teapot() -> str:
        abort(418)

    for view in (bug, database, fast, teapot):
        app.add_url_rule(f"/broken/{view.__name__}", view_func=view)
    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "not_found"),
        ("DELETE", "/demo", 405, "wrong_method"),
        ("GET", "/broken/bug", 500, "our_mistake"),
        ("GET", "/broken/database", 503, "try_again"),
        ("GET", "/broken/fast", 429, "too_fast"),
        ("GET", "/broken/teapot", 418, "i'm_a_teapot"),
    ],
)
def test_an_error_is_json_for_programs_and_a_page_for_people(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    told = client.open(path, method=method)
    assert told.status_code == status
    assert told.json
    assert told.json["error"].keys() == {"code", "message", "remedy"}
    assert told.json["error"]["code"] == code

    page = client.open(path, method=method, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert page.headers["X-Request-Id"] in page.text

    for response in (told, page):
        assert SECRET not in response.text
        assert "Traceback" not in response.text


@pytest.mark.parametrize("answer", [*ANSWERS.values(), *HTTP_ANSWERS.values()])
def test_every_answer_says_what_happened(answer: Answer) -> None:
    assert str(answer.message)
    assert str(answer.remedy) or answer.status in (413, 422), "the reader's own words"


@pytest.mark.parametrize(("path", "seconds"), [("/broken/fast", "13"), ("/broken/database", "5")])
def test_who_may_come_again_is_told_when(client: FlaskClient, path: str, seconds: str) -> None:
    assert client.get(path).headers["Retry-After"] == seconds


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    assert "GET" in client.delete("/demo").headers["Allow"]


def test_a_bug_is_logged_with_the_number_that_people_see(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = []

    def note_number(record: logging.LogRecord) -> bool:
        numbers.append(structlog.contextvars.get_contextvars().get("request_id"))
        return bool(record.exc_info)

    with caplog.filtering(note_number):  # type: ignore[arg-type]
        response = client.get("/broken/bug")
    assert numbers == [response.headers["X-Request-Id"]], "as the log's formatter adds it"
    assert "RuntimeError" in caplog.text


def test_the_log_of_a_database_error_holds_no_answers(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/broken/database")
    assert "database is locked" in caplog.text
    assert SECRET not in caplog.text


def test_requests_are_numbered(client: FlaskClient) -> None:
    numbers = {client.get("/healthz").headers["X-Request-Id"] for _ in range(3)}
    assert len(numbers) == 3


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({}, False),
        ({"Accept": "*/*"}, False),
        ({"Accept": "text/html"}, True),
        ({"Accept": "application/json, text/html;q=0.5"}, True),
        ({"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"}, False),
        ({"Accept": "text/html", "Sec-Fetch-Mode": "cors"}, False),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "navigate"}, True),
    ],
)
def test_a_page_is_for_a_navigating_browser(
    app: Flask, headers: dict[str, str], page: bool
) -> None:
    with app.test_request_context(headers=headers):
        assert wants_page() is page


@pytest.mark.parametrize("path", ["/demo", "/healthz", "/static/public.css", "/f/a/embed.js", "/x"])
def test_every_answer_is_kept_from_becoming_a_program(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        headers = response.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers, "unless it came by https"


def test_who_comes_by_https_stays_there(client: FlaskClient) -> None:
    headers = client.get("/demo", base_url="https://localhost").headers
    assert "max-age" in headers["Strict-Transport-Security"]
