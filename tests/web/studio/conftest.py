"""People who use the studio, and a full Formwire for them to look at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, Response, session
from flask.testing import FlaskClient
from flask_security import login_user

import web.people
from engine.instance import Instance
from engine.storage import people
from engine.storage.people import create_person
from tests.web.studio import world

PASSWORD = "correct horse battery"

SignIn = Callable[[str], FlaskClient]


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords made in tests cost little; what they cost in truth has a test of its own."""
    for place in (people, web.people):  # the website hashes anew what costs less than it asks
        monkeypatch.setattr(place, "ARGON2_MEMORY_KIB", 8)
        monkeypatch.setattr(place, "ARGON2_ROUNDS", 1)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the worker of a run that `world` shows as being carried out."""
    monkeypatch.setattr("web.studio.privacy.REQUEST_PATIENCE_S", 0)


@pytest.fixture
def full(instance: Instance) -> Instance:
    """Everything has happened once; see `world`."""
    world.fill(instance)
    return instance


@pytest.fixture
def sign_in(app: Flask, instance: Instance) -> SignIn:
    """Somebody of the given role, signed in."""

    def signed_in(role: str) -> FlaskClient:
        email = f"{role}@example.org"
        with instance.database.write() as writing:
            create_person(writing, email, PASSWORD, role=role, name="Grace")
        client = app.test_client()
        client.set_cookie(app.session_interface.get_cookie_name(app), secret_of(app, email))
        return client

    return signed_in


def secret_of(app: Flask, email: str) -> str:
    """What a browser's cookie holds after the sign-in form, which has tests of its own."""
    with app.test_request_context("/account/password"):
        login_user(app.extensions["security"].datastore.find_user(email=email))
        app.session_interface.save_session(app, session, Response())
        return session.secret  # type: ignore[attr-defined, no-any-return]  # a BrowserSession


@pytest.fixture
def grace(sign_in: SignIn) -> FlaskClient:
    return sign_in("owner")


def post(client: FlaskClient, address: str, *, page: str = "/account/password", **fields: str):  # type: ignore[no-untyped-def]
    """Send a form to ``address`` with the token that ``page`` holds: one that is quickly drawn."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(address, data={"csrf_token": token[1], **fields})
