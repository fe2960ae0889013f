"""Every page shows, empty and full, to whoever may see it and to nobody else."""

from __future__ import annotations

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.forms import save_form
from engine.storage.models import Run, RunState, Submission
from tests.builders import form_config
from tests.web.studio.world import SECRET
from web.studio.rights import NEEDED, RIGHTS, Right

ARGUMENTS = {
    "key": "callback",
    "form_key": "callback",
    "public_id": "x",
    "connector": "kommo",
    "number": 0,
    "move": "pause",
    "kind": "contact",
}


ONLY_READ = (".new", ".confirm", ".previews.show", ".audit.index", ".choose_again")


def studio_routes(app: Flask) -> list[tuple[str, str]]:
    """Every method and address of the studio."""
    with app.test_request_context():
        return [
            (method, url_for(rule.endpoint, **{n: ARGUMENTS[n] for n in rule.arguments}))
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("studio.")
            for method in sorted((rule.methods or set()) & {"GET", "POST"})
        ]


def test_strangers_see_the_sign_in_page_instead_of_any_page(app: Flask, full: Instance):
    client = app.test_client()
    routes = studio_routes(app)
    assert len(routes) > 25
    for method, address in routes:
        answer = client.open(address, method=method)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login"), address


def test_a_part_of_a_page_is_refused_to_strangers(client: FlaskClient):
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 401


def test_every_page_that_changes_something_names_its_right(app: Flask):
    endpoints = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("studio.") and "POST" in (rule.methods or set())
    }
    assert endpoints <= NEEDED.keys()
    assert NEEDED.keys() <= {rule.endpoint for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_without_the_right_is_refused_before_anything_else(
    app: Flask, sign_in, full: Instance, role: str
):
    client = sign_in(role)
    with app.test_request_context():
        pages = {
            rule.endpoint: (
                "POST" if "POST" in (rule.methods or ()) else "GET",
                url_for(rule.endpoint, **{n: ARGUMENTS[n] for n in rule.arguments}),
            )
            for rule in app.url_map.iter_rules()
            if rule.endpoint in NEEDED
        }
    for endpoint, right in NEEDED.items():
        method, address = pages[endpoint]
        with client.open(address, method=method) as answer:
            status = answer.status_code
        assert (status == 403) == (right not in RIGHTS[role]), endpoint


def test_a_viewer_is_offered_nothing_that_changes_anything(sign_in, full: Instance):
    client = sign_in("viewer")
    for address in ("/forms", "/connections", "/notices", "/forms/callback/modules/sales"):
        page = client.get(address).text
        assert 'class="btn' not in page, address


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/forms",
        "/submissions",
        "/connections",
        "/load",
        "/notices",
        "/notices/clear",
        "/bulk",
        "/switchboard",
        "/audit?noun=form",
        "/tokens",
    ],
)
def test_pages_say_what_to_do_when_there_is_nothing(grace: FlaskClient, address: str):
    answer = grace.get(address)
    assert answer.status_code == 200
    assert "empty-state" in answer.text or address == "/notices/clear"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/forms",
        "/forms/_new",
        "/forms/_text",
        "/forms/callback/fields",
        "/forms/callback/page",
        "/forms/callback",
        "/forms/callback?state=failed",
        "/forms/callback?state=nonsense&page=-3",
        "/forms/callback/settings",
        "/forms/callback/snippets",
        "/forms/callback/modules/_new",
        "/forms/callback/modules/sales",
        "/forms/callback/modules/sales/contact",
        "/forms/callback/modules/sales/deal",
        "/forms/callback/modules/sales/tasks",
        "/forms/callback/modules/sales?revision=1",
        "/forms/callback/modules/sales/logic",
        "/forms/callback/modules/sales/history",
        "/forms/callback/modules/sales/compare?before=1&after=2",
        "/forms/callback/modules/sales/preview",
        "/forms/callback/modules/sales/publish",
        "/submissions",
        "/submissions?state=held&page=99",
        "/connections",
        "/connections/main",
        "/connections/second",
        "/connections/_new/kommo",
        "/load",
        "/notices",
        "/notices/clear",
        "/notices/channels",
        "/bulk",
        "/bulk/_new",
        "/bulk/_new?verb=discard&state=failed&reason=refused&since=2026-01-01&until=2999-01-01",
        "/switchboard",
        "/switchboard?search=kommo&page=9",
        "/audit?noun=form",
        "/tokens",
        "/audit?actor=grace&noun=run&since=nonsense&page=9",
    ],
)
def test_full_pages_show_and_keep_secrets(grace: FlaskClient, full: Instance, address: str):
    answer = grace.get(address)
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_run_calls_answers_as_the_form_does(grace: FlaskClient, full: Instance):
    with full.database.write() as session:
        field = {"key": "first_name", "label": "Given name"}
        save_form(session, form_config(fields=[field]))
        run = session.scalars(select(Run).where(Run.state == RunState.DELIVERED)).one().public_id
    assert 'Given name<small class="key">first_name</small>' in grace.get(f"/runs/{run}").text


@pytest.mark.parametrize("state", RunState)
def test_a_run_shows_in_every_state(grace: FlaskClient, full: Instance, state: RunState):
    with full.database.read() as session:
        run = session.scalars(select(Run).where(Run.state == state)).one()
    page = grace.get(f"/runs/{run.public_id}")
    assert page.status_code == 200
    # The held one has no plan: a person chooses in the CRM, then it is decided anew.
    again = (RunState.WAITING, RunState.FAILED, RunState.HELD)
    assert ("Try again</button>" in page.text) == (state in again)


def test_a_failed_run_tells_reason_remedy_plan_and_calls(grace: FlaskClient, full: Instance):
    with full.database.read() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.FAILED)).one()
    page = grace.get(f"/runs/{run.public_id}").text
    for told in (
        "the option Hardware is gone",
        "Choose another option in the module",
        "matched by e-mail",
        "newest of 2 open deals",
        "is neither yes nor no",
        "Topic is one of demo",
        "NotSupportedChoice",
        "https://acme.kommo.com/contacts/detail/901",
    ):
        assert told in page


def test_submissions_can_be_filtered_by_where_they_stand(grace: FlaskClient, full: Instance):
    for state, count in (("waiting", 3), ("held", 2), ("failed", 1), ("delivered", 1), ("idle", 1)):
        assert f"{count} " in grace.get(f"/submissions?state={state}").text
        page = grace.get(f"/forms/callback?state={state}").text
        assert page.count('<th scope="row"><a href="/submissions/') == count


def test_every_submission_has_a_page(grace: FlaskClient, full: Instance):
    with full.database.read() as session:
        for sent in session.scalars(select(Submission)):
            assert grace.get(f"/submissions/{sent.public_id}").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/forms/none",
        "/forms/callback/modules/none",
        "/submissions/none",
        "/runs/none",
        "/connections/none",
        "/connections/_new/no",
    ],
)
def test_what_is_not_there_is_a_page_of_the_studio(grace: FlaskClient, address: str):
    answer = grace.get(address)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_rights_never_exceed_those_of_the_owner():
    assert all(rights <= RIGHTS["owner"] for rights in RIGHTS.values())
    assert RIGHTS["owner"] == set(Right)
