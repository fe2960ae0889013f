"""Every address of the API, for whoever may and may not use it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.instance import Instance
from engine.storage.model_audit import AuditEntry
from engine.storage.tokens import Scope
from tests.builders import module_document
from tests.web.api.conftest import MakeToken, Ready
from tests.web.studio.world import SECRET
from web.api import OPERATIONS
from web.api.authorization import NEEDED
from web.api.operations import Operation
from web.studio.rights import RIGHTS

NOBODY = "2" * 20
UNKNOWN = {
    "form": "elsewhere",
    "module": "elsewhere",
    "connection": "elsewhere",
    "run": NOBODY,
    "submission": NOBODY,
    "order": NOBODY,
    "step": "nowhere",
    "number": "99",
}
NONSENSE = dict.fromkeys(UNKNOWN, "No%00Such")


def body(operation: Operation, path: dict[str, str]) -> dict[str, Any] | None:
    match operation.name:
        case "put_form":
            return {"form": path["form"], "name": "Call me"}
        case "put_module":
            return module_document(form=path["form"], module=path["module"])
        case "plan_module":
            return {"last": 1}
        case "erase":
            return {"person": "nobody@example.org"}
        case "adopt_record":
            return {"record": "901"}
        case "give_order" | "count_chosen":
            return {"verb": "retry", "choice": {"form": "callback"}}
    return None


def send(
    client: FlaskClient, operation: Operation, path: dict[str, str], secret: str | None = None
) -> TestResponse:
    return client.open(
        "/api/v1" + operation.path.format(**path),
        method=operation.method,
        json=body(operation, path),
        headers={"Authorization": f"Bearer {secret}"} if secret else {},
    )


def is_problem(answer: TestResponse, status: int) -> bool:
    document = answer.get_json(force=True)
    assert document["status"] == answer.status_code
    assert document["remedy"]
    assert document["type"].startswith("urn:problem-type:formwire:")
    assert document["request_id"] == answer.headers["X-Request-Id"]
    assert answer.mimetype == "application/problem+json"
    return answer.status_code == status


def test_nobody_gets_in_without_a_token(client: FlaskClient, known: dict[str, str]):
    for operation in OPERATIONS:
        answer = send(client, operation, known)
        assert is_problem(answer, 401), operation.name
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_wrong_scopes_open_nothing(
    client: FlaskClient, known: dict[str, str], make_token: MakeToken
):
    for operation in OPERATIONS:
        for missing in operation.scopes:
            secret = make_token(*(scope for scope in Scope if scope != missing))
            answer = send(client, operation, known, secret)
            assert is_problem(answer, 403), operation.name
            assert missing in answer.headers["WWW-Authenticate"]
            assert missing in answer.get_json(force=True)["detail"]


def test_the_right_scope_is_enough(
    client: FlaskClient,
    ready: Ready,
    make_token: MakeToken,
):
    for operation in OPERATIONS:
        more = (Scope.SUBMISSIONS_READ,) if operation.name == "plan_module" else ()
        secret = make_token(*operation.scopes, *more)
        answer = send(client, operation, ready(operation.name), secret)
        assert answer.status_code in operation.statuses, answer.text
        operation.answer.model_validate_json(answer.data)
        assert SECRET not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [UNKNOWN, NONSENSE], ids=["unknown", "nonsense"])
def test_what_is_not_there_is_not_found(grace: FlaskClient, path: dict[str, str]):
    for operation in OPERATIONS:
        makes_it = operation.name == "put_form" and path is UNKNOWN
        if "{" in operation.path and not makes_it:
            assert is_problem(send(grace, operation, path), 404), operation.name


@pytest.mark.parametrize("strange", ["form", "module", "number"])
def test_what_belongs_to_another_is_not_found(
    grace: FlaskClient, known: dict[str, str], strange: str
):
    grace.put("/api/v1/forms/other", json={"form": "other", "name": "Other"})
    path = known | {strange: {"form": "other", "module": "other", "number": "3"}[strange]}
    (operation,) = (each for each in OPERATIONS if each.name == "get_revision")
    assert send(grace, operation, known).status_code == 200
    assert is_problem(send(grace, operation, path), 404)


@pytest.mark.parametrize("role", RIGHTS)
def test_a_token_may_do_no_more_than_its_person(
    client: FlaskClient, known: dict[str, str], make_token: MakeToken, role: str
):
    secret = make_token(*Scope, role=role)
    for operation in OPERATIONS:
        may = all(NEEDED[scope] in RIGHTS[role] for scope in operation.scopes)
        answer = send(client, operation, known, secret)
        assert (answer.status_code == 403) == (not may), operation.name


def test_every_scope_opens_something_and_has_its_right():
    assert {each.scope for each in OPERATIONS if each.scope} == set(Scope) == NEEDED.keys()


@pytest.mark.parametrize(
    ("method", "address", "status", "allow"),
    [
        ("GET", "/api/v1", 404, None),
        ("GET", "/api/v1/nothing", 404, None),
        ("POST", "/api/nothing/at/all", 404, None),
        ("DELETE", "/api/v1/forms/callback", 405, "GET, HEAD, PUT"),
        ("OPTIONS", "/api/v1/notices/clear", 405, "POST"),
        ("POST", "/api/v1/runs", 405, "GET, HEAD"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_too(
    client: FlaskClient, method: str, address: str, status: int, allow: str | None
):
    answer = client.open(address, method=method)
    assert is_problem(answer, status)
    assert answer.headers.get("Allow") == allow


def test_the_description_needs_no_token(client: FlaskClient, app: Flask):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["servers"] == [
        {"url": app.extensions["instance"].settings.public_url + "/api"}
    ]


ONLY_ASK = {"plan_module", "count_chosen"}
"""Operations that change nothing, though they are asked by POST: a body says what is wanted."""


def test_whatever_a_program_changes_is_in_the_audit_log(
    client: FlaskClient, full: Instance, ready: Ready, make_token: MakeToken
):
    secret = make_token(*Scope)
    for operation in OPERATIONS:
        if operation.method == "GET" or operation.name in ONLY_ASK:
            continue
        path = ready(operation.name)
        before = last_entry(full)
        answer = send(client, operation, path, secret)
        assert answer.status_code in operation.statuses, answer.text
        entry = last_entry(full)
        assert entry is not None, operation.name
        assert before is None or entry.id == before.id + 1, operation.name
        assert entry.actor == "owner@example.org, by the token “nightly”"
        assert entry.source == "api"


def last_entry(instance: Instance) -> AuditEntry | None:
    with instance.database.read() as session:
        return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).first()
