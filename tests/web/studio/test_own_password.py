"""Changing one's own password, and signing out elsewhere."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.model_audit import AuditEntry
from tests.web.studio.conftest import PASSWORD, post

OWNER, PAGE, NEW = "owner@example.org", "/account/password", "another horse battery"


def change(client: FlaskClient, **fields: str):
    entered = {"current": PASSWORD, "password": NEW, "again": NEW} | fields
    return post(client, PAGE, page=PAGE, **entered)


def sign_in(app: Flask, password: str) -> FlaskClient | None:
    client = app.test_client()
    answer = post(client, "/login", page="/login", email=OWNER, password=password)
    return client if answer.status_code == 302 else None


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_the_new_password_counts_and_all_other_sessions_end(
    grace: FlaskClient, app: Flask, instance: Instance
):
    other = sign_in(app, PASSWORD)
    assert other
    assert change(grace).status_code == 303
    assert (is_in(grace), is_in(other)) == (True, False)
    assert sign_in(app, PASSWORD) is None
    assert sign_in(app, NEW)
    with instance.database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.act == "change password")).one()
    assert (noted.actor, noted.details) == (OWNER, {})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"current": "wrong"}, "not your password"),
        ({"current": ""}, "Enter the password that you sign in with"),
        ({"password": "short", "again": "short"}, "5 characters are too few"),
        ({"again": "another one, longer"}, "not the same as above"),
    ],
)
def test_a_mistake_stands_at_its_field_and_changes_nothing(
    grace: FlaskClient, app: Flask, fields: dict[str, str], words: str
):
    answer = change(grace, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="{next(iter(fields))}-error"' in answer.text
    assert sign_in(app, PASSWORD)


def test_guessing_the_password_here_is_slowed_down_like_at_the_door(grace: FlaskClient, app: Flask):
    for _ in range(5):
        change(grace, current="wrong")
    assert "Too many tries" in change(grace).text
    assert sign_in(app, PASSWORD) is None


def test_one_may_sign_out_elsewhere_only(grace: FlaskClient, app: Flask):
    assert "Sign out elsewhere" not in grace.get("/account").text
    other = sign_in(app, PASSWORD)
    assert other
    assert post(grace, "/account/sign-out-elsewhere", page="/account").location == "/account"
    assert (is_in(grace), is_in(other)) == (True, False)
