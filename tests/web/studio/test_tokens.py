"""The page of API tokens: made once, shown once, revoked for good."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.model_people import ApiToken
from tests.web.studio.conftest import post

SignIn = Callable[[str], FlaskClient]
NEW = "/tokens/_new"
ENTERED = {"name": "nightly backup", "scopes": "forms:read", "days": "30"}


def make(client: FlaskClient) -> str:
    page = post(client, NEW, page=NEW, **ENTERED)
    assert page.status_code == 201
    found = re.search(r"fw_[2-9a-z]{20}_[2-9a-z]{40}", page.text)
    assert found
    return found[0]


def opens(app: Flask, secret: str, where: str = "forms") -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return app.test_client().get(f"/api/v1/{where}", headers=headers).status_code


def tokens(instance: Instance) -> list[ApiToken]:
    with instance.database.read() as session:
        return list(session.scalars(select(ApiToken)))


def test_a_token_is_shown_once_and_does_what_was_ticked(
    grace: FlaskClient, app: Flask, instance: Instance
):
    secret = make(grace)
    assert (opens(app, secret), opens(app, secret, "runs")) == (200, 403)
    listed = grace.get("/tokens").text
    assert "nightly backup" in listed
    assert secret not in listed
    (token,) = tokens(instance)
    assert abs(token.expires_at - now() - timedelta(days=30)) < timedelta(minutes=5)
    assert token.person.email == "owner@example.org"


def test_a_revoked_token_opens_nothing(grace: FlaskClient, app: Flask, instance: Instance):
    secret = make(grace)
    (token,) = tokens(instance)
    assert post(grace, f"/tokens/{token.public_id}/revoke").status_code == 303
    assert opens(app, secret) == 401
    page = grace.get("/tokens").text
    assert "revoked" in page
    assert "/revoke" not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Say what it is for"),
        ({"scopes": ""}, "Choose at least one"),
        ({"scopes": "everything:write"}, "not a valid choice"),
        ({"days": "99999"}, "Not a valid choice"),
    ],
    ids=["no name", "nothing ticked", "unknown scope", "for ever"],
)
def test_a_mistake_makes_no_token(
    grace: FlaskClient, instance: Instance, wrong: dict[str, str], words: str
):
    fields = {name: value for name, value in (ENTERED | wrong).items() if value}
    page = post(grace, NEW, page=NEW, **fields)
    assert page.status_code == 422
    assert words in page.text
    assert tokens(instance) == []


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_who_manages_no_people_makes_no_tokens(sign_in: SignIn, role: str):
    client = sign_in(role)
    assert client.get("/tokens").status_code == 403
    assert post(client, NEW, **ENTERED).status_code == 403


def test_an_administrator_revokes_no_owners_token(sign_in: SignIn, app: Flask, instance: Instance):
    secret = make(sign_in("owner"))
    administrator = sign_in("administrator")
    (token,) = tokens(instance)
    assert "/revoke" not in administrator.get("/tokens").text
    assert post(administrator, f"/tokens/{token.public_id}/revoke").status_code == 403
    assert opens(app, secret) == 200


def test_a_token_that_is_not_there_is_not_found(grace: FlaskClient):
    assert post(grace, f"/tokens/{'2' * 20}/revoke").status_code == 404
