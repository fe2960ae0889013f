"""Which language a person reads is known: by their choice, and at first by their browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.instance import Instance
from engine.storage.people import create_person, language_of
from tests.web.studio.conftest import PASSWORD, post

EMAIL = "grace@example.org"
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def sign_in(app: Flask, instance: Instance) -> SignIn:
    """A browser of Grace's own, which wishes a language and may hold a chosen one."""
    with instance.database.write() as session:
        create_person(session, EMAIL, PASSWORD, role="viewer", name="Grace")

    def signed_in(wish: str, chosen: str = "") -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = wish
        if chosen:
            client.set_cookie("language", chosen)
        assert (
            post(client, "/login", page="/login", email=EMAIL, password=PASSWORD).status_code == 302
        )
        return client

    return signed_in


def language(instance: Instance) -> str:
    with instance.database.read() as session:
        return language_of(session, EMAIL)


def spoken(client: FlaskClient) -> str:
    return client.get("/account").text.partition('<html lang="')[2][:2]


def test_at_first_it_is_what_the_browser_speaks(sign_in: SignIn, instance: Instance):
    assert language(instance) == ""
    client = sign_in("es-ES,es;q=0.9")
    assert language(instance) == "es"
    assert client.get_cookie("language") is None, "it speaks that by itself"
    sign_in("ru")
    assert language(instance) == "es", "another browser changes nothing"


def test_a_choice_counts_here_and_in_browsers_where_none_was_made(
    sign_in: SignIn, instance: Instance
):
    client = sign_in("en")
    client.post("/language", data={"language": "uk", "back": "/account"})
    assert (language(instance), spoken(client)) == ("uk", "uk")
    assert spoken(sign_in("en")) == "uk"
    assert spoken(sign_in("en", chosen="ru")) == "ru", "this browser was told otherwise"
    assert spoken(sign_in("en", chosen="xx")) == "uk"
    assert language(instance) == "uk"


def test_a_choice_of_somebody_who_is_not_signed_in_is_nobodys(
    app: Flask, sign_in: SignIn, instance: Instance
):
    sign_in("es")
    app.test_client().post("/language", data={"language": "uk", "back": "/"})
    assert language(instance) == "es"


def test_no_other_language_is_remembered(sign_in: SignIn, instance: Instance):
    client = sign_in("es")
    assert client.post("/language", data={"language": "xx", "back": "/"}).status_code == 400
    assert language(instance) == "es"


def test_the_account_says_what_the_language_is_for(sign_in: SignIn):
    assert "Mail to you is in this language" in sign_in("en").get("/account").text
