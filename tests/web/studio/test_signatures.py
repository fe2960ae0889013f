"""The page on which a person gives a form its sender's secret, which nobody sees again."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.instance import Instance
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.models import Form, Submission
from engine.storage.sender_secrets import sender_secrets
from tests.builders import form_config as built
from tests.builders import json_body
from tests.web.intake.signing import SECRET, give_secret, tally
from tests.web.studio.conftest import SignIn, post

PAGE = "/forms/callback/signature"
ADD, REMOVE = f"{PAGE}/secrets", f"{PAGE}/secrets/remove"
pytestmark = pytest.mark.usefixtures("form", "rings")


def secrets(instance: Instance) -> Sequence[str]:
    with instance.database.read() as session:
        form = form_by_key(session, "callback")
        assert form
        kept = sender_secrets(instance.vault, form)
        return [*kept.all, *([kept.confirmation] if kept.confirmation else [])]


def removals(page: str) -> list[str]:
    return re.findall(r'name="which" value="([^"]+)"', page)


def test_a_secret_is_kept_and_never_shown(grace: FlaskClient, instance: Instance) -> None:
    answer = post(grace, ADD, page=PAGE, secret=f" {SECRET} ")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert secrets(instance) == [SECRET]
    for address in (PAGE, "/forms/callback/settings", "/audit"):
        assert SECRET not in grace.get(address).text
    assert "add secret" in grace.get("/audit").text
    assert len(removals(grace.get(PAGE).text)) == 1


def test_a_secret_is_exchanged_without_losing_a_lead(
    grace: FlaskClient, client: FlaskClient, instance: Instance
) -> None:
    for secret in ("the old secret", SECRET):
        post(grace, ADD, page=PAGE, secret=secret)
    assert secrets(instance) == [SECRET, "the old secret"]
    for secret in ("the old secret", SECRET):
        raw = json_body(secret=secret[:3])
        answer = client.post("/f/callback", data=raw, headers=tally(raw, secret))
        assert answer.json["status"] == "accepted"
    newest, oldest = removals(grace.get(PAGE).text)
    assert post(grace, REMOVE, page=PAGE, which=oldest).status_code == 303
    assert secrets(instance) == [SECRET]
    assert post(grace, REMOVE, page=PAGE, which=oldest).status_code == 404, "it is gone already"
    post(grace, REMOVE, page=PAGE, which=newest)
    assert secrets(instance) == []
    with instance.database.read() as session:
        assert session.scalars(select(Form.sender_secret)).one() is None


def test_vks_string_comes_with_a_secret_or_alone(grace: FlaskClient, instance: Instance) -> None:
    post(grace, ADD, page=PAGE, secret=SECRET, confirmation="e67ab49c")
    post(grace, ADD, page=PAGE, confirmation="another")
    assert secrets(instance) == [SECRET, "another"]
    assert "another" not in grace.get(PAGE).text
    assert post(grace, REMOVE, page=PAGE, which="confirmation").status_code == 303
    assert secrets(instance) == [SECRET]


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "Enter the secret"),
        ("   ", "Enter the secret"),
        ("short", "at least 8 characters"),
        ("x" * 501, "longer than 500"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_kept(
    grace: FlaskClient, instance: Instance, secret: str, words: str
) -> None:
    answer = post(grace, ADD, page=PAGE, secret=secret)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="secret-error"' in answer.text
    assert secrets(instance) == []


def test_there_are_not_more_than_a_rotation_needs(grace: FlaskClient, instance: Instance) -> None:
    give_secret(instance, *(f"secret number {number}" for number in range(5)))
    assert post(grace, ADD, page=PAGE, secret="secret number 2").status_code == 303
    answer = post(grace, ADD, page=PAGE, secret=SECRET)
    assert answer.status_code == 422
    assert "There are 5 already" in answer.text
    assert len(secrets(instance)) == 5


def test_secrets_that_cannot_be_decrypted_can_be_removed(
    grace: FlaskClient, instance: Instance
) -> None:
    with instance.database.write() as session:
        session.execute(update(Form).values(sender_secret=b"of another key"))
    assert "FORMWIRE_SECRET_KEY" in grace.get(PAGE).text
    answer = post(grace, ADD, page=PAGE, secret=SECRET)
    assert (answer.status_code, "First remove" in answer.text) == (422, True)
    assert post(grace, REMOVE, page=PAGE, which="all").status_code == 303
    assert secrets(instance) == []


def test_what_becomes_of_the_rest_is_part_of_the_document(
    grace: FlaskClient, instance: Instance
) -> None:
    answer = post(grace, PAGE, page=PAGE, signature="refuse", tests="accept")
    assert answer.status_code == 303
    with instance.database.read() as session:
        form = form_by_key(session, "callback")
        assert form
        config = form_config(form)
    assert (config.signature, config.tests) == ("refuse", "accept")
    assert post(grace, PAGE, page=PAGE, signature="drop", tests="hold").status_code == 422


def test_nobody_overrides_what_somebody_else_chose_meanwhile(
    grace: FlaskClient, instance: Instance
) -> None:
    seen = re.search(r'name="seen" value="([^"]+)"', grace.get(PAGE).text)
    assert seen
    with instance.database.write() as session:
        save_form(session, built(signature="refuse"))
    chosen = {"signature": "hold", "tests": "accept", "seen": seen[1]}
    assert post(grace, PAGE, page=PAGE, **chosen).status_code == 409


def test_who_may_only_read_sees_that_there_is_one(sign_in: SignIn, instance: Instance) -> None:
    give_secret(instance, SECRET)
    ada = sign_in("viewer")
    page = ada.get(PAGE).text
    assert "••••" in page
    assert removals(page) == []
    assert post(ada, ADD, secret=SECRET).status_code == 403


def test_a_form_with_a_page_of_its_own_warns(grace: FlaskClient, instance: Instance) -> None:
    give_secret(instance, SECRET)
    words = "What people send there is not signed."
    assert words not in grace.get(PAGE).text
    with instance.database.write() as session:
        save_form(session, built(page={"enabled": True}))
    assert words in grace.get(PAGE).text


def test_a_submissions_page_shows_no_secret_of_its_sender(
    grace: FlaskClient, client: FlaskClient, instance: Instance
) -> None:
    give_secret(instance, SECRET)
    client.post("/f/callback", data={"Field1": "Ada", "HandshakeKey": SECRET, "EntryId": "7"})
    with instance.database.read() as session:
        id = session.scalars(select(Submission.public_id)).one()
    page = grace.get(f"/submissions/{id}").text
    assert SECRET not in page
    assert "Field1=Ada&amp;HandshakeKey=•••&amp;EntryId=7" in page
