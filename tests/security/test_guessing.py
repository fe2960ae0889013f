"""Guessing passwords is slow, wherever it comes from and whichever process answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.model_people import SignInTry
from engine.storage.people import create_person
from engine.storage.sign_ins import REMEMBERED, TooManyTries, begin_try, forgive, free_at
from tests.web.studio.conftest import PASSWORD, post
from web import create_app

ADA = "ada@example.org"
NOON = datetime.fromisoformat("2026-05-04T12:00:00+00:00")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def tries(count: int, *, every: timedelta, account: str = "ada", address: str = "a"):
    """The latest at noon."""
    spans = [every * number for number in reversed(range(count))]
    return [SignInTry(account=account, address=address, at=NOON - span) for span in spans]


@pytest.mark.parametrize(
    ("earlier", "wait_s"),
    [
        ([], 0),
        (tries(4, every=SECOND), 0),
        (tries(5, every=SECOND), 56),
        (tries(20, every=SECOND), 3581),  # the hour's window is full, too
        (tries(19, every=15 * SECOND), 0),
        (tries(20, every=15 * SECOND), 3600 - 285),
        (tries(19, every=SECOND, account="others"), 0),
        (tries(20, every=SECOND, account="others"), 41),
        (tries(100, every=10 * SECOND, account="others"), 3600 - 990),
        (tries(59, every=SECOND, address="others"), 0),
        (tries(60, every=SECOND, address="others"), 3541),
        (tries(99, every=SECOND, account="others", address="others"), 0),
    ],
)
def test_the_wait_grows_with_the_failures(earlier: list[SignInTry], wait_s: int):
    assert free_at(earlier, "ada", "a", NOON) - NOON == timedelta(seconds=wait_s)


def attempt(app: Flask, password: str, email: str = ADA, address: str = "192.0.2.7"):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return post(client, "/login", page="/login", email=email, password=password)


@pytest.fixture
def ada(instance: Instance) -> str:
    with instance.database.write() as session:
        create_person(session, ADA, PASSWORD, role="viewer")
    return ADA


def test_all_web_processes_count_together(app: Flask, ada: str, settings: Settings):
    other = create_app(settings)
    for one in (app, other, app, other, app):
        assert "The e-mail or the password is wrong." in attempt(one, "wrong").text
    for one in (app, other):
        answer = attempt(one, PASSWORD)
        assert "Too many tries. Wait" in answer.text
        assert answer.status_code == 200
    other.extensions["database"].close()


def test_another_address_is_not_held_up(app: Flask, ada: str):
    for _ in range(6):
        attempt(app, "wrong")
    assert attempt(app, PASSWORD, address="198.51.100.1").status_code == 302


def test_a_network_of_ipv6_is_one_address(app: Flask, ada: str):
    for number in range(5):
        attempt(app, "wrong", address=f"2001:db8::{number + 1}")
    assert "Too many tries" in attempt(app, PASSWORD, address="2001:db8::ffff").text


def test_what_is_turned_away_does_not_lengthen_the_wait(instance: Instance):
    at = now()
    with instance.database.write() as session:
        for number in range(5):
            begin_try(session, ADA, "a", at + SECOND * number)
    for _ in range(30):
        with instance.database.write() as session, pytest.raises(TooManyTries) as refused:
            begin_try(session, ADA, "a", at + MINUTE - SECOND)
        assert refused.value.until == at + MINUTE
    with instance.database.write() as session:
        begin_try(session, ADA, "a", at + MINUTE)


def test_a_sign_in_that_succeeds_does_not_count(app: Flask, ada: str, instance: Instance):
    for _ in range(8):
        assert attempt(app, PASSWORD).status_code == 302
    with instance.database.read() as session:
        assert session.scalars(select(SignInTry)).all() == []


def test_tries_side_by_side_all_count(instance: Instance):
    """They are counted when they begin: none slips through while another's password is hashed."""
    at = now()
    begun = []
    with instance.database.write() as session:
        begun += [begin_try(session, ADA, "a", at) for _ in range(5)]
    with instance.database.write() as session, pytest.raises(TooManyTries):
        begin_try(session, ADA, "a", at)
    with instance.database.write() as session:
        forgive(session, begun[0])
        begin_try(session, ADA, "a", at)


def test_addresses_of_people_are_not_kept(app: Flask, ada: str, instance: Instance):
    attempt(app, "wrong")
    with instance.database.read() as session:
        row = session.execute(text("SELECT * FROM sign_in_try")).one()
    assert ADA not in str(row)


def test_unknown_people_are_braked_alike(app: Flask, ada: str):
    """Neither the words nor the wait tell who is known."""
    told = {
        email: [attempt(app, "wrong", email, address).text.count("Too many") for _ in range(6)]
        for email, address in ((ADA, "192.0.2.1"), ("nobody@example.org", "192.0.2.2"))
    }
    assert told[ADA] == told["nobody@example.org"] == [0, 0, 0, 0, 0, 1]


def test_nobody_waits_for_the_database_while_a_password_is_hashed(
    app: Flask, ada: str, instance: Instance, monkeypatch: pytest.MonkeyPatch
):
    """SQLite has one write lock: were it held here, guessing would hold up every website's visitor."""
    written = []

    def write_meanwhile(self: object, password: str) -> bool:
        with instance.database.write() as session:
            session.add(SignInTry(account="x", address="x", at=now()))
        written.append(password)
        return True

    monkeypatch.setattr("web.people.StudioPerson.verify_and_update_password", write_meanwhile)
    assert attempt(app, PASSWORD).status_code == 302
    assert written == [PASSWORD]


def test_nothing_is_remembered_longer_than_it_counts():
    assert timedelta(hours=1) == REMEMBERED
