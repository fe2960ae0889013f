"""Who comes in, and who does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.settings import Settings
from engine.storage.model_audit import AuditEntry
from engine.storage.people import create_person, password_hash, person_by_email, set_password
from tests.web.studio.conftest import PASSWORD, post
from web import create_app

SignIn = Callable[[str], FlaskClient]


def attempt(client: FlaskClient, email: str, password: str, next: str = "/"):
    return post(client, f"/login?next={next}", page="/login", email=email, password=password)


@pytest.fixture
def ada(instance: Instance) -> str:
    with instance.database.write() as session:
        create_person(session, "ada@example.org", PASSWORD, role="viewer")
    return "ada@example.org"


def test_a_password_costs_what_owasp_asks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    assert password_hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD)],
    ids=["wrong password", "unknown person"],
)
def test_a_refusal_does_not_tell_which_part_was_wrong(
    client: FlaskClient, ada: str, email: str, password: str
):
    answer = attempt(client, email, password)
    assert answer.status_code == 200
    assert answer.text.count("The e-mail or the password is wrong.") == 1


def test_the_e_mail_may_be_written_in_any_case(client: FlaskClient, ada: str):
    assert attempt(client, "ADA@Example.org", PASSWORD).status_code == 302


def test_a_person_who_was_switched_off_stays_outside(
    client: FlaskClient, ada: str, instance: Instance
):
    with instance.database.write() as session:
        person_by_email(session, ada).active = False  # type: ignore[union-attr]
    assert attempt(client, ada, PASSWORD).status_code == 200


def test_after_signing_in_a_person_sees_the_page_that_was_asked_for(client: FlaskClient, ada: str):
    assert attempt(client, ada, PASSWORD, "/forms").location == "/forms"


@pytest.mark.parametrize("next", ["https://mallory.example/", "//mallory.example"])
def test_after_signing_in_nobody_is_led_to_another_site(client: FlaskClient, ada: str, next: str):
    answer = attempt(client, ada, PASSWORD, next)
    assert answer.location is None
    assert 'role="alert"' in answer.text


def test_guessing_is_slowed_down_even_with_the_right_password(client: FlaskClient, ada: str):
    for _ in range(5):
        attempt(client, ada, "wrong")
    answer = attempt(client, ada, PASSWORD)
    assert answer.status_code == 200
    assert "Too many tries" in answer.text


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_a_failure_is_noted_without_what_was_typed(
    client: FlaskClient, ada: str, instance: Instance, email: str
):
    attempt(client, email, "a typed secret")
    with instance.database.read() as session:
        noted = session.scalars(select(AuditEntry)).one()
    assert (noted.actor, noted.act) == ("somebody at 127.0.0.1", "fail to sign in")
    assert noted.target == (ada if email == ada else "")
    assert noted.details == {"by": "password"}


def test_a_sign_in_is_noted_and_remembered(client: FlaskClient, ada: str, instance: Instance):
    attempt(client, ada, PASSWORD)
    with instance.database.read() as session:
        noted = session.scalars(select(AuditEntry)).one()
        person = person_by_email(session, ada)
    assert (noted.actor, noted.act, noted.target) == (ada, "sign in", ada)
    assert person
    assert person.last_sign_in_at


def test_a_new_password_ends_every_session(grace: FlaskClient, instance: Instance):
    assert grace.get("/").status_code == 200
    with instance.database.write() as session:
        set_password(session, person_by_email(session, "owner@example.org"), "another")  # type: ignore[arg-type]
    assert grace.get("/").status_code == 302


def test_signing_out_ends_the_session(grace: FlaskClient):
    assert post(grace, "/logout").location == "/login"
    assert grace.get("/").status_code == 302


def test_nobody_is_signed_out_by_another_site(grace: FlaskClient):
    assert grace.post("/logout").status_code == 200
    assert grace.get("/").status_code == 200


def test_nobody_can_register(client: FlaskClient):
    assert client.get("/register").status_code == 404
    assert client.get("/verify").status_code == 404


@pytest.mark.parametrize(
    ("address", "name", "secure"),
    [("https://forms.example.org", "__Host-formwire", True), ("", "formwire", False)],
)
def test_cookies_are_bound_to_https_where_people_come_by_https(
    settings: Settings, address: str, name: str, secure: bool
):
    app = create_app(settings.model_copy(update={"public_url": address}))
    cookie = app.test_client().get("/setup", base_url="https://x").headers["Set-Cookie"]
    app.extensions["database"].close()
    assert cookie.startswith(name + "=")
    assert ("Secure" in cookie) == secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_form_without_its_token_changes_nothing(grace: FlaskClient):
    answer = grace.post("/account/theme", data={"theme": "dark"})
    assert answer.status_code == 400
    assert "open too long" in answer.text


def test_a_form_that_another_site_sends_is_refused(grace: FlaskClient, app: Flask):
    answer = grace.post("/account/theme", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("back", "where"),
    [("/forms?x=1", "/forms?x=1"), ("//mallory.example", "/"), ("/\\mallory", "/"), ("x", "/")],
)
def test_choosing_colours_leads_back_within_the_studio(grace: FlaskClient, back: str, where: str):
    answer = post(grace, "/account/theme", theme="dark", back=back)
    assert answer.location == where
    assert 'data-bs-theme="dark"' in grace.get("/").text
    post(grace, "/account/theme", theme="system")
    assert "data-bs-theme" not in grace.get("/").text
