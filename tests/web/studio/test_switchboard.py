"""The switchboard: what is on, by whom and why, and switching it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.audit import Wanted, entries_page
from engine.storage.connections import save_connection
from engine.storage.drafts import save_draft, seen_of
from engine.storage.forms import live_revision, module_by_key, save_form, save_module
from engine.storage.models import Form, Module, Revision
from rules.sets import key_of
from tests.builders import module_config
from tests.web.studio.conftest import SignIn
from web.database import db

BOARD = "/switchboard"
DEMO = {"activate": {"==": [{"var": "field.topic"}, "demo"]}}
STAFF = {"deactivate": {"ends_with": [{"var": "field.email"}, "@acme.test"]}}
OFF = {"enabled": False}


@pytest.fixture
def ruled(full: Instance) -> Instance:
    """The module has two rules, by its third revision."""
    with full.database.write() as session:
        config = module_config(name="Kommo · Sales", active={"rules": [DEMO, STAFF]})
        save_module(session, config, author="grace@example.org")
    return full


def switch(client: FlaskClient, address: str, *, on: bool, **more: str) -> TestResponse:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(BOARD).text)
    assert token
    fields = {"csrf_token": token[1], "on": "yes" if on else "no", "why": "the fair is over"}
    return client.post(f"{BOARD}/{address}", data=fields | more)


def rule(client: FlaskClient, said: dict[str, Any], *, on: bool, **more: str) -> TestResponse:
    page = soup(client)
    revision = str(page.select_one("[name=revision]")["value"])  # type: ignore[index]
    given = {"rule": key_of(said), "revision": revision} | more
    return switch(client, "callback/sales/rules", on=on, **given)


def soup(client: FlaskClient, address: str = BOARD) -> Tag:
    return BeautifulSoup(client.get(address).text, "html.parser")


def words(part: Tag | None) -> str:
    assert part
    return " ".join(part.text.split())


def newest(instance: Instance) -> Revision:
    with instance.database.read() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        return live_revision(session, module.id)


def noted(instance: Instance) -> list[tuple[Any, ...]]:
    with instance.database.read() as session:
        rows = [one for one in entries_page(session, Wanted(), 1).rows if one.act != "sign in"]
        return [(one.actor, one.act, one.noun, one.target, one.details) for one in rows]


def test_every_rule_stands_with_what_would_be_without_it(
    grace: FlaskClient, ruled: Instance
) -> None:
    first, second = soup(grace).select(".board-rules > li")
    assert 'Activate if topic equals "demo"' in words(first)
    assert 'Then: Always active; but not if email ends with "@acme.test"; 1 rule' in words(first)
    assert 'Deactivate if email ends with "@acme.test"' in words(second)
    assert 'Then: Active if topic equals "demo"; 1 rule is switched off.' in words(second)


def test_switching_a_rule_makes_a_revision_that_says_who_and_why(
    grace: FlaskClient, ruled: Instance
) -> None:
    answer = rule(grace, STAFF, on=False)
    assert (answer.status_code, answer.location) == (303, f"{BOARD}#form-callback")
    live = newest(ruled)
    assert live.document["active"]["rules"] == [DEMO, STAFF | OFF]
    assert (live.number, live.author, live.comment) == (4, "owner@example.org", "the fair is over")
    details = {"why": "the fair is over", "revision": 4}
    target = f"callback/sales#{key_of(STAFF)}"
    assert noted(ruled) == [("owner@example.org", "switch off", "rule", target, details)]
    line = words(soup(grace).select(".board-rules > li")[1])
    assert "owner@example.org switched it off" in line
    assert "“the fair is over”" in line
    assert "It counts as not there." in line
    assert rule(grace, STAFF, on=True).status_code == 303
    assert newest(ruled).document["active"]["rules"] == [DEMO, STAFF]
    assert "switched it on" in words(soup(grace).select(".board-rules > li")[1])


def test_a_draft_is_switched_too_lest_publishing_it_switch_back(
    grace: FlaskClient, ruled: Instance
) -> None:
    with ruled.database.write() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        draft = module_config(name="Renamed", active={"rules": [STAFF, DEMO]})
        save_draft(session, module, draft, seen_of(session, module), author="ada@example.org")
    rule(grace, STAFF, on=False)
    with ruled.database.read() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        assert module.draft
        assert module.draft.document["name"] == "Renamed"
        assert module.draft.document["active"]["rules"] == [STAFF | OFF, DEMO]
        assert module.draft.base == 4


@pytest.mark.parametrize("more", [{"revision": "2"}, {"rule": "0" * 12}])
def test_a_module_that_changed_meanwhile_is_looked_at_first(
    grace: FlaskClient, ruled: Instance, more: dict[str, str]
) -> None:
    assert rule(grace, STAFF, on=False, **more).status_code == 303
    assert newest(ruled).number == 3
    assert noted(ruled) == []
    assert "was changed meanwhile" in grace.get(BOARD).text


def test_modules_and_forms_are_switched_with_their_reason(
    grace: FlaskClient, ruled: Instance
) -> None:
    assert switch(grace, "callback/sales", on=False).status_code == 303
    assert newest(ruled).comment == "the fair is over"
    assert "Submissions pass it by" in words(soup(grace).select_one(".board-module"))
    assert switch(grace, "callback", on=False).status_code == 303
    with ruled.database.read() as session:
        assert session.scalars(select(Form.enabled)).all() == [False]
        assert session.scalars(select(Module.enabled)).all() == [False]
    assert [one[1:4] for one in noted(ruled)] == [
        ("switch off", "form", "callback"),
        ("switch off", "module", "callback/sales"),
    ]
    assert "refuses submissions" in words(soup(grace).select_one(".board .card-header"))


@pytest.mark.parametrize("address", ["callback", "callback/sales", "callback/sales/rules"])
def test_without_a_reason_nothing_is_switched(
    grace: FlaskClient, ruled: Instance, address: str
) -> None:
    given = {"rule": key_of(STAFF), "revision": "3", "why": " "}
    assert switch(grace, address, on=False, **given).status_code == 303
    assert noted(ruled) == []
    assert newest(ruled).number == 3
    assert "say why" in grace.get(BOARD).text


def test_a_module_is_not_switched_on_before_its_crm_lets_us_in(
    grace: FlaskClient, ruled: Instance
) -> None:
    switch(grace, "callback/sales", on=False)
    with ruled.database.write() as session:
        save_connection(
            session,
            ruled.vault,
            key="main",
            name="Main Kommo",
            connector="kommo",
            settings={"subdomain": "acme", "client_id": "a", "client_secret": "b"},
        )
    page = words(soup(grace).select_one(".board-module .lever"))
    assert "does not let Formwire in" in page
    switch(grace, "callback/sales", on=True)
    with ruled.database.read() as session:
        assert session.scalars(select(Module.enabled)).all() == [False]


def test_an_older_switching_is_not_told_of_what_was_changed_since(
    grace: FlaskClient, ruled: Instance
) -> None:
    rule(grace, STAFF, on=False)
    with ruled.database.write() as session:
        save_module(session, module_config(active={"rules": [DEMO, STAFF]}))
    assert "switched it" not in grace.get(BOARD).text


def test_marketers_see_and_administrators_switch(sign_in: SignIn, ruled: Instance) -> None:
    for role in ("viewer", "marketer"):
        client = sign_in(role)
        page = client.get(BOARD).text
        assert "Deactivate if email ends with" in page
        assert '<details class="lever"' not in page
        assert client.post(f"{BOARD}/callback").status_code == 403
    assert switch(sign_in("administrator"), "callback", on=False).status_code == 303


def test_a_search_finds_forms_modules_and_connections(grace: FlaskClient, ruled: Instance) -> None:
    for found in ("callb", "KOMMO · s", "main kommo"):
        assert len(soup(grace, f"{BOARD}?search={found}").select(".board")) == 1
    for missing in ("100%", "second", "_"):
        assert "Nothing found" in grace.get(f"{BOARD}?search={missing}").text


def test_nobody_is_sent_elsewhere(grace: FlaskClient, ruled: Instance) -> None:
    answer = switch(grace, "callback", on=False, back="//mallory.example/")
    assert answer.location == f"{BOARD}#form-callback"
    answer = switch(grace, "callback", on=True, back=f"{BOARD}?search=a&page=2")
    assert answer.location == f"{BOARD}?search=a&page=2#form-callback"


def test_a_hundred_forms_cost_no_more_queries_than_one(grace: FlaskClient, ruled: Instance) -> None:
    with ruled.database.write() as session:
        for number in range(100):
            save_form(session, FormConfig(form=f"form-{number}", name=f"Form {number:03}"))
            for module in ("one", "two"):
                rules = {"rules": [DEMO, STAFF]}
                changes = {"form": f"form-{number}", "module": module, "active": rules}
                save_module(session, module_config(**changes))
    statements: list[str] = []
    with grace.application.app_context():
        engine = db.engine

    @event.listens_for(engine, "before_cursor_execute")
    def count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    page = soup(grace)
    assert len(page.select(".board")) == 8
    assert len([one for one in statements if one.startswith("SELECT")]) <= 15, statements
    assert "Page 1 of 13" in page.text
    assert len(soup(grace, f"{BOARD}?page=99").select(".board")) == 5
