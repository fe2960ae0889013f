"""A form's own page asks for its fields, tells what is wrong, and sends where websites send."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.deciding.form import FormField
from engine.storage.database import Database
from engine.storage.forms import save_form
from engine.storage.models import Form, Submission, SubmissionState
from tests.builders import form_config
from tests.web.intake.test_pages import BROWSER, Tags
from web.intake.hosted import autofill

AWKWARD = 'it\'s "<b>" validate data'
FIELDS: list[dict[str, Any]] = [
    {"key": "first_name", "label": "First name", "required": True},
    {"key": "email", "label": "E-mail", "type": "email", "required": True},
    {"key": "phone", "type": "tel"},
    {"key": "budget", "type": "number"},
    {"key": "when", "type": "date"},
    {"key": "topic", "type": "select", "options": ["Demo", "A & B"]},
    {"key": "plan", "type": "radio", "options": ["x", "y"], "label": "Plan"},
    {"key": "news", "type": "checkboxes", "options": ["a", "b"]},
    {"key": "text", "type": "textarea"},
    {"key": "deal", "type": "hidden"},
    {"key": AWKWARD, "label": AWKWARD},
    {"key": "consent", "type": "checkbox", "required": True, "label": "You may write to me"},
]
GOOD = {"first_name": "Ada", "email": "ada@example.org", "consent": "yes", "_fw_page": "1"}


@pytest.fixture
def page(database: Database, rings: list[int]) -> Form:
    return keep(database)


def keep(database: Database, **changes: Any) -> Form:
    given = {"fields": FIELDS, "page": {"enabled": True, "intro": "Ask <us>"}} | changes
    with database.write() as session:
        return save_form(session, form_config(**given))


def submissions(database: Database) -> list[Submission]:
    with database.read() as session:
        return list(session.scalars(select(Submission)))


def send(client: FlaskClient, **changes: Any) -> Any:
    data = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return client.post("/f/callback", data=data, headers=BROWSER)


@pytest.mark.usefixtures("page")
def test_the_page_has_a_labelled_input_for_every_field(client: FlaskClient):
    answer = client.get("/p/callback", headers=BROWSER)
    tags = Tags(answer.text)
    (form,) = tags.of("form")
    assert (form["action"], form["method"]) == ("/f/callback", "post")
    inputs = tags.of("input", "select", "textarea")
    assert {field["key"] for field in FIELDS} <= {str(i["name"]).removesuffix("[]") for i in inputs}
    labels = {label["for"] for label in tags.of("label")}
    assert all(i["id"] in labels for i in inputs if i.get("type") != "hidden")
    required = {str(i["name"]) for i in inputs if "required" in i}
    assert required == {"first_name", "email", "consent"}
    assert next(i for i in inputs if i["name"] == "email")["autocomplete"] == "email"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert not tags.of("b", "us")
    assert [script["src"] for script in tags.of("script")] == ["/f/callback/embed.js"]


@pytest.mark.usefixtures("page")
def test_what_the_page_sends_is_a_submission_like_any_other(
    client: FlaskClient, database: Database
):
    tags = Tags(client.get("/p/callback?deal=7").text)
    hidden = {str(i["name"]): i["value"] for i in tags.of("input") if i.get("type") == "hidden"}
    assert hidden["deal"] == "7"
    answer = client.post(
        "/f/callback",
        data={**hidden, **GOOD, "news[]": ["a", "b"], "plan": "x", "_gotcha": "", AWKWARD: "odd"},
        headers=BROWSER,
    )
    assert (answer.status_code, answer.location) == (303, "/f/callback/thanks")
    (sent,) = submissions(database)
    assert sent.answers["field"]["news"] == ["a", "b"]
    assert sent.answers["field"]["deal"] == "7"
    assert sent.answers["field"][AWKWARD] == "odd"
    assert "_fw_page" not in sent.answers["field"]


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"first_name": ""}, "First name</a>: Enter an answer."),
        ({"first_name": "  "}, "First name</a>: Enter an answer."),
        ({"first_name": None}, "First name</a>: Enter an answer."),
        ({"email": "ada@"}, "E-mail</a>: Enter an e-mail address"),
        ({"phone": "call me"}, "phone</a>: Enter a phone number"),
        ({"budget": "much"}, "budget</a>: Enter a number"),
        ({"when": "tomorrow"}, "when</a>: Enter a date."),
        ({"topic": "Other"}, "topic</a>: Choose one of the answers."),
        ({"plan": "z"}, "Plan</a>: Choose one of the answers."),
        ({"consent": None}, "You may write to me</a>: Tick this box to go on."),
    ],
)
def test_a_wrong_answer_is_told_beside_its_input_and_nothing_typed_is_lost(
    client: FlaskClient, database: Database, wrong: dict[str, Any], told: str
):
    answer = send(client, text="A long <story>", **wrong)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'role="alert"' in answer.text
    assert "A long &lt;story&gt;" in answer.text
    assert submissions(database) == []
    tags = Tags(answer.text)
    errors = {str(p["id"]) for p in tags.of("p") if "wrong" in str(p.get("class"))}
    described = [tag for _, tag in tags.found if tag.get("aria-describedby") in errors]
    assert len(errors) == len(described) == 1
    assert (answer.headers["X-Robots-Tag"], answer.mimetype) == ("noindex", "text/html")


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    "fine",
    [
        {"budget": "1 500,50"},
        {"budget": "-3"},
        {"phone": "+380 67 123 45 67"},
        {"when": "2026-12-01"},
        {"topic": "A & B"},
        {"topic": ""},
    ],
)
def test_a_good_answer_is_accepted(client: FlaskClient, database: Database, fine: dict[str, str]):
    assert send(client, **fine).status_code == 303
    assert len(submissions(database)) == 1


@pytest.mark.usefixtures("page")
def test_a_website_is_never_refused_for_its_answers(client: FlaskClient, database: Database):
    assert client.post("/f/callback", data={"email": "no"}, headers=BROWSER).status_code == 303
    assert client.post("/f/callback", data={**GOOD, "email": "no"}).status_code == 200
    assert len(submissions(database)) == 2


def test_a_required_file_must_be_there(client: FlaskClient, database: Database, rings: list[int]):
    keep(database, fields=[{"key": "cv", "type": "file", "required": True}], uploads={"files": 1})
    assert 'enctype="multipart/form-data"' in client.get("/p/callback").text
    empty = {"_fw_page": "1", "cv": (BytesIO(b""), "")}
    refused = client.post(
        "/f/callback", data=empty, headers=BROWSER, content_type="multipart/form-data"
    )
    assert (refused.status_code, "Choose a file." in refused.text) == (422, True)
    there = {"_fw_page": "1", "cv": (BytesIO(b"%PDF-1.7"), "cv.pdf")}
    assert client.post("/f/callback", data=there, headers=BROWSER).status_code == 303


@pytest.mark.usefixtures("page")
def test_the_page_brings_the_time_and_the_trap(
    client: FlaskClient, database: Database, rings: list[int]
):
    keep(database, spam={"demand": ["time"], "fastest_s": 0})
    time = re.search(r'name="_fw_time" value="([^"]+)"', client.get("/p/callback").text)
    assert time
    send(client, _fw_time=time[1])
    send(client, first_name="Bob")
    send(client, first_name="Eve", _fw_time=time[1], _gotcha="spam")
    states = [sent.state for sent in submissions(database)]
    assert states == [SubmissionState.ACCEPTED, SubmissionState.HELD, SubmissionState.HELD]


@pytest.mark.usefixtures("page")
def test_the_page_that_is_shown_again_is_still_the_same_visit(client: FlaskClient):
    sent = {"_fw_time": "t", "_fw_page_url": "https://a.example/p?x", "_fw_page_title": "Ask"}
    tags = Tags(send(client, email="no", **sent).text)
    hidden = {i["name"]: i["value"] for i in tags.of("input") if i.get("type") == "hidden"}
    assert hidden.items() >= sent.items()


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"page": {"enabled": False}}, 404, "There is no form at this address"),
        ({"enabled": False}, 410, "This form takes no submissions any more"),
    ],
)
def test_a_page_that_is_not_there_says_so_kindly(
    client: FlaskClient, database: Database, changes: dict[str, Any], status: int, told: str
):
    keep(database, **changes)
    answer = client.get("/p/callback", headers=BROWSER)
    assert (answer.status_code, told in answer.text) == (status, True)
    assert client.get("/p/nothing", headers=BROWSER).status_code == 404


def test_the_page_is_bounded_like_submissions(client: FlaskClient, database: Database):
    keep(database, per_minute=2)
    assert [client.get("/p/callback").status_code for _ in range(3)] == [200, 200, 429]


def test_sending_leads_where_the_form_says(
    client: FlaskClient, database: Database, rings: list[int]
):
    keep(database, page={"enabled": True, "thanks": "See <you>\nsoon"})
    assert "See &lt;you&gt;" in client.get(send(client).location).text
    keep(database, redirect="https://a.example/x")
    policy = client.get("/p/callback").headers["Content-Security-Policy"]
    assert "form-action 'self' https://a.example;" in policy
    assert send(client, first_name="Bob").location == "https://a.example/x"


@pytest.mark.parametrize(
    ("key", "type", "token"),
    [
        ("first_name", "text", "given-name"),
        ("user.lastname", "text", "family-name"),
        ("Name", "text", "name"),
        ("contact", "email", "email"),
        ("mobile", "text", "tel"),
        ("company", "text", "organization"),
        ("zip", "text", "postal-code"),
        ("message", "textarea", "on"),
    ],
)
def test_browsers_are_told_what_to_fill_in(key: str, type: Any, token: str):
    assert autofill(FormField(key=key, type=type)) == token
