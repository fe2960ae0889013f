"""Plans over the API: what would be done, before it is done. Nothing is written to the CRM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Kind
from connectors.errors import AuthError, ConnectorError, RateLimitedError, UnavailableError
from connectors.memory import Accident
from engine.instance import Instance
from engine.storage.tokens import Scope
from tests.engine.deciding.test_planning import module
from tests.engine.delivery.world import World, make_world
from tests.web.api.conftest import MakeToken
from web.api import plans as plans_api

PLAN = "/api/v1/modules/demo/sales/plan"
READING = (Scope.MODULES_READ, Scope.CONNECTIONS_READ, Scope.SUBMISSIONS_READ)


@pytest.fixture
def world(instance: Instance, monkeypatch: pytest.MonkeyPatch, rings: list[int]) -> Iterator[World]:
    """Ada posted twice; the first submission is delivered."""
    world = make_world(instance, monkeypatch)
    world.post()
    world.drain()
    world.post(topic="looms")
    before = [world.records(kind) for kind in Kind]
    yield world
    assert [world.records(kind) for kind in Kind] == before


@pytest.fixture
def grace(app: Flask, world: World, make_token: MakeToken) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = (
        f"Bearer {make_token(*READING, Scope.MODULES_WRITE)}"
    )
    return client


def ask(client: FlaskClient, **body: Any) -> Any:
    answer = client.post(PLAN, json=body)
    return answer.get_json(force=True) | {"status_code": answer.status_code}


def test_the_last_submissions_are_planned_the_newest_first(grace: FlaskClient) -> None:
    told = ask(grace, last=5)
    assert (told["status_code"], told["revision"]) == (200, 1)
    assert [item["sample"] for item in told["items"]] == ["#2", "#1"]
    newest = told["items"][0]
    assert (newest["state"], newest["changes"], newest["diff"]) == (None, True, [])
    assert newest["cost"]["looks"] > 0
    assert newest["plan"]["steps"][0]["kind"] == "company"
    assert "Asked about looms" in newest["text"]


def test_one_submission_is_planned_by_its_id(grace: FlaskClient) -> None:
    newest = ask(grace, last=1)["items"][0]
    assert ask(grace, submission=newest["submission"])["items"] == [newest]
    assert ask(grace, submission="2" * 20)["status_code"] == 404


def test_a_sample_needs_no_submission(grace: FlaskClient) -> None:
    (item,) = ask(grace, sample={"first_name": "Grace", "email": "grace@example.org"})["items"]
    assert (item["sample"], item["submission"]) == ("sample", None)
    assert "+ create contact · Grace" in item["text"]


def test_a_draft_is_tried_instead_of_the_newest_revision(grace: FlaskClient) -> None:
    told = ask(grace, last=1, document=module(deal__stage="Talking"))
    assert told["revision"] is None
    assert "Stage: Talking" in told["items"][0]["text"]
    off = ask(grace, last=1, document=module(active={"enabled": False}))["items"][0]
    assert (off["state"], off["plan"], off["changes"]) == ("skipped", None, False)
    assert off["text"] == "skipped: the module is switched off\n"


def test_an_outdated_draft_says_what_it_lacks(grace: FlaskClient) -> None:
    item = ask(grace, last=1, document=module(deal__stage="Nowhere"))["items"][0]
    assert item["state"] == "failed"
    assert "no stage 'Nowhere'" in item["reason"]


def test_a_backtest_shows_what_was_done_and_what_differs(grace: FlaskClient) -> None:
    (same,) = ask(grace, backtest=5)["items"]
    assert (same["sample"], same["diff"], same["then"]) == ("#1", [], same["text"])
    (other,) = ask(grace, backtest=5, document=module(deal__stage="Talking"))["items"]
    assert "+    * Stage: Talking (new record)" in other["diff"]


MISTAKEN: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {""}),
    ({"last": 1, "backtest": 1}, {""}),
    ({"last": 0}, {"/last"}),
    ({"last": 21}, {"/last"}),
    ({"submission": "x"}, {"/submission"}),
    ({"sample": "x"}, {"/sample"}),
    ({"last": 1, "document": {"form": "demo"}}, {"/document/module", "/document/connection"}),
    ({"last": 1, "document": module(form="other")}, {"/document/form"}),
    ({"last": 1, "document": module(connection="gone")}, {"/document/connection"}),
    ({"last": 1, "document": module(deal__budget="{{")}, {"/document/deal/budget"}),
]


@pytest.mark.parametrize(("body", "pointers"), MISTAKEN)
def test_every_mistake_is_told_with_its_place(
    grace: FlaskClient, body: dict[str, Any], pointers: set[str]
) -> None:
    told = ask(grace, **body)
    assert told["status_code"] == 422
    assert {each["pointer"] for each in told["errors"]} == pointers


def test_too_large_a_sample_is_a_mistake(grace: FlaskClient) -> None:
    told = ask(grace, sample={f"f{number}": "x" for number in range(5_000)})
    assert told["status_code"] == 422, told
    assert told["errors"][0]["pointer"] == "/sample"


@pytest.mark.parametrize("missing", READING)
def test_stored_submissions_need_three_scopes(
    app: Flask, world: World, make_token: MakeToken, missing: Scope
) -> None:
    secret = make_token(*(scope for scope in READING if scope is not missing))
    answer = app.test_client().post(
        PLAN, json={"last": 1}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 403
    assert missing in answer.headers["WWW-Authenticate"]


def test_a_sample_needs_no_right_to_read_submissions(
    app: Flask, world: World, make_token: MakeToken
) -> None:
    secret = make_token(Scope.MODULES_READ, Scope.MODULES_WRITE, Scope.CONNECTIONS_READ)
    headers = {"Authorization": f"Bearer {secret}"}
    answer = app.test_client().post(PLAN, json={"sample": {"email": "a@b.co"}}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (AuthError("revoked"), 502, None),
        (UnavailableError("down"), 503, "30"),
        (RateLimitedError("slow", retry_after_s=7), 503, "7"),
        (RateLimitedError("slow"), 503, "30"),
    ],
)
def test_a_crm_that_cannot_be_asked_is_a_problem(
    grace: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    error: ConnectorError,
    status: int,
    wait: str | None,
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(plans_api, "preview", fail)
    answer = grace.post(PLAN, json={"last": 1})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.headers.get("Retry-After") == wait
    assert str(error) in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("accident", "status"),
    [(Accident.UNAUTHORISED, 502), (Accident.NOT_APPLIED, 503), (Accident.RATE_LIMIT, 503)],
)
@pytest.mark.parametrize("body", [{"last": 1}, {"backtest": 1}])
def test_a_look_up_that_fails_is_a_problem(
    grace: FlaskClient, world: World, accident: Accident, status: int, body: dict[str, int]
) -> None:
    world.crm.befall("find", accident)
    assert ask(grace, **body)["status_code"] == status


@pytest.mark.parametrize(
    "asked", [{"sample": {"email": "ada@example.org"}}, {"last": 1, "document": {}}]
)
def test_who_only_reads_may_not_ask_the_crm_about_anybody(
    app: Flask, world: World, make_token: MakeToken, asked: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {make_token(*READING)}"}
    answer = app.test_client().post(PLAN, json=asked, headers=headers)
    assert answer.status_code == 403
    assert "modules:write" in answer.get_json(force=True)["detail"]
