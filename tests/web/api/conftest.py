"""Programs that use the API of a full Formwire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import web.people
from connectors.errors import AuthError
from engine.delivery import levers
from engine.delivery.bulk import order
from engine.delivery.levers import Verb
from engine.delivery.preview import Preview, Sample
from engine.instance import Instance
from engine.storage import people
from engine.storage.audit import Actor
from engine.storage.models import Run, RunState, Submission, SubmissionState
from engine.storage.people import create_person, person_by_email
from engine.storage.run_pages import run_by_public_id
from engine.storage.runs_list import Choice
from engine.storage.tokens import Scope, create_token
from tests.web.studio import world

PASSWORD = "correct horse battery"

MakeToken = Callable[..., str]


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (people, web.people):  # the website hashes anew what costs less than it asks
        monkeypatch.setattr(place, "ARGON2_MEMORY_KIB", 8)
        monkeypatch.setattr(place, "ARGON2_ROUNDS", 1)


@pytest.fixture
def full(instance: Instance) -> Instance:
    """Everything has happened once; see `world`."""
    world.fill(instance)
    return instance


@pytest.fixture
def make_token(instance: Instance) -> MakeToken:
    """A token of somebody with ``role``, with ``scopes``."""

    def make(*scopes: Scope, role: str = "owner", days: int = 1) -> str:
        email = f"{role}@example.org"
        with instance.database.write() as session:
            person = person_by_email(session, email) or create_person(
                session, email, PASSWORD, role=role, name="Grace"
            )
            _, secret = create_token(session, person, "nightly", scopes, timedelta(days=days))
        return secret

    return make


@pytest.fixture
def grace(app: Flask, full: Instance, make_token: MakeToken, rings: list[int]) -> FlaskClient:
    """A program that may do everything, in a Formwire where everything has happened once."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {make_token(*Scope)}"
    return client


@pytest.fixture
def run_ids(full: Instance) -> dict[RunState, str]:
    """The public id of the run in each state."""
    with full.database.read() as session:
        return {RunState(run.state): run.public_id for run in session.scalars(select(Run))}


def refuse(*_arguments: object) -> None:
    raise AuthError("the token was revoked")


def skipped(
    _instance: object,
    _form: object,
    _module: object,
    _id: object,
    samples: Sequence[Sample],
    **_: Any,
) -> list[Preview]:
    return [Preview(sample, RunState.SKIPPED, "switched off", (), None, None) for sample in samples]


def trusting(instance: Instance, run_id: int, key: str, told: str, actor: Actor) -> Run:
    """Takes over whatever it is told, without asking the CRM."""
    with instance.database.write() as session:
        return levers.adopt(session, run_id, key, levers.Adopted(told, None, False), actor)


@pytest.fixture
def known(
    full: Instance,
    run_ids: dict[RunState, str],
    rings: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """What stands in addresses of things that are there. The CRM refuses our access, and is not asked."""
    monkeypatch.setattr("web.api.connections.test_account", refuse)
    monkeypatch.setattr("web.api.plans.preview", skipped)
    monkeypatch.setattr("web.api.plans.backtest", lambda *_: [])
    monkeypatch.setattr("web.api.levers.adopt_told", trusting)
    failed = run_ids[RunState.FAILED]
    with full.database.read() as session:
        run = run_by_public_id(session, failed)
        assert run
        submission = run.submission.public_id
    with full.database.write() as session:
        given = order(session, Verb.DISCARD, Choice(form="callback"), Actor("grace", "studio"))
    return {
        "form": "callback",
        "module": "sales",
        "connection": "main",
        "run": failed,
        "submission": submission,
        "order": given.public_id,
        "step": "deal.task.0",
        "number": "1",
    }


Ready = Callable[[str], dict[str, str]]

_RUNS = {"replay_run": RunState.DELIVERED, "approve_run": RunState.HELD}
_SUBMISSIONS = {
    "approve_held_submission": SubmissionState.HELD,
    "drop_held_submission": SubmissionState.HELD,
    "get_probable_reading": SubmissionState.UNREADABLE,
    "mend_submission": SubmissionState.UNREADABLE,
}
BROKEN = b'{"name": "Ada "The Enchantress" King", "email": "ada@example.org"}'
_STEPS = ("adopt_record", "resend_step", "skip_step")


@pytest.fixture
def ready(full: Instance, known: dict[str, str], run_ids: dict[RunState, str]) -> Ready:
    """What stands in the address of an operation, by its name, once everything is in a state for it."""

    def make(operation: str) -> dict[str, str]:
        if operation in _STEPS:
            world.ask_a_person(full, known["run"])
        if operation in _SUBMISSIONS:
            with full.database.write() as session:
                row = session.scalars(
                    select(Submission).where(Submission.public_id == known["submission"])
                ).one()
                row.state, row.raw = _SUBMISSIONS[operation], BROKEN
        return known | ({"run": run_ids[_RUNS[operation]]} if operation in _RUNS else {})

    return make
