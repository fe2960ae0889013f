"""The people page: who decides about whom, and what cannot be decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.delivery.speech import Speech
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.invitations import InvitationGone, accept, invite, open_invitations
from engine.storage.model_audit import AuditEntry
from engine.storage.model_people import Invitation, Person
from engine.storage.people import (
    LastOwner,
    create_person,
    password_hash,
    person_by_email,
    set_active,
    set_role,
)
from tests.postbox import Postbox, start
from tests.web.studio.conftest import PASSWORD, post

SignIn = Callable[[str], FlaskClient]
OWNER = "owner@example.org"


@pytest.fixture
def boris(instance: Instance) -> str:
    """The address of a marketer's page."""
    with instance.database.write() as session:
        boris = create_person(session, "boris@example.org", PASSWORD, role="marketer", name="Boris")
        return f"/people/{boris.public_id}"


def address_of(instance: Instance, email: str) -> str:
    return f"/people/{known(instance, email).public_id}"


def known(instance: Instance, email: str) -> Person:
    with instance.database.read() as session:
        person = person_by_email(session, email)
        assert person
        return person


def role_of(instance: Instance, email: str) -> list[str]:
    return [role.name for role in known(instance, email).roles]


def test_everybody_is_listed_with_role_state_and_last_sign_in(grace: FlaskClient, boris: str):
    page = grace.get("/people").text
    assert "boris@example.org" in page
    assert "never" in page
    assert page.count("may sign in") == 2
    assert "signed in in one browser" in page


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_whoever_manages_nobody_does_not_see_it(sign_in: SignIn, boris: str, role: str):
    client = sign_in(role)
    assert client.get("/people").status_code == 403
    assert client.get(boris).status_code == 403
    assert "/people" not in client.get("/").text


def test_a_role_is_changed_and_ends_the_sessions(
    grace: FlaskClient, app: Flask, instance: Instance, boris: str
):
    browser = app.test_client()
    post(browser, "/login", page="/login", email="boris@example.org", password=PASSWORD)
    assert post(grace, f"{boris}/role", role="viewer").status_code == 303
    assert role_of(instance, "boris@example.org") == ["viewer"]
    assert browser.get("/account").status_code == 302


def test_a_role_that_is_none_is_refused(grace: FlaskClient, instance: Instance, boris: str):
    assert post(grace, f"{boris}/role", role="emperor").status_code == 400
    assert role_of(instance, "boris@example.org") == ["marketer"]


def test_somebody_is_kept_outside_and_let_in_again(
    grace: FlaskClient, app: Flask, instance: Instance, boris: str
):
    def comes_in() -> bool:
        fields = {"email": "boris@example.org", "password": PASSWORD}
        return post(app.test_client(), "/login", page="/login", **fields).status_code == 302

    post(grace, f"{boris}/switch", on="no")
    assert not comes_in()
    assert "kept outside" in grace.get("/people").text
    post(grace, f"{boris}/switch", on="yes")
    assert comes_in()
    post(grace, f"{boris}/sign-out")
    assert "no browser" in grace.get(boris).text


@pytest.mark.parametrize(
    ("deed", "fields"), [("role", {"role": "viewer"}), ("switch", {"on": "no"})]
)
def test_the_last_owner_stays_an_owner(
    grace: FlaskClient, instance: Instance, deed: str, fields: dict[str, str]
):
    with instance.database.write() as session:  # who stays outside is no owner to count on
        create_person(session, "former@example.org", PASSWORD, role="owner").active = False
    own = address_of(instance, OWNER)
    post(grace, f"{own}/{deed}", **fields)
    assert "only owner who may sign in" in grace.get(own).text
    assert (role_of(instance, OWNER), known(instance, OWNER).active) == (["owner"], True)


def test_an_owner_may_go_when_there_is_another(grace: FlaskClient, instance: Instance):
    with instance.database.write() as session:
        create_person(session, "second@example.org", PASSWORD, role="owner")
    post(grace, f"{address_of(instance, OWNER)}/role", role="viewer")
    assert role_of(instance, OWNER) == ["viewer"]
    with instance.database.write() as session, pytest.raises(LastOwner):
        set_active(session, known(instance, "second@example.org"), False)


@pytest.mark.parametrize(
    ("deed", "fields"),
    [
        ("role", {"role": "viewer"}),
        ("switch", {"on": "no"}),
        ("sign-out", {}),
        ("reset-second-step", {}),
    ],
)
def test_an_administrator_decides_nothing_about_an_owner(
    sign_in: SignIn, instance: Instance, deed: str, fields: dict[str, str]
):
    sign_in("owner")
    administrator = sign_in("administrator")
    owner = address_of(instance, OWNER)
    assert post(administrator, f"{owner}/{deed}", **fields).status_code == 403
    assert "Only an owner decides" in administrator.get(owner).text
    assert role_of(instance, OWNER) == ["owner"]


def test_an_administrator_makes_no_owner(sign_in: SignIn, instance: Instance, boris: str):
    administrator = sign_in("administrator")
    assert post(administrator, f"{boris}/role", role="owner").status_code == 400
    fields = {"email": "new@example.org", "role": "owner"}
    assert post(administrator, "/people/_new", **fields).status_code == 422
    assert role_of(instance, "boris@example.org") == ["marketer"]
    assert invitations(instance) == []


def invitations(instance: Instance) -> list[Invitation]:
    with instance.database.read() as session:
        return list(open_invitations(session, now()))


def test_an_invitation_is_shown_once_and_listed(grace: FlaskClient, instance: Instance):
    page = post(grace, "/people/_new", email="Ada@example.org", role="viewer")
    assert page.status_code == 201
    (invitation,) = invitations(instance)
    assert (invitation.email, invitation.role) == ("ada@example.org", "viewer")
    assert "/invitation/" in page.text
    listed = grace.get("/people").text
    assert "One open invitation" in listed
    assert "/invitation/" not in listed
    post(grace, f"/people/_invitations/{invitation.public_id}/withdraw")
    assert invitations(instance) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "", "role": "viewer"}, "Enter the e-mail"),
        ({"email": "ada", "role": "viewer"}, "Enter one mail address"),
        ({"email": OWNER, "role": "viewer"}, "can sign in already"),
        ({"email": "ada@example.org", "role": "emperor"}, "Not a valid choice"),
    ],
)
def test_an_invitation_that_cannot_be_says_why(
    grace: FlaskClient, instance: Instance, fields: dict[str, str], words: str
):
    page = post(grace, "/people/_new", **fields)
    assert page.status_code == 422
    assert words in page.text
    assert invitations(instance) == []


def test_the_log_holds_no_link(grace: FlaskClient, instance: Instance):
    page = post(grace, "/people/_new", email="ada@example.org", role="viewer").text
    secret = page.partition("/invitation/")[2].partition("<")[0]
    assert len(secret) == 43
    with instance.database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.noun == "invitation")).one()
        assert secret not in repr(vars(noted))
        (row,) = session.scalars(select(Invitation)).all()
        assert secret not in repr(vars(row))


@pytest.mark.parametrize("change", ["role", "activity"])
def test_who_is_no_longer_trusted_has_invited_nobody(instance: Instance, change: str):
    with instance.database.write() as session:
        create_person(session, OWNER, PASSWORD, role="owner")
        author = create_person(session, "second@example.org", PASSWORD, role="owner")
        _, secret = invite(session, "mallory@example.org", "owner", author, now())
    with instance.database.write() as session:
        author = session.get_one(Person, author.id)
        if change == "role":
            set_role(session, author, "viewer")
        else:
            set_active(session, author, False)
    with instance.database.write() as session, pytest.raises(InvitationGone):
        accept(session, secret, password_hash(PASSWORD), "", now())


@pytest.fixture
def postbox(app: Flask) -> Iterator[Postbox]:
    """A mail server, which the app knows."""
    found = Postbox()
    server = start(found)
    known = app.extensions["instance"]
    mail = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "mail_from": "formwire@here.test"}
    app.extensions["instance"] = replace(known, settings=known.settings.model_copy(update=mail))
    yield found
    server.stop()


def test_the_link_is_mailed_where_a_mail_server_is_known(grace: FlaskClient, postbox: Postbox):
    page = post(grace, "/people/_new", email="ada@example.org", role="viewer").text
    assert "has taken the link for ada@example.org" in page
    (mail,) = postbox.taken
    assert mail["To"] == "ada@example.org"
    link = page.partition('tabindex="0">')[2].partition("<")[0]
    assert link in mail.get_content()
    assert "Grace invites you" in mail.get_content()


@pytest.mark.parametrize(
    ("asked", "language"), [({}, "uk"), ({"language": "es"}, "es"), ({"language": "en"}, "en")]
)
def test_an_invitation_is_in_the_language_that_is_chosen_at_first_the_inviters(
    grace: FlaskClient,
    postbox: Postbox,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, str],
    language: str,
):
    said = Speech(language, lambda sentence: f"«{sentence}»")
    monkeypatch.setattr("web.studio.invitations.speech_of", {language: said}.__getitem__)
    grace.set_cookie("language", "uk")
    assert '<option selected value="uk">Українська</option>' in grace.get("/people/_new").text
    post(grace, "/people/_new", email="ada@example.org", role="viewer", **asked)
    (mail,) = postbox.taken
    assert mail["Subject"] == "«Your invitation to Formwire»"
    assert mail["Content-Language"] == language
    assert "«Grace invites you to Formwire.»\r\n\r\n«Choose your" in mail.get_content()
    assert "«The link works once, for 3 days." in mail.get_content()


def test_an_invitation_in_a_language_that_is_not_spoken_is_refused(
    grace: FlaskClient, postbox: Postbox
):
    answer = post(grace, "/people/_new", email="ada@example.org", role="viewer", language="xx")
    assert answer.status_code == 422
    assert postbox.taken == []


def test_without_a_mail_server_no_language_is_asked_for(grace: FlaskClient):
    assert 'name="language" id' not in grace.get("/people/_new").text
    assert 'id="language"' not in grace.get("/people/_new").text


def test_a_mail_that_does_not_go_out_leaves_the_link(grace: FlaskClient, postbox: Postbox):
    postbox.answers["RCPT"] = "550 5.1.1 nobody"
    page = post(grace, "/people/_new", email="ada@example.org", role="viewer")
    assert page.status_code == 201
    assert "The mail did not go out" in page.text
    assert "/invitation/" in page.text
