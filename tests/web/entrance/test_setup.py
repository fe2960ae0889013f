"""The first run: who may make the owner, and when nobody may any more."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.instance import Instance
from engine.settings import Settings
from engine.storage.model_audit import AuditEntry
from engine.storage.model_people import Person, WebSession
from engine.storage.people import (
    SomebodyIsThere,
    create_first_owner,
    create_person,
    has_role,
    password_hash,
    person_by_email,
)
from tests.web.studio.conftest import PASSWORD, post
from web.cli import main
from web.setup_code import is_setup_code, lines_at_start, setup_code

SignIn = Callable[[str], FlaskClient]
GRACE = "grace@example.org"


@pytest.fixture
def entered(settings: Settings) -> dict[str, str]:
    """What the page asks for."""
    return {
        "code": setup_code(settings),
        "name": "Grace",
        "email": GRACE,
        "password": PASSWORD,
        "again": PASSWORD,
    }


def people(instance: Instance) -> int:
    with instance.database.read() as session:
        return session.scalars(select(func.count(Person.id))).one()


def test_the_first_visit_leads_to_the_set_up(client: FlaskClient):
    page = client.get("/", follow_redirects=True)
    assert page.request.path == "/setup"
    assert "Nobody can sign in yet" in page.text


def test_whoever_knows_the_code_becomes_the_owner_and_is_in(
    client: FlaskClient, instance: Instance, entered: dict[str, str]
):
    answer = post(client, "/setup", page="/setup", **entered)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/account").status_code == 200
    with instance.database.read() as session:
        owner = person_by_email(session, GRACE)
        assert owner
        assert has_role(owner, "owner")
        assert owner.last_sign_in_at
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["set up", "sign in"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": ""}, "Enter the set-up code"),
        ({"code": "AAAA-AAAA-AAAA-AAAA"}, "not the set-up code"),
        ({"code": "\N{SNOWMAN}"}, "not the set-up code"),
        ({"name": " "}, "Enter your name"),
        ({"email": "grace"}, "Enter one mail address"),
        ({"password": "short", "again": "short"}, "5 characters are too few"),
        ({"again": "another one, longer"}, "not the same as above"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_mistake_stands_at_its_field_and_makes_nobody(
    client: FlaskClient,
    instance: Instance,
    entered: dict[str, str],
    wrong: dict[str, str],
    words: str,
):
    answer = post(client, "/setup", page="/setup", **entered | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="{next(iter(wrong))}-error"' in answer.text
    assert PASSWORD not in answer.text
    assert people(instance) == 0


def test_without_the_forms_token_nobody_is_made(
    client: FlaskClient, instance: Instance, entered: dict[str, str]
):
    answer = client.post("/setup", data=entered)
    assert "open too long" in answer.text
    assert people(instance) == 0


def test_a_form_of_another_site_makes_nobody(client: FlaskClient, entered: dict[str, str]):
    answer = client.post("/setup", data=entered, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("active", [True, False])
def test_once_there_is_a_person_the_page_is_gone(
    client: FlaskClient, instance: Instance, entered: dict[str, str], active: bool
):
    client.get("/setup")
    with instance.database.write() as session:
        create_person(session, "ada@example.org", PASSWORD, role="viewer").active = active
    assert client.get("/setup").status_code == 404
    assert post(client, "/setup", page="/login", **entered).status_code == 404
    assert client.get("/").location.startswith("/login")
    assert client.get("/login").status_code == 200
    assert people(instance) == 1


def test_of_two_who_set_up_at_once_one_is_made(instance: Instance):
    hashed, start = password_hash(PASSWORD), threading.Barrier(2)
    refused = []

    def set_up(email: str) -> None:
        start.wait()
        try:
            with instance.database.write() as session:
                create_first_owner(session, email, hashed, "")
        except SomebodyIsThere:
            refused.append(email)

    both = [threading.Thread(target=set_up, args=(f"{name}@example.org",)) for name in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert (people(instance), len(refused)) == (1, 1)


def test_whoever_is_slower_is_told_and_not_let_in(
    app: Flask, client: FlaskClient, instance: Instance, entered: dict[str, str], monkeypatch
):
    def somebody_first(password: str) -> str:
        with instance.database.write() as session:
            create_first_owner(session, "first@example.org", password_hash(password), "")
        return password_hash(password)

    monkeypatch.setattr("web.entrance.setup.password_hash", somebody_first)
    assert post(client, "/setup", page="/setup", **entered).status_code == 404
    assert people(instance) == 1
    with instance.database.read() as session:
        assert session.scalars(select(WebSession)).all() == []


def test_the_code_may_be_typed_in_any_way(settings: Settings):
    code = setup_code(settings)
    assert len(code.replace("-", "")) == 16, "80 bits"
    for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')} "):
        assert is_setup_code(settings, typed)
    for wrong in ("", code[:-1], f"{code}A", "\N{SNOWMAN}" * 16):
        assert not is_setup_code(settings, wrong)


def test_another_formwire_has_another_code(settings: Settings):
    other = settings.model_copy(update={"secret_key": "another key for tests" * 3})
    assert not is_setup_code(other, setup_code(settings))


def test_the_operator_is_told_until_there_is_a_person(
    instance: Instance, settings: Settings, environ: dict[str, str]
):
    code = setup_code(settings)
    asked = CliRunner(env=environ).invoke(main, ["people", "setup-code"])
    assert (asked.exit_code, code in asked.output) == (0, True)
    assert code in "\n".join(lines_at_start(settings))
    with instance.database.write() as session:
        create_person(session, GRACE, PASSWORD, role="owner")
    asked = CliRunner(env=environ).invoke(main, ["people", "setup-code"])
    assert asked.exit_code == 2
    assert "people already" in asked.stderr
    assert code not in asked.stderr
    assert lines_at_start(settings) == []


def test_a_start_without_tables_tells_where_the_code_is_found(settings: Settings, tmp_path):
    empty = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none.db"})
    (line,) = lines_at_start(empty)
    assert "formwire people setup-code" in line
