"""A stolen or forgotten session is worth little, and whoever it belongs to can end it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask import session as browser_session
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine.delivery.sweeping import EVERY, Broom
from engine.instance import Instance
from engine.storage import web_sessions
from engine.storage.base import now
from engine.storage.forms import save_form
from engine.storage.model_people import Person, Role, SignInTry, WebSession
from engine.storage.people import create_person, person_by_email, set_active, set_password, set_role
from engine.storage.web_sessions import (
    ABSOLUTE,
    IDLE,
    USED_EVERY,
    end_sessions_of,
    keep_session,
    sessions_of,
)
from tests.builders import form_config, urlencoded
from tests.web.studio.conftest import PASSWORD, post
from web import sessions

SignIn = Callable[[str], FlaskClient]
OWNER = "owner@example.org"


def rows(instance: Instance) -> list[WebSession]:
    with instance.database.read() as session:
        return list(session.scalars(select(WebSession)))


def age(instance: Instance, **by: timedelta) -> None:
    """Make the only session older than it is."""
    (row,) = rows(instance)
    with instance.database.write() as session:
        session.execute(
            update(WebSession).values(
                {name: getattr(row, name) - span for name, span in by.items()}
            )
        )


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("formwire")
    assert found
    return found.value


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def again(app: Flask) -> FlaskClient:
    """The owner in a second browser."""
    client = app.test_client()
    assert post(client, "/login", page="/login", email=OWNER, password=PASSWORD).status_code == 302
    return client


def test_the_database_does_not_hold_what_the_cookie_holds(grace: FlaskClient, instance: Instance):
    (row,) = rows(instance)
    assert len(cookie(grace)) == 43, "256 bits in base64"
    assert row.digest == hashlib.sha256(cookie(grace).encode()).hexdigest()
    assert cookie(grace) not in repr(vars(row))


def test_the_id_of_before_signing_in_is_worth_nothing_after(app: Flask, instance: Instance):
    with instance.database.write() as session:
        create_person(session, OWNER, PASSWORD, role="owner")
    client = app.test_client()
    client.get("/login")
    before = cookie(client)
    post(client, "/login", page="/login", email=OWNER, password=PASSWORD)
    assert is_in(client)
    thief = app.test_client()
    thief.set_cookie("formwire", before)
    assert not is_in(thief)


def test_the_form_token_of_before_signing_in_opens_nothing_after(app: Flask, instance: Instance):
    with instance.database.write() as session:
        create_person(session, OWNER, PASSWORD, role="owner")
    client = app.test_client()
    client.get("/login")
    with client.session_transaction("/login") as content:
        before = content["csrf_token"]
    post(client, "/login", page="/login", email=OWNER, password=PASSWORD)
    client.get("/")
    with client.session_transaction("/") as content:
        assert content["csrf_token"] != before


@pytest.mark.parametrize(
    ("by", "ended"),
    [
        ({"used_at": IDLE - timedelta(minutes=1)}, False),
        ({"used_at": IDLE}, True),
        ({"created_at": ABSOLUTE - timedelta(minutes=1)}, False),
        ({"created_at": ABSOLUTE}, True),
    ],
    ids=["idle", "idle too long", "busy for days", "busy for a week"],
)
def test_a_session_ends_by_itself(
    grace: FlaskClient, instance: Instance, by: dict[str, timedelta], ended: bool
):
    age(instance, **by)
    assert is_in(grace) is not ended


def test_those_times_are_what_was_promised():
    assert (timedelta(hours=12), timedelta(days=7)) == (IDLE, ABSOLUTE)


def test_a_session_that_ended_takes_its_cookie_with_it(grace: FlaskClient, instance: Instance):
    age(instance, created_at=ABSOLUTE)
    grace.get("/login")
    assert len(cookie(grace)) != 43


CHANGES: dict[str, Callable[[Session, Person], None]] = {
    "password": lambda session, person: set_password(session, person, "another password"),
    "role": lambda session, person: set_role(session, person, "viewer"),
    "activity": lambda session, person: set_active(session, person, False),
    "sign out everywhere": lambda session, person: end_sessions_of(session, person.id),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_person_ends_their_sessions_and_nobody_elses(
    sign_in: SignIn, app: Flask, instance: Instance, change: str
):
    first, other = sign_in("owner"), sign_in("viewer")
    second = again(app)
    with instance.database.write() as session:
        person = person_by_email(session, OWNER)
        assert person
        create_person(session, "another@example.org", PASSWORD, role="owner")
        CHANGES[change](session, person)
    assert (is_in(first), is_in(second), is_in(other)) == (False, False, True)


def test_a_person_who_was_switched_off_by_any_way_is_out(grace: FlaskClient, instance: Instance):
    with instance.database.write() as session:
        session.execute(update(Person).values(active=False))
    assert not is_in(grace)


def test_a_new_password_may_leave_the_browser_it_was_changed_in(
    grace: FlaskClient, app: Flask, instance: Instance
):
    second = again(app)
    with instance.database.write() as session:
        person = person_by_email(session, OWNER)
        assert person
        here = hashlib.sha256(cookie(grace).encode()).hexdigest()
        set_password(session, person, "another password", here=here)
    assert (is_in(grace), is_in(second)) == (True, False)


def test_the_account_page_lists_sessions_and_ends_all_of_them(grace: FlaskClient, app: Flask):
    second = again(app)
    page = grace.get("/account").text
    assert "Signed in in 2 browsers" in page
    assert page.count("this browser") == 1
    answer = post(grace, "/account/sign-out-everywhere", page="/account")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert (is_in(grace), is_in(second)) == (False, False)


def test_signing_out_deletes_the_session(grace: FlaskClient, app: Flask, instance: Instance):
    thief = app.test_client()
    thief.set_cookie("formwire", cookie(grace))
    assert is_in(thief)
    post(grace, "/logout")
    assert rows(instance) == []
    assert not is_in(thief)


def test_a_request_that_ends_after_its_session_does_not_bring_it_back(
    grace: FlaskClient, instance: Instance
):
    (row,) = rows(instance)
    with instance.database.write() as session:
        end_sessions_of(session, row.person_id or 0)
        keep_session(session, row.digest, {"_user_id": "late"})
    assert rows(instance) == []


def test_a_signed_cookie_signs_nobody_in(app: Flask, instance: Instance):
    """Who steals the secret key still needs the database."""
    with instance.database.write() as session:
        person = create_person(session, OWNER, PASSWORD, role="owner")
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    forged = signer.dumps({"_user_id": person.fs_uniquifier, "_fresh": True})
    client = app.test_client()
    client.set_cookie("formwire", forged)
    assert not is_in(client)


@pytest.mark.parametrize("made_up", ["", "x" * 43, "a.b.c", "\N{SNOWMAN}", "'; --"])
def test_a_made_up_cookie_is_nobody(app: Flask, made_up: str):
    client = app.test_client()
    client.set_cookie("formwire", made_up)
    assert not is_in(client)
    assert client.get("/login", follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/f/callback"),
        ("OPTIONS", "/f/callback"),
        ("GET", "/f/callback/thanks"),
        ("GET", "/f/callback/embed.js"),
        ("GET", "/f/nowhere/thanks"),
        ("GET", "/healthz"),
        ("GET", "/api/openapi.json"),
        ("GET", "/static/public.css"),
        ("GET", "/nowhere"),
    ],
)
def test_visitors_get_no_cookie_and_no_row(
    client: FlaskClient, instance: Instance, rings: list[int], method: str, address: str
):
    with instance.database.write() as session:
        save_form(session, form_config())
    with client.open(address, method=method, data=urlencoded() if method == "POST" else None) as a:
        assert "Set-Cookie" not in a.headers
    assert rows(instance) == []


def test_strangers_at_the_sign_in_page_fill_no_table(client: FlaskClient, instance: Instance):
    assert "formwire=" in client.get("/setup").headers["Set-Cookie"]
    with instance.database.write() as session:
        create_person(session, OWNER, PASSWORD, role="owner")
    assert "formwire=" in client.get("/login").headers["Set-Cookie"]
    assert rows(instance) == []


def test_a_session_ends_when_its_person_is_given_another_identity(
    grace: FlaskClient, instance: Instance
):
    assert is_in(grace)
    with instance.database.write() as session:
        session.execute(update(Person).values(fs_uniquifier="another"))
    assert not is_in(grace)


def test_who_has_several_roles_may_do_what_any_of_them_allows(sign_in: SignIn, instance: Instance):
    client = sign_in("viewer")
    assert client.get("/audit").status_code == 403
    with instance.database.write() as session:
        person = person_by_email(session, "viewer@example.org")
        assert person
        person.roles = [*person.roles, Role(name="administrator", description="")]
    assert client.get("/audit").status_code == 200


def test_public_pages_do_not_even_look_a_session_up(
    grace: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions, "live_session", lambda *_: pytest.fail("looked up"))
    assert grace.get("/api/v1/forms").status_code == 401
    assert grace.get("/nowhere").status_code == 404


def test_a_public_page_that_would_need_a_session_says_so(app: Flask):
    with app.test_request_context("/healthz"), pytest.raises(RuntimeError, match="public page"):
        browser_session["state"] = "x"


def test_a_look_at_a_page_writes_at_most_once_a_minute(grace: FlaskClient, instance: Instance):
    grace.get("/account")  # its form's token is new
    written: list[str] = []
    engine = grace.application.extensions["database"].writer

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        written.append(statement)

    for _ in range(3):
        assert is_in(grace)
    assert written == []
    age(instance, used_at=USED_EVERY)
    assert is_in(grace)
    assert len([one for one in written if one.startswith("UPDATE web_session")]) == 1
    (row,) = rows(instance)
    assert row.used_at > now() - USED_EVERY


def test_pages_show_when_the_last_use_cannot_be_written(
    grace: FlaskClient,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def full_disk(*_: object) -> None:
        raise OperationalError("UPDATE …", {}, Exception("disk is full"))

    grace.get("/account")
    age(instance, used_at=USED_EVERY)
    monkeypatch.setattr(sessions, "note_session_use", full_disk)
    assert is_in(grace)
    assert "disk is full" in caplog.text


def test_a_database_that_is_away_is_told_once_and_plainly(
    grace: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
):
    def away(*_: object) -> None:
        raise OperationalError("SELECT …", {}, Exception("database is locked"))

    monkeypatch.setattr(sessions, "live_session", away)
    assert grace.get("/account").status_code == 503


def test_messages_survive_a_redirect(grace: FlaskClient):
    """What Flask keeps in a session is kept whole, pairs included."""
    with grace.session_transaction() as content:
        content["_flashes"] = [("good", "It works")]
    page = grace.get("/account").text
    assert "It works" in page
    assert "It works" not in grace.get("/account").text


def test_the_schedule_sweeps_what_ended(
    grace: FlaskClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
):
    with instance.database.write() as session:
        session.add(SignInTry(account="a", address="b", at=now() - timedelta(hours=2)))
    broom = Broom(instance.database)
    broom.look()
    assert len(rows(instance)) == 1, "a session in use stays"
    with instance.database.read() as session:
        assert session.scalars(select(SignInTry)).all() == []
    age(instance, used_at=IDLE)
    broom.look()
    assert len(rows(instance)) == 1, "not yet again"
    broom._next_at -= EVERY
    broom.look()
    assert rows(instance) == []


def test_only_live_sessions_are_listed(grace: FlaskClient, instance: Instance):
    (row,) = rows(instance)
    at = now()
    with instance.database.read() as session:
        assert len(sessions_of(session, row.person_id or 0, at)) == 1
        assert sessions_of(session, row.person_id or 0, at + web_sessions.IDLE) == []
