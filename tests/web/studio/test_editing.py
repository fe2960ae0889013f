"""Forms, modules, connections and notices change as people say, and never by a look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connectors.base import Account
from connectors.errors import AuthError
from engine.instance import Instance
from engine.storage.connections import connection_by_key, settings_of
from engine.storage.forms import form_by_key, module_by_key
from engine.storage.models import Revision, Run, RunState
from engine.storage.notices import standing_count
from tests.web.studio.conftest import post
from tests.web.studio.world import SECRET
from web.studio import connections
from web.yaml_text import write

SALES = "/forms/callback/modules/sales"
MAIN = "/connections/main"


@pytest.fixture
def revisions(full: Instance) -> Callable[[], list[Revision]]:
    def read() -> list[Revision]:
        with full.database.read() as session:
            return list(session.scalars(select(Revision).order_by(Revision.number)))

    return read


def test_saving_a_module_makes_a_revision_with_its_author(grace: FlaskClient, revisions):
    document = dict(revisions()[-1].document, responsible="Anna")
    answer = post(grace, SALES, text=write(document), revision="2")
    assert answer.location == SALES
    newest = revisions()[-1]
    assert (newest.number, newest.author) == (3, "owner@example.org")
    assert newest.document["responsible"] == "Anna"


def test_saving_an_unchanged_module_makes_no_revision(grace: FlaskClient, revisions):
    post(grace, SALES, text=write(revisions()[-1].document), revision="2")
    assert len(revisions()) == 2


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


def test_two_people_do_not_overwrite_each_other(grace: FlaskClient, revisions):
    document = dict(revisions()[-1].document, responsible="Anna")
    answer = post(grace, SALES, text=write(document), revision="1")
    assert answer.status_code == 409
    assert "revision 2 was saved meanwhile" in answer.text
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
    assert post(grace, "/forms/callback/modules/_new", text=text).location.endswith("/modules/new")
    assert post(grace, "/forms/callback/modules/_new", text=text).status_code == 422
    with full.database.read() as session:
        assert not module_by_key(session, "callback", "new").enabled  # type: ignore[union-attr]


def test_a_new_form_leads_to_its_snippets(grace: FlaskClient, instance: Instance):
    text = "form: demo\nname: Demo"
    assert post(grace, "/forms/_new", text=text).location == "/forms/demo/snippets"
    assert post(grace, "/forms/_new", text=text).status_code == 409
    assert post(grace, "/forms/_new", text="form: A").status_code == 422


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
    fields = {"name": "Main", "setting-subdomain": "beta", "setting-token": entered}
    assert post(grace, MAIN, **fields).status_code == 303
    assert settings_now(full) == {"subdomain": "beta", "token": kept}


def test_a_missing_setting_is_told_beside_its_field(grace: FlaskClient, full: Instance):
    answer = post(grace, MAIN, name="Main", **{"setting-subdomain": ""})
    assert answer.status_code == 422
    assert 'aria-describedby="setting-subdomain-error"' in answer.text
    assert settings_now(full)["subdomain"] == "acme"


def test_a_new_connection_is_kept_sealed(grace: FlaskClient, instance: Instance):
    fields = {"name": "K", "key": "main", "setting-subdomain": "acme", "setting-token": SECRET}
    address = "/connections/_new/kommo"
    assert post(grace, address, **(fields | {"key": "Not A Key"})).status_code == 422
    assert post(grace, address, **(fields | {"setting-token": ""})).status_code == 422
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


def test_clearing_notices_asks_first(grace: FlaskClient, full: Instance):
    assert "1 notice</a>" in grace.get("/").text
    assert "Clear one notice?" in grace.get("/notices/clear").text
    with full.database.read() as session:
        assert standing_count(session) == 1
    assert post(grace, "/notices/clear").location == "/notices"
    assert "Nothing needs you" in grace.get("/notices").text
