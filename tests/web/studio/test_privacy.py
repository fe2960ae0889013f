"""Erasing a person by page, by API and by command."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.models import RunState, Submission, SubmissionState
from tests.web.studio.conftest import SignIn, post
from web.cli import main

ADA = "ada.lovelace@example.org"


@pytest.fixture
def named(full: Instance) -> str:
    """Public id of the delivered submission, Ada's. Another led to the same contact."""
    with full.database.write() as session:
        submissions = session.scalars(select(Submission)).all()
        one = next(
            each for each in submissions for run in each.runs if run.state == RunState.DELIVERED
        )
        one.answers = {**one.answers, "field": {"email": ADA}}
        return one.public_id


def erased(instance: Instance) -> list[str]:
    with instance.database.read() as session:
        rows = select(Submission.public_id).where(Submission.state == SubmissionState.ERASED)
        return list(session.scalars(rows))


def test_a_person_is_found_then_erased_then_reported(
    sign_in: SignIn, full: Instance, named: str
) -> None:
    grace = sign_in("administrator")
    found = post(grace, "/privacy/find", page="/privacy", person=f" {ADA} ")
    assert "Erase 2 submissions?" in found.text
    assert named in found.text
    assert erased(full) == []
    answer = post(grace, "/privacy/erase", page="/privacy", person=ADA)
    assert answer.status_code == 303
    report = grace.get(answer.location).text
    assert "Emptied: submissions 2" in report
    assert "https://acme.kommo.com/" in report
    assert ADA not in report
    assert named in erased(full)
    assert ADA not in grace.get(f"/submissions/{named}").text
    assert "2 submissions" in grace.get("/privacy").text


def test_whom_nobody_can_seek_is_said(sign_in: SignIn, full: Instance) -> None:
    grace = sign_in("owner")
    for address in ("/privacy/find", "/privacy/erase"):
        answer = post(grace, address, page="/privacy", person="Ada")
        assert answer.status_code == 422
        assert "neither an e-mail address nor a phone number" in answer.text
    assert erased(full) == []


def test_nothing_is_offered_to_be_erased_where_nobody_is_found(grace: FlaskClient, full: Instance):
    found = post(grace, "/privacy/find", page="/privacy", person="nobody@example.org").text
    assert "No submission names nobody@example.org." in found
    assert "Erase for good" not in found


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_only_administrators_erase(sign_in: SignIn, full: Instance, role: str) -> None:
    client = sign_in(role)
    assert client.get("/privacy").status_code == 403
    assert post(client, "/privacy/erase", person=ADA).status_code == 403


def erase_by_command(environ: dict[str, str], *arguments: str, answer: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["erase", *arguments], env=environ, input=answer)
    return result.exit_code, result.output


def test_the_command_asks_first(environ: dict[str, str], full: Instance, named: str) -> None:
    status, said = erase_by_command(environ, ADA, answer="n\n")
    assert (status, erased(full)) == (1, [])
    assert "2 submissions: erase them for good?" in said
    status, said = erase_by_command(environ, ADA, "--yes")
    assert (status, named in erased(full)) == (0, True)
    assert "remains in main: contact" in said


def test_the_command_says_whom_it_cannot_seek(environ: dict[str, str], full: Instance) -> None:
    status, said = erase_by_command(environ, "067 123 45 67")
    assert status == 2
    assert "neither an e-mail address nor a phone number" in said


def test_people_of_the_studio_stay_and_are_told(
    environ: dict[str, str], grace: FlaskClient
) -> None:
    status, said = erase_by_command(environ, "owner@example.org", "--yes")
    assert status == 0
    assert "stays: person speaks of it" in said
