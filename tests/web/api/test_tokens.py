"""Which tokens open the API."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from engine.instance import Instance
from engine.storage import tokens
from engine.storage.base import now
from engine.storage.model_people import ApiToken, Person
from engine.storage.tokens import Scope, revoke_token
from tests.web.api.conftest import MakeToken
from tests.web.studio.conftest import SignIn, sign_in  # noqa: F401 - a fixture
from web.api import authorization


def ask(client: FlaskClient, secret: str, scheme: str = "Bearer"):
    return client.get("/api/v1/token", headers={"Authorization": f"{scheme} {secret}"})


def only_token(instance: Instance) -> ApiToken:
    with instance.database.read() as session:
        return session.scalars(select(ApiToken)).one()


def change(instance: Instance, **values: object) -> None:
    with instance.database.write() as session:
        token = session.scalars(select(ApiToken)).one()
        for name, value in values.items():
            setattr(token, name, value)


def test_a_token_tells_what_it_is_for(client: FlaskClient, make_token: MakeToken):
    answer = ask(client, make_token(Scope.FORMS_WRITE, Scope.FORMS_READ, role="viewer"))
    assert answer.json["scopes"] == ["forms:read"], "a viewer changes nothing"
    assert (answer.json["name"], answer.json["person"]) == ("nightly", "viewer@example.org")


def test_the_token_itself_is_not_kept(instance: Instance, make_token: MakeToken):
    secret = make_token(Scope.FORMS_READ)
    kept = only_token(instance)
    assert secret.startswith(f"fw_{kept.public_id}_")
    assert secret.rpartition("_")[2] not in repr(vars(kept))


def test_the_scheme_may_be_written_in_any_case(client: FlaskClient, make_token: MakeToken):
    assert ask(client, make_token(), "bEARER").status_code == 200


@pytest.mark.parametrize(
    ("secret", "scheme", "detail"),
    [
        ("", "Bearer", "the token is not known"),
        ("fw_" + "2" * 20 + "_" + "2" * 40, "Bearer", "the token is not known"),
        ("\xff\x00", "Bearer", "the token is not known"),
        ("b3duZXI6eA==", "Basic", "no token was sent"),
    ],
    ids=["empty", "unknown", "bytes", "basic"],
)
def test_what_is_no_token_opens_nothing(client: FlaskClient, secret: str, scheme: str, detail: str):
    answer = ask(client, secret.replace("\x00", ""), scheme)
    assert answer.status_code == 401
    assert answer.get_json(force=True)["detail"] == detail


def test_a_wrong_secret_of_a_known_token_opens_nothing(client: FlaskClient, make_token: MakeToken):
    secret = make_token()
    wrong = secret[:-1] + ("2" if secret[-1] != "2" else "3")
    assert ask(client, wrong).status_code == 401


@pytest.mark.parametrize(
    ("values", "detail"),
    [
        ({"revoked_at": now()}, "the token was revoked"),
        ({"expires_at": now() - timedelta(seconds=1)}, "the token has expired"),
    ],
    ids=["revoked", "expired"],
)
def test_a_token_that_ended_opens_nothing(
    client: FlaskClient,
    instance: Instance,
    make_token: MakeToken,
    values: dict[str, object],
    detail: str,
):
    secret = make_token()
    change(instance, **values)
    answer = ask(client, secret)
    assert answer.status_code == 401
    assert answer.get_json(force=True)["detail"] == detail


def test_revoking_works_at_once_and_twice(
    client: FlaskClient, instance: Instance, make_token: MakeToken
):
    secret = make_token()
    assert ask(client, secret).status_code == 200
    for _ in range(2):
        with instance.database.write() as session:
            assert revoke_token(session, only_token(instance).public_id)
    assert ask(client, secret).status_code == 401
    with instance.database.write() as session:
        assert revoke_token(session, "2" * 20) is None


def test_a_token_goes_with_its_person(
    client: FlaskClient, instance: Instance, make_token: MakeToken
):
    secret = make_token(Scope.FORMS_READ)
    with instance.database.write() as session:
        session.scalars(select(Person)).one().active = False
    assert ask(client, secret).status_code == 401


def test_a_session_of_the_studio_opens_nothing(sign_in: SignIn):  # noqa: F811
    grace = sign_in("owner")
    assert grace.get("/").status_code == 200
    assert grace.get("/api/v1/forms").status_code == 401


def test_the_last_use_is_written_at_most_once_a_minute(
    client: FlaskClient, instance: Instance, make_token: MakeToken
):
    secret = make_token()
    assert only_token(instance).last_used_at is None
    ask(client, secret)
    first = only_token(instance).last_used_at
    ask(client, secret)
    assert only_token(instance).last_used_at == first
    long_ago = now() - tokens.SEEN_EVERY
    change(instance, last_used_at=long_ago)
    ask(client, secret)
    last = only_token(instance).last_used_at
    assert last
    assert last > long_ago


def test_reading_goes_on_when_the_last_use_cannot_be_written(
    client: FlaskClient,
    make_token: MakeToken,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def full_disk(*_arguments: object) -> None:
        raise OperationalError("UPDATE …", {}, Exception("disk is full"))

    monkeypatch.setattr(authorization, "note_use", full_disk)
    with caplog.at_level(logging.WARNING):
        assert ask(client, make_token()).status_code == 200
    assert "disk is full" in caplog.text


def test_a_token_has_so_many_requests_a_minute_for_itself(
    client: FlaskClient, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(authorization, "PER_MINUTE", 2)
    busy, other = make_token(), make_token()
    assert [ask(client, busy).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(client, busy)
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert refused.mimetype == "application/problem+json"
    assert ask(client, other).status_code == 200


def test_a_database_that_is_away_is_told_as_a_problem(
    client: FlaskClient, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
):
    secret = make_token(Scope.NOTICES_READ)

    def away(*_arguments: object) -> None:
        raise OperationalError("SELECT …", {}, Exception("database is locked"))

    monkeypatch.setattr("web.api.notices.notices_with_links", away)
    answer = client.get("/api/v1/notices", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json(force=True)["type"] == "urn:problem-type:formwire:try_again"


def test_a_bug_is_told_as_a_problem(
    client: FlaskClient, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
):
    client.application.testing = False
    secret = make_token(Scope.NOTICES_READ)
    monkeypatch.setattr("web.api.notices.notices_with_links", lambda _session: 1 / 0)
    answer = client.get("/api/v1/notices", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "division" not in answer.text
