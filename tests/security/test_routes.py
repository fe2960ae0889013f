"""Who may use which address: the whole map against everybody, by one table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.instance import Instance
from engine.storage.models import Run, RunState
from engine.storage.tokens import Scope
from tests.builders import urlencoded
from tests.security import places
from tests.security.places import (
    ACCOUNT,
    CONNECT,
    EDIT,
    OF_PEOPLE,
    OPEN,
    PLACES,
    ROLES,
    SCOPES_OF,
    Route,
    routes,
)
from tests.web.api.conftest import MakeToken
from web.headers import USUAL
from web.studio.rights import RIGHTS

SignIn = Callable[[str], FlaskClient]

KEPT_BY_BROWSERS = {"GET static", "GET intake.demo", "GET intake.embed", "GET intake.thanks"}
OWN_POLICY = {"GET intake.demo"}  # its form may lead where the form's owner allows
CROSS_ORIGIN = ("intake.",)  # websites' pages use it


@pytest.fixture
def address(app: Flask, full: Instance) -> Callable[[Route], str]:
    """A route's address, with things in it that are there."""
    with full.database.read() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.FAILED)).one()
        ids = {"studio.runs": run.public_id, "studio.submissions": run.submission.public_id}

    def made(route: Route) -> str:
        room = route.rule.endpoint.rpartition(".")[0]
        given = {
            "key": {"studio.connections": "main", "studio.forms": "callback"}.get(room, "sales"),
            "form_key": "callback",
            "connector": "kommo",
            "public_id": ids.get(room, "x"),
            "filename": "public.css",
            "form": "callback",
            "module": "sales",
            "number": "1",
            "connection": "main",
            "run": "2" * 20,
            "submission": "2" * 20,
            "order": "2" * 20,
            "move": "pause",
            "kind": "contact",
        }
        with app.test_request_context():
            return url_for(
                route.rule.endpoint, **{name: given.get(name, "1") for name in route.rule.arguments}
            )

    return made


def send(client: FlaskClient, route: Route, address: str, **headers: str) -> TestResponse:
    """A request that changes nothing: without a form's token, and about nothing that is there."""
    body = {"data": urlencoded(), "content_type": "application/x-www-form-urlencoded"}
    with client.open(
        address, method=route.method, headers=headers, **body if route.method == "POST" else {}
    ) as answer:
        return answer


def at_the_door(answer: TestResponse) -> bool:
    return answer.status_code == 302 and answer.location.startswith("/login")


def test_every_route_has_its_place(app: Flask):
    there = {route.name for route in routes(app)}
    placed = [name for names in PLACES.values() for name in names]
    assert there - set(placed) == set(), "place it in tests/security/places.py"
    assert set(placed) - there == set()
    assert len(placed) == len(set(placed))


def test_the_table_names_all_roles_and_scopes():
    assert ROLES.keys() == RIGHTS.keys()
    assert {one for place in PLACES if ":" in place for one in place.split()} == set(Scope)


def test_strangers_meet_the_door(app: Flask, address: Callable[[Route], str], rings: list[int]):
    client = app.test_client()
    for route in routes(app):
        answer = send(client, route, address(route))
        match route.place:
            case places.PUBLIC | places.HERE:
                # the page of the demo is only there with its form, a form's own when its owner wants it
                expected = {
                    "GET intake.demo": {404},
                    "GET files.show": {404},
                    "GET page.show": {404},
                    "GET intake.handshake": {405},  # nobody's handshake
                    "OPTIONS intake.preflight": {204},
                    "POST entrance.language.choose": {400},  # none was chosen
                }
                allowed = expected.get(route.name, {200, 503})  # 503: no queue runs here
                assert answer.status_code in allowed, route.name
            case places.SIGN_IN:
                wanted = 302 if route.name == "POST security.logout" else None
                assert answer.status_code in {200, 303, 400, wanted}, route.name
            case places.BY_SECRET:
                assert answer.status_code in {200, 404, 422}, route.name
            case _ if route.is_api:
                assert answer.status_code == 401, route.name
            case _:
                assert at_the_door(answer), route.name


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_the_table_says(
    app: Flask, sign_in: SignIn, address: Callable[[Route], str], role: str
):
    client = sign_in(role)
    for route in routes(app):
        if route.place in OPEN:
            continue
        answer = send(client, route, address(route))
        if route.is_api:
            assert answer.status_code == 401, f"{route.name}: cookies count for nothing here"
        elif route.place not in ROLES[role]:
            assert answer.status_code == 403, route.name
        elif route.method == "GET":
            # 404 or 400 where it asks for what is not there: whoever gets so far has the right
            assert answer.status_code in (200, 400, 404), route.name
        else:
            assert answer.status_code == 400, f"{route.name} without its form's token"


@pytest.mark.parametrize("role", ["viewer", "owner"])
def test_a_token_opens_what_the_table_says(
    app: Flask,
    make_token: MakeToken,
    address: Callable[[Route], str],
    monkeypatch: pytest.MonkeyPatch,
    role: str,
):
    monkeypatch.setattr("web.api.connections.test_account", lambda *_: pytest.fail("asked"))
    client = app.test_client()
    for route in routes(app):
        if route.place is None or route.place in OPEN:
            continue
        where = address(route).replace("callback", "none").replace("main", "none")
        if not route.is_api:
            secret = make_token(*Scope, role=role)
            answer = send(client, route, where, Authorization=f"Bearer {secret}")
            assert at_the_door(answer), route.name
            continue
        needed = set(route.place.split())
        allowed = needed <= SCOPES_OF.get(role, frozenset(Scope))
        for missing in (None, *needed):
            scopes = set(Scope) - {Scope(missing)} if missing else set(Scope)
            secret = make_token(*scopes, role=role)
            answer = send(client, route, where, Authorization=f"Bearer {secret}")
            refused = answer.status_code == 403
            assert refused == (missing is not None or not allowed), (route.name, missing)
            assert answer.status_code != 401


def test_what_is_not_there_and_what_is_not_ones_own_look_alike(grace: FlaskClient, full: Instance):
    for where in ("/submissions/", "/runs/", "/forms/", "/connections/"):
        assert grace.get(where + "2" * 20).status_code == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_changes_nothing(
    app: Flask, sign_in: SignIn, address: Callable[[Route], str], site: str
):
    client = sign_in("owner")
    for route in routes(app):
        if route.place in (ACCOUNT, EDIT, CONNECT, OF_PEOPLE) and route.method != "GET":
            answer = send(client, route, address(route), **{"Sec-Fetch-Site": site})
            assert answer.status_code == 403, route.name


def test_nothing_is_changed_by_looking(app: Flask):
    """Safe methods read with an engine that cannot write; what changes anything is a POST or PUT."""
    for route in routes(app):
        verb = route.rule.endpoint.rpartition(".")[2]
        if verb in ("save", "create", "clear", "discard", "approve", "retry", "drop", "switch"):
            assert route.method == "POST", route.name


@pytest.mark.parametrize("public_url", ["http://forms.example.org", "https://forms.example.org"])
def test_every_answer_bears_the_strict_headers(
    app: Flask,
    sign_in: SignIn,
    address: Callable[[Route], str],
    rings: list[int],
    monkeypatch: pytest.MonkeyPatch,
    public_url: str,
):
    client = sign_in("owner")
    settings = app.extensions["instance"].settings
    monkeypatch.setitem(settings.__dict__, "public_url", public_url)
    for route in routes(app):
        answer = send(client, route, address(route))
        told = answer.headers
        found = {name: told.get(name) for name in USUAL}
        if route.name in KEPT_BY_BROWSERS and answer.status_code == 200:
            found["Cache-Control"] = USUAL["Cache-Control"]
        if route.name in OWN_POLICY and answer.status_code == 200:
            found["Content-Security-Policy"] = USUAL["Content-Security-Policy"]
        if route.rule.endpoint.startswith(CROSS_ORIGIN):
            assert found["Cross-Origin-Resource-Policy"] == "cross-origin", route.name
            found["Cross-Origin-Resource-Policy"] = "same-origin"
        assert found == dict(USUAL), route.name
        promised = "Strict-Transport-Security" in told
        assert promised == public_url.startswith("https"), route.name


def test_the_policy_allows_no_inline_code_and_no_frames():
    policy = dict(part.partition(" ")[::2] for part in USUAL["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'", "plugins, workers and the rest included"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in USUAL["Content-Security-Policy"]
    assert "*" not in USUAL["Content-Security-Policy"]
