"""Accepting an invitation: once, in time, by whoever has its link."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.invitations import (
    LIFETIME,
    InvitationGone,
    accept,
    invite,
    sweep_invitations,
)
from engine.storage.model_audit import AuditEntry
from engine.storage.model_people import Invitation
from engine.storage.people import (
    create_person,
    has_role,
    language_of,
    password_hash,
    person_by_email,
)
from tests.web.studio.conftest import PASSWORD, post
from web.logs import log_formatter

ADA = "ada@example.org"
ENTERED = {"name": "Ada", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def secret(instance: Instance) -> str:
    """What Ada's link holds."""
    return invited(instance)


def invited(instance: Instance, *, ago: timedelta = timedelta()) -> str:
    with instance.database.write() as session:
        grace = person_by_email(session, "grace@example.org") or create_person(
            session, "grace@example.org", PASSWORD, role="owner", name="Grace"
        )
        _, secret = invite(session, ADA, "marketer", grace, now() - ago)
        return secret


def take(client: FlaskClient, secret: str, **fields: str):
    address = f"/invitation/{secret}"
    return post(client, address, page=address, **ENTERED | fields)


def test_whoever_is_invited_chooses_name_and_password_and_is_in(
    client: FlaskClient, instance: Instance, secret: str
):
    page = client.get(f"/invitation/{secret}").text
    assert "Grace invites you as marketer" in page
    answer = take(client, secret)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/account").status_code == 200
    with instance.database.read() as session:
        ada = person_by_email(session, ADA)
        assert ada
        assert (ada.name, has_role(ada, "marketer")) == ("Ada", True)
        noted = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.act, entry.actor) for entry in noted] == [
        ("accept invitation", ADA),
        ("sign in", ADA),
    ]


def test_a_new_persons_language_is_that_of_the_page_on_which_they_came_in(
    client: FlaskClient, instance: Instance, secret: str
):
    client.set_cookie("language", "ru")
    take(client, secret)
    with instance.database.read() as session:
        assert language_of(session, ADA.upper()) == "ru"


def test_it_serves_once(client: FlaskClient, instance: Instance, secret: str):
    take(client, secret)
    again = client.get(f"/invitation/{secret}")
    assert again.status_code == 404
    assert "cannot be used" in again.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Enter your name"),
        ({"password": "short", "again": "short"}, "5 characters are too few"),
        ({"again": "another one, longer"}, "not the same as above"),
    ],
)
def test_a_mistake_leaves_it_open(
    client: FlaskClient, secret: str, fields: dict[str, str], words: str
):
    answer = take(client, secret, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert take(client, secret).status_code == 303


@pytest.mark.parametrize("made_up", ["x", "x" * 43, "\N{SNOWMAN}", "'; --"])
def test_a_made_up_link_invites_nobody(client: FlaskClient, secret: str, made_up: str):
    assert client.get(f"/invitation/{made_up}").status_code == 404


def test_it_expires(client: FlaskClient, instance: Instance):
    assert client.get(f"/invitation/{invited(instance, ago=LIFETIME)}").status_code == 404
    nearly = invited(instance, ago=LIFETIME - timedelta(minutes=5))
    assert client.get(f"/invitation/{nearly}").status_code == 200


def test_a_later_one_takes_its_place(client: FlaskClient, instance: Instance, secret: str):
    later = invited(instance)
    assert client.get(f"/invitation/{secret}").status_code == 404
    assert client.get(f"/invitation/{later}").status_code == 200


def test_whoever_came_in_another_way_needs_none(
    client: FlaskClient, instance: Instance, secret: str
):
    client.get(f"/invitation/{secret}")
    with instance.database.write() as session:
        create_person(session, ADA, "another password", role="viewer")
    assert take(client, secret).status_code == 404


def test_of_two_who_accept_at_once_one_does(instance: Instance, secret: str):
    hashed, start = password_hash(PASSWORD), threading.Barrier(2)
    refused = []

    def come() -> None:
        start.wait()
        try:
            with instance.database.write() as session:
                accept(session, secret, hashed, "", now())
        except InvitationGone:
            refused.append(True)

    both = [threading.Thread(target=come) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == [True]


def test_no_log_tells_the_link(secret: str):
    told = "GET /invitation/%s could not be served"
    record = logging.LogRecord("web", logging.ERROR, "", 1, told, (secret,), None)
    for plain in (True, False):
        line = log_formatter(plain=plain).format(record)
        assert "/invitation/…" in line or "/invitation/\\u2026" in line
        assert secret not in line


def test_the_schedule_sweeps_those_that_are_too_old(instance: Instance, secret: str):
    for at, left in ((now(), 1), (now() + LIFETIME, 0)):
        with instance.database.write() as session:
            sweep_invitations(session, at)
            assert len(session.scalars(select(Invitation)).all()) == left
