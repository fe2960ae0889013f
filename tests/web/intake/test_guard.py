"""What speaks for spam holds a submission, with its reasons; nothing is refused or lost for it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import altcha
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from engine.delivery import intake, proofs
from engine.delivery.held import approve_submission
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.database import Database
from engine.storage.forms import save_form, save_module
from engine.storage.models import Event, Form, Module, Run, Submission, SubmissionState
from tests.builders import form_config, module_config, multipart, urlencoded

pytestmark = pytest.mark.usefixtures("form", "rings")


@pytest.fixture(autouse=True)
def _light_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "_ROUNDS", 1)
    monkeypatch.setattr(proofs, "_TRIES", range(3, 5))


def guard(database: Database, **spam: Any) -> None:
    with database.write() as session:
        save_form(session, form_config(spam=spam))


def token(client: FlaskClient, form: str = "callback") -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/f/{form}/token").get_json()
    return answer


def proof(client: FlaskClient) -> str:
    given = client.get("/f/callback/challenge").get_json()
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(given))
    assert solution
    document = {"challenge": given, "solution": solution.to_dict()}
    return base64.b64encode(json.dumps(document).encode()).decode()


def send(client: FlaskClient, database: Database, **answers: Any) -> Submission:
    response = client.post(
        "/f/callback",
        data=urlencoded(**answers),
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200
    with database.read() as session:
        return session.scalars(select(Submission).order_by(Submission.id.desc())).all()[0]


def later(monkeypatch: pytest.MonkeyPatch, **passed: float) -> None:
    """Let time have passed at the intake."""
    at = intake.now() + timedelta(**passed)
    monkeypatch.setattr(intake, "now", lambda: at)


def test_a_submission_sent_at_once_is_held_with_the_reason(
    client: FlaskClient, database: Database, module: Module
) -> None:
    held = send(client, database, _fw_time=token(client)["time"])
    assert held.state == SubmissionState.HELD
    assert "s after the page had shown the form" in held.reason
    assert held.answers["spam"] == {"score": 60, "reasons": [held.reason]}
    with database.read() as session:
        assert session.scalar(select(func.count(Run.id))) == 0
        assert session.scalars(select(Event.message)).all() == [held.reason]


@pytest.mark.parametrize(
    ("passed", "state", "score"),
    [
        ({"seconds": 30}, SubmissionState.ACCEPTED, 0),
        ({"hours": 30}, SubmissionState.ACCEPTED, 20),
    ],
)
def test_a_person_takes_a_while(
    client: FlaskClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    passed: dict[str, float],
    state: SubmissionState,
    score: int,
) -> None:
    given = token(client)["time"]
    later(monkeypatch, **passed)
    sent = send(client, database, _fw_time=given)
    assert (sent.state, sent.answers["spam"]["score"], sent.reason) == (state, score, "")
    if score:
        with database.read() as session:
            assert "30 hours" in session.scalars(select(Event.message)).one()


def test_what_a_form_demands_must_come_along(client: FlaskClient, database: Database) -> None:
    assert send(client, database).state == SubmissionState.ACCEPTED
    guard(database, demand=["time"])
    assert send(client, database, n="1").state == SubmissionState.HELD


def test_the_threshold_is_the_forms_own(client: FlaskClient, database: Database) -> None:
    guard(database, hold_at=70)
    sent = send(client, database, _fw_time=token(client)["time"])
    assert (sent.state, sent.answers["spam"]["score"]) == (SubmissionState.ACCEPTED, 60)


def test_another_forms_time_is_none(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        save_form(session, form_config(form="other"))
    sent = send(client, database, _fw_time=token(client, "other")["time"])
    assert "told of another form" in sent.reason


def test_the_same_again_and_again_is_held(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []
    for _ in range(5):
        later(monkeypatch, minutes=1)  # sooner it would be a double click
        states.append(send(client, database).state)
    assert states == [SubmissionState.ACCEPTED] * 3 + [SubmissionState.HELD] * 2
    assert send(client, database, email="grace@example.org").state == SubmissionState.ACCEPTED


def test_a_proof_of_work_counts_once(client: FlaskClient, database: Database) -> None:
    guard(database, demand=["proof"])
    assert token(client)["proof"] is True
    done = proof(client)
    first = send(client, database, _fw_proof=done)
    repeated = send(client, database, _fw_proof=done)
    other = send(client, database, altcha=done, email="mallory@example.org")
    without = send(client, database, email="grace@example.org")
    widget = send(client, database, altcha=proof(client), email="grace@example.org", n="2")
    assert (first.state, first.id, repeated.hits) == (SubmissionState.ACCEPTED, repeated.id, 2)
    assert "counted for another submission" in other.reason
    assert "brings no proof" in without.reason
    assert widget.state == SubmissionState.ACCEPTED


def test_who_is_let_in_by_a_person_goes_the_usual_way(
    client: FlaskClient, database: Database, instance: Instance, module: Module
) -> None:
    held = send(client, database, _gotcha="x")
    approve_submission(instance, held.id, Actor("grace@example.org", "studio"))
    with database.read() as session:
        assert session.scalars(select(Run.submission_id)).one() == held.id


def test_rules_see_the_score_and_the_reasons(
    client: FlaskClient, database: Database, module: Module
) -> None:
    rules = [
        {"hold": {">=": [{"var": "spam.score"}, 20]}},
        {"hold": {"!!": {"var": "spam.reasons"}}},
    ]
    with database.write() as session:
        save_module(session, module_config(active={"rules": rules}))
    assert send(client, database).answers["spam"] == {"score": 0, "reasons": []}


@pytest.mark.parametrize("path", ["token", "challenge"])
def test_what_a_browser_is_given_is_nobodys_to_keep(
    client: FlaskClient, database: Database, path: str
) -> None:
    response = client.get(f"/f/callback/{path}", headers={"Origin": "https://shop.example"})
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in response.headers
    assert client.get(f"/f/nothing/{path}").status_code == 404
    with database.write() as session:
        save_form(session, form_config(enabled=False))
    assert client.get(f"/f/callback/{path}").status_code == 410


def test_challenges_are_not_given_without_end(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        save_form(session, form_config(per_minute=2))
    statuses = [client.get("/f/callback/challenge").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert client.post("/f/callback", data={"a": "1"}).status_code == 200


_names = some.sampled_from(["a", "a[]", "a[b][c]", "_fw_time", "_fw_proof", "altcha", "\u202e", ""])
_values = some.text(max_size=20) | some.sampled_from(
    ["data:image/png;base64,AA==", "data:;base64,", "W10=", "e30="]
)
_parts = some.tuples(_names, _values) | some.tuples(_names, _values, some.binary(max_size=20))


@given(
    parts=some.lists(_parts, max_size=5),
    cut=some.integers(0, 400),
    boundary=some.sampled_from(["Ada", "B", ""]),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_multipart_body_makes_an_error(
    client: FlaskClient,
    database: Database,
    form: Form,
    parts: list[Any],
    cut: int,
    boundary: str,
) -> None:
    with database.write() as session:
        save_form(
            session,
            form_config(
                spam={"demand": ["time", "proof"]}, uploads={"files": 2}, per_minute=10_000
            ),
        )
    encodable = [tuple(_plain(one) for one in part) for part in parts]
    raw = multipart(*encodable)  # type: ignore[arg-type]
    for body in (raw, raw[:cut]):
        response = client.post(
            "/f/callback", data=body, content_type=f"multipart/form-data; boundary={boundary}"
        )
        assert response.status_code == 200, response.text


def _plain(value: str | bytes) -> str | bytes:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
