"""``formwire people``: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from engine.instance import Instance
from engine.storage import people
from engine.storage.people import person_by_email
from tests.web.studio.conftest import post
from web.cli import main

Formwire = Callable[..., Result]
GRACE, PASSWORD = "grace@example.org", "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "ARGON2_MEMORY_KIB", 8)
    monkeypatch.setattr(people, "ARGON2_ROUNDS", 1)


@pytest.fixture
def formwire(environ: dict[str, str]) -> Formwire:
    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner(env=environ).invoke(main, ["people", *arguments], input=input)

    return run


def may_sign_in(app: Flask, password: str = PASSWORD) -> bool:
    client = app.test_client()
    answer = post(client, "/login", page="/login", email=GRACE, password=password)
    return answer.status_code == 302


def test_somebody_who_was_added_can_sign_in(formwire: Formwire, app: Flask):
    told = formwire("add", GRACE, "--role", "owner", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert told.exit_code == 0, told.output
    assert PASSWORD not in told.output
    assert may_sign_in(app)
    listed = formwire("list").output
    assert f"{GRACE}  owner  signed in in 1 browsers" in listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", GRACE, "--password", "short"], "5 characters are too few"),
        (["password", GRACE, "--password", "short"], "5 characters are too few"),
        (["password", "nobody@example.org", "--password", PASSWORD], "nobody signs in as"),
        (["role", "nobody@example.org", "viewer"], "nobody signs in as"),
        (["disable", "nobody@example.org"], "nobody signs in as"),
        (["sign-out", "nobody@example.org"], "nobody signs in as"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    formwire: Formwire, arguments: list[str], words: str
):
    told = formwire(*arguments)
    assert told.exit_code == 2
    assert words in told.stderr


def test_nobody_is_added_twice(formwire: Formwire):
    assert formwire("add", GRACE, "--password", PASSWORD).exit_code == 0
    told = formwire("add", GRACE.upper(), "--password", PASSWORD)
    assert told.exit_code == 2
    assert "can sign in already" in told.stderr


@pytest.mark.parametrize("arguments", [["role", GRACE, "viewer"], ["disable", GRACE]])
def test_the_last_owner_stays(formwire: Formwire, app: Flask, arguments: list[str]):
    formwire("add", GRACE, "--role", "owner", "--password", PASSWORD)
    told = formwire(*arguments)
    assert told.exit_code == 2
    assert "only owner" in told.stderr
    assert may_sign_in(app)


def test_nobodys_second_step_is_reset(formwire: Formwire):
    formwire("add", GRACE, "--password", PASSWORD)
    told = formwire("reset-second-step", GRACE)
    assert told.exit_code == 2
    assert "password only" in told.stderr


def test_what_was_decided_about_somebody_counts_at_once(
    formwire: Formwire, app: Flask, instance: Instance
):
    formwire("add", GRACE, "--password", PASSWORD)
    assert formwire("role", GRACE, "marketer").exit_code == 0
    with instance.database.read() as session:
        person = person_by_email(session, GRACE)
        assert person
        assert [role.name for role in person.roles] == ["marketer"]
    formwire("disable", GRACE)
    assert not may_sign_in(app)
    assert "switched off" in formwire("list").output
    formwire("enable", GRACE)
    assert may_sign_in(app)
    formwire("password", GRACE, "--password", "another password")
    assert not may_sign_in(app)
    assert may_sign_in(app, "another password")
    assert "1 browsers" in formwire("list").output
    formwire("sign-out", GRACE)
    assert "0 browsers" in formwire("list").output
