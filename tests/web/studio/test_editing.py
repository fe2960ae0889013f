"""Forms, modules, connections and notices change as people say, and never by a look."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connectors.base import Account
from connectors.errors import AuthError
from engine.deciding import plan as plans
from engine.deciding.plan import Plan
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import connection_by_key, settings_of
from engine.storage.forms import form_by_key, module_by_key
from engine.storage.models import Revision, Run, RunState, Submission, SubmissionState
from engine.storage.notices import give_notice, standing_count
from tests.web.studio.conftest import post
from tests.web.studio.world import SECRET
from web.studio import connections

SALES = "/forms/callback/modules/sales"
MAIN = "/connections/main"


@pytest.fixture
def revisions(full: Instance) -> Callable[[], list[Revision]]:
    def read() -> list[Revision]:
        with full.database.read() as session:
            return list(session.scalars(select(Revision).order_by(Revision.number)))

    return read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("form: callback\nmodule: sales\nconnection: main\ncontakt: {}", ["/contakt", "line 4"]),
        ("form: other\nmodule: sales\nconnection: main\ndeal: {}", ["/form", "line 1"]),
        (
            "form: callback\nmodule: sales\nconnection: none\ndeal: {}",
            ["/connection", "main, second"],
        ),
        ("form: [", ["line 1"]),
    ],
)
def test_a_module_with_mistakes_is_not_saved_and_its_text_is_kept(
    grace: FlaskClient, revisions, text: str, told: list[str]
):
    answer = post(grace, SALES, text=text, revision="2")
    assert answer.status_code == 422
    assert all(words in answer.text for words in told)
    assert text.splitlines()[-1] in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(revisions()) == 2


def test_a_module_is_switched_off_and_on_by_revisions(
    grace: FlaskClient, full: Instance, revisions
):
    for on in ("no", "yes"):
        post(grace, f"{SALES}/switch", on=on)
        with full.database.read() as session:
            module = module_by_key(session, "callback", "sales")
            assert module is not None
            assert module.enabled == (on == "yes")
    assert [each.number for each in revisions()] == [1, 2, 3, 4]
    assert revisions()[-1].author == "owner@example.org"


def test_a_new_module_begins_switched_off(grace: FlaskClient, full: Instance):
    starter = grace.get("/forms/callback/modules/_new").text
    assert "enabled: false" in starter
    text = "form: callback\nmodule: new\nconnection: main\nactive: {enabled: false}\ndeal: {}"
    assert post(grace, "/forms/callback/modules/_new", text=text).location.endswith(
        "/modules/new/contact"
    )
    assert post(grace, "/forms/callback/modules/_new", text=text).status_code == 422
    with full.database.read() as session:
        assert not module_by_key(session, "callback", "new").enabled  # type: ignore[union-attr]


def test_a_new_form_leads_to_its_snippets(grace: FlaskClient, instance: Instance):
    text = "form: demo\nname: Demo"
    assert post(grace, "/forms/_text", text=text).location == "/forms/demo/snippets"
    assert post(grace, "/forms/_text", text=text).status_code == 409
    assert post(grace, "/forms/_text", text="form: A").status_code == 422


def test_settings_of_a_form_are_checked_and_kept(grace: FlaskClient, full: Instance):
    address = "/forms/callback/settings"
    assert post(grace, address, text="form: callback\nname: New\nzone: Mars").status_code == 422
    assert post(grace, address, text="form: other\nname: New").status_code == 422
    assert post(grace, address, text="form: callback\nname: New").status_code == 303
    with full.database.read() as session:
        assert form_by_key(session, "callback").name == "New"  # type: ignore[union-attr]


def settings_now(full: Instance) -> dict[str, str]:
    with full.database.read() as session:
        connection = connection_by_key(session, "main")
        assert connection is not None
        return settings_of(connection, full.vault)


@pytest.mark.parametrize(("entered", "kept"), [("", SECRET), ("another", "another")])
def test_a_secret_left_empty_is_kept(grace: FlaskClient, full: Instance, entered: str, kept: str):
    fields = {"name": "Main", "setting-subdomain": "acme", "setting-token": entered}
    assert post(grace, MAIN, **fields, **{"setting-marker_field": "Key"}).status_code == 303
    assert settings_now(full) == {"subdomain": "acme", "token": kept, "marker_field": "Key"}


@pytest.mark.parametrize("elsewhere", ["subdomain", "base_url"])
def test_a_stored_secret_never_goes_to_another_server(
    grace: FlaskClient, full: Instance, elsewhere: str
):
    fields = {"name": "Main", "setting-subdomain": "acme"}
    fields[f"setting-{elsewhere}"] = "https://mallory.example"
    answer = post(grace, MAIN, **fields)
    assert answer.status_code == 422
    assert 'aria-describedby="setting-token-error"' in answer.text
    assert settings_now(full) == {"subdomain": "acme", "token": SECRET}
    assert post(grace, MAIN, **fields, **{"setting-token": "new"}).status_code == 303
    assert settings_now(full)["token"] == "new"


def test_a_missing_setting_is_told_beside_its_field(grace: FlaskClient, full: Instance):
    answer = post(grace, MAIN, name="Main", **{"setting-subdomain": ""})
    assert answer.status_code == 422
    assert 'aria-describedby="setting-subdomain-error"' in answer.text
    assert settings_now(full)["subdomain"] == "acme"


def test_a_new_connection_is_kept_sealed(grace: FlaskClient, instance: Instance):
    fields = {"name": "K", "key": "main", "setting-subdomain": "acme", "setting-token": SECRET}
    address = "/connections/_new/kommo"
    assert post(grace, address, **(fields | {"key": "Not A Key"})).status_code == 422
    assert post(grace, address, **(fields | {"setting-subdomain": ""})).status_code == 422
    assert post(grace, address, **fields).location == MAIN
    assert post(grace, address, **fields).status_code == 409
    assert settings_now(instance)["token"] == SECRET


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Account("1", "Acme Inc"), "It works: this is Acme Inc."),
        (AuthError("no"), "could not be used: no"),
    ],
)
def test_the_test_button_says_what_the_crm_said(
    grace: FlaskClient, full: Instance, monkeypatch: pytest.MonkeyPatch, answer, told: str
):
    def ask(instance: Instance, connection_id: int) -> Account:
        with instance.database.write():  # nobody else holds the database while the CRM is asked
            pass
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(connections, "test_connection", ask)
    assert post(grace, f"{MAIN}/test").location == MAIN
    assert told in grace.get(MAIN).text


def test_trying_again_queues_the_run_and_rings(
    grace: FlaskClient, full: Instance, rings: list[int]
):
    with full.database.read() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.FAILED)).one()
    assert post(grace, f"/runs/{run.public_id}/retry").location == f"/runs/{run.public_id}"
    with full.database.read() as session:
        assert session.get_one(Run, run.id).state == RunState.QUEUED
    assert rings == [run.connection_id]


def test_clearing_notices_asks_first_and_leaves_what_came_since(grace: FlaskClient, full: Instance):
    assert "1 notice</a>" in grace.get("/").text
    page = grace.get("/notices/clear").text
    assert "Clear one notice?" in page
    shown = re.search(r'name="until" value="([^"]+)"', page)
    assert shown
    with full.database.write() as session:
        assert standing_count(session) == 1
        give_notice(session, "new", "It came while Grace was reading.")
    assert post(grace, "/notices/clear", until=shown[1]).location == "/notices"
    left = grace.get("/notices").text
    assert "while Grace was reading" in left
    assert left.count('id="notice-') == 1


@pytest.mark.parametrize("until", ["", "yesterday", "2026-11-21T10:00:00"])
def test_notices_are_not_cleared_until_nobody_knows_when(
    grace: FlaskClient, full: Instance, until: str
):
    assert post(grace, "/notices/clear", until=until).status_code == 400
    with full.database.read() as session:
        assert standing_count(session) == 1


def test_a_held_submission_is_let_in_or_dropped(grace: FlaskClient, full: Instance, rings):
    with full.database.write() as session:
        sent = session.scalars(select(Submission).where(Submission.number == 21)).one()
        sent.state = SubmissionState.HELD
    address = f"/submissions/{sent.public_id}"
    assert "Approve</button>" in grace.get(address).text
    assert post(grace, f"{address}/approve").location == address
    with full.database.read() as session:
        assert session.get_one(Submission, sent.id).state == SubmissionState.ACCEPTED
        assert len(session.get_one(Submission, sent.id).runs) == 1
    assert rings
    assert "Approve</button>" not in grace.get(address).text


def test_what_waits_for_the_rest_says_so_and_may_go_on_now(
    grace: FlaskClient, full: Instance, rings
):
    with full.database.write() as session:
        sent = session.scalars(select(Submission).where(Submission.number == 21)).one()
        sent.state, sent.wait_until = SubmissionState.PARTIAL, now() + timedelta(minutes=30)
    address = f"/submissions/{sent.public_id}"
    page = grace.get(address).text
    assert "waiting for the rest" in page
    assert "Go on now</button>" in page
    assert "waiting for the rest" in grace.get("/submissions?state=waiting").text
    assert post(grace, f"{address}/approve").location == address
    with full.database.read() as session:
        let_in = session.get_one(Submission, sent.id)
        assert (let_in.state, let_in.wait_until) == (SubmissionState.ACCEPTED, None)
    assert rings


def test_what_a_broken_body_probably_says_is_taken_when_a_person_says_so(
    grace: FlaskClient, full: Instance, rings
):
    with full.database.write() as session:
        sent = session.scalars(select(Submission).where(Submission.number == 20)).one()
        sent.raw = b'{"name": "Ada "The Enchantress" King", "email": "ada@example.org"}'
    address = f"/submissions/{sent.public_id}"
    page = grace.get(address).text
    assert "What it probably says" in page
    assert "Ada &#34;The Enchantress&#34; King" in page
    assert rings == []
    assert post(grace, f"{address}/mend").location == address
    with full.database.read() as session:
        taken = session.get_one(Submission, sent.id)
        assert taken.state == SubmissionState.ACCEPTED
        assert taken.answers["field"]["email"] == "ada@example.org"
        assert taken.raw.startswith(b'{"name": "Ada "The')
        assert len(taken.runs) == 1
    assert rings
    post(grace, f"{address}/mend")
    assert "Nothing was changed" in grace.get(address).text


def test_an_unreadable_submission_is_dropped(grace: FlaskClient, full: Instance):
    with full.database.read() as session:
        sent = session.scalars(select(Submission).where(Submission.number == 20)).one()
    address = f"/submissions/{sent.public_id}"
    assert "Approve</button>" not in grace.get(address).text
    assert post(grace, f"{address}/drop").location == address
    assert "discarded" in grace.get(address).text


@pytest.mark.parametrize(
    ("decision", "state"), [("approve", RunState.QUEUED), ("discard", RunState.DISCARDED)]
)
def test_a_person_decides_about_a_held_run(
    grace: FlaskClient, full: Instance, rings: list[int], decision: str, state: RunState
):
    with full.database.write() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.HELD)).one()
        run.plan = plans.dump(Plan(approval="held, because Topic is demo"))
    page = grace.get(f"/runs/{run.public_id}").text
    assert f"{decision.title()}</button>" in page
    assert "Held, because Topic is demo" in page
    post(grace, f"/runs/{run.public_id}/{decision}")
    with full.database.read() as session:
        assert session.get_one(Run, run.id).state == state
    assert rings == ([run.connection_id] if decision == "approve" else [])


def test_a_run_that_waits_for_a_choice_in_the_crm_is_decided_anew(
    grace: FlaskClient, full: Instance
):
    with full.database.write() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.HELD)).one()
        run.plan = plans.dump(Plan(hold="2 contacts match"))
    page = grace.get(f"/runs/{run.public_id}").text
    assert "Try again</button>" in page
    assert "Approve</button>" not in page
