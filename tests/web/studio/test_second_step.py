"""The second step: switched on with a code, asked for at sign-in, switched off with a code only."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine import totp
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.model_audit import AuditEntry
from engine.storage.model_people import Person, RecoveryCode, SecondStep, WebSession
from engine.storage.people import create_person, person_by_email, set_active, set_password
from engine.storage.second_step import begun_secret
from engine.storage.secrets import Vault
from tests.web.studio.conftest import PASSWORD, post
from web import half_way
from web.cli import main

SignIn = Callable[[str], FlaskClient]
OWNER = "owner@example.org"
PAGE = "/account/second-step"


def owner(instance: Instance) -> Person:
    with instance.database.read() as session:
        person = person_by_email(session, OWNER)
        assert person
        return person


def code(secret: str, later: int = 0) -> str:
    """What the app shows, or will show ``later`` half minutes from now."""
    return totp.code_of(secret, totp.step_of(now()) + later)


def begin(client: FlaskClient, instance: Instance) -> str:
    """The secret that the page shows."""
    assert post(client, f"{PAGE}/begin", page=PAGE, current=PASSWORD).status_code == 303
    with instance.database.read() as session:
        secret = begun_secret(session, instance.vault, owner(instance))
    assert secret
    return secret


def switch_on(client: FlaskClient, instance: Instance) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes."""
    secret = begin(client, instance)
    page = post(client, f"{PAGE}/confirm", page=PAGE, code=code(secret))
    assert page.status_code == 201
    forget_used_codes(instance)
    return secret, re.findall(r"(?:[2-9a-z]{6}-){3}[2-9a-z]{6}", page.text)


def forget_used_codes(instance: Instance) -> None:
    """As if time had gone by."""
    with instance.database.write() as session:
        session.execute(update(SecondStep).values(used_step=0))


def half_in(app: Flask, next: str = "/") -> FlaskClient:
    """A browser in which the owner's password was right."""
    client = app.test_client()
    where = f"/login?next={next}"
    answer = post(client, where, page="/login", email=OWNER, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/login/code")
    return client


def show_code(client: FlaskClient, given: str):
    return post(client, "/login/code", page="/login/code", code=given)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def acts(instance: Instance) -> list[str]:
    with instance.database.read() as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def test_it_is_switched_on_with_the_password_and_a_code(grace: FlaskClient, instance: Instance):
    secret = begin(grace, instance)
    page = grace.get(PAGE).text
    assert secret in page.replace(" ", "")
    assert "<svg" in page
    _, codes = switch_on_begun(grace, secret)
    assert len(codes) == 10
    assert "on" in grace.get("/account").text
    assert acts(instance)[-2:] == ["begin second step", "switch on second step"]


def switch_on_begun(client: FlaskClient, secret: str) -> tuple[str, list[str]]:
    page = post(client, f"{PAGE}/confirm", page=PAGE, code=code(secret))
    assert page.status_code == 201
    return secret, re.findall(r"(?:[2-9a-z]{6}-){3}[2-9a-z]{6}", page.text)


def test_nobody_begins_without_the_password(grace: FlaskClient, instance: Instance):
    answer = post(grace, f"{PAGE}/begin", page=PAGE, current="wrong")
    assert answer.status_code == 422
    assert "not your password" in answer.text
    with instance.database.read() as session:
        assert session.scalars(select(SecondStep)).all() == []


def test_a_wrong_code_switches_nothing_on(grace: FlaskClient, app: Flask, instance: Instance):
    secret = begin(grace, instance)
    answer = post(grace, f"{PAGE}/confirm", page=PAGE, code=code(secret, later=9))
    assert answer.status_code == 422
    fields = {"email": OWNER, "password": PASSWORD}
    assert post(app.test_client(), "/login", page="/login", **fields).status_code == 302


def test_switching_it_on_ends_the_other_sessions(
    grace: FlaskClient, app: Flask, instance: Instance
):
    other = app.test_client()
    post(other, "/login", page="/login", email=OWNER, password=PASSWORD)
    switch_on(grace, instance)
    assert (is_in(grace), is_in(other)) == (True, False)


def test_the_password_alone_lets_nobody_in(grace: FlaskClient, app: Flask, instance: Instance):
    secret, _ = switch_on(grace, instance)
    client = half_in(app, "/forms")
    assert not is_in(client)
    with instance.database.read() as session:
        assert len(session.scalars(select(WebSession)).all()) == 1
    answer = show_code(client, code(secret))
    assert (answer.status_code, answer.location) == (303, "/forms")
    assert is_in(client)


@pytest.mark.parametrize("next", ["//mallory.example", "/\\mallory.example", "https://x.example"])
def test_after_the_code_nobody_is_led_to_another_site(
    grace: FlaskClient, app: Flask, instance: Instance, next: str
):
    secret, _ = switch_on(grace, instance)
    client = half_in(app)
    with client.session_transaction("/login/code") as content:
        content["half_way"] = {**content["half_way"], "next": next}
    assert show_code(client, code(secret)).location == "/"


def test_a_code_serves_once(grace: FlaskClient, app: Flask, instance: Instance):
    secret, _ = switch_on(grace, instance)
    later, earlier = code(secret, later=1), code(secret)
    assert show_code(half_in(app), later).status_code == 303
    for used in (later, earlier):
        answer = show_code(half_in(app), used)
        assert answer.status_code == 422
        assert "used before" in answer.text


def test_a_recovery_code_serves_once_however_it_is_typed(
    grace: FlaskClient, app: Flask, instance: Instance
):
    _, codes = switch_on(grace, instance)
    assert show_code(half_in(app), codes[0].upper().replace("-", " ")).status_code == 303
    assert show_code(half_in(app), codes[0]).status_code == 422
    assert show_code(half_in(app), codes[1]).status_code == 303
    assert "8 recovery codes are left" in grace.get("/account").text
    assert acts(instance).count("use recovery code") == 2


def test_the_database_holds_neither_the_secret_nor_the_codes(
    grace: FlaskClient, instance: Instance
):
    secret, codes = switch_on(grace, instance)
    with instance.database.read() as session:
        rows = [*session.scalars(select(SecondStep)), *session.scalars(select(RecoveryCode))]
        kept = repr(
            [vars(row) for row in rows] + [vars(e) for e in session.scalars(select(AuditEntry))]
        )
    assert len(rows) == 11
    assert secret not in kept
    assert not [one for one in codes if one in kept or one.replace("-", "") in kept]


def test_guessing_codes_is_slowed_down_even_with_the_right_one(
    grace: FlaskClient, app: Flask, instance: Instance
):
    secret, _ = switch_on(grace, instance)
    client = half_in(app)
    for _ in range(5):
        assert show_code(client, "000000").status_code == 422
    assert "Too many tries" in show_code(client, code(secret)).text
    assert not is_in(client)
    assert acts(instance).count("fail to sign in") == 6


@pytest.mark.parametrize("change", ["too late", "password", "switched off", "nothing shown"])
def test_half_way_in_ends_with_time_and_with_what_it_rests_on(
    grace: FlaskClient,
    app: Flask,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
):
    secret, _ = switch_on(grace, instance)
    client = half_in(app)
    assert client.get("/login/code").status_code == 200
    match change:
        case "too late":
            monkeypatch.setattr(half_way, "PATIENCE", -half_way.PATIENCE)
        case "nothing shown":
            client = app.test_client()
        case _:
            with instance.database.write() as session:
                create_person(session, "second@example.org", PASSWORD, role="owner")
                person = session.get_one(Person, owner(instance).id)
                if change == "password":
                    set_password(session, person, "another password")
                else:
                    set_active(session, person, False)
    answer = client.get("/login/code")
    assert (answer.status_code, answer.location) == (303, "/login")
    answer = post(client, "/login/code", page="/login", code=code(secret))
    assert not is_in(client)


def test_it_is_switched_off_with_a_code_only(grace: FlaskClient, app: Flask, instance: Instance):
    secret, _ = switch_on(grace, instance)
    assert post(grace, f"{PAGE}/end", page=PAGE, code="000000").status_code == 422
    assert post(grace, f"{PAGE}/begin", page="/account", current=PASSWORD).status_code == 303
    assert half_in(app)
    assert post(grace, f"{PAGE}/end", page=PAGE, code=code(secret)).status_code == 303
    fields = {"email": OWNER, "password": PASSWORD}
    assert post(app.test_client(), "/login", page="/login", **fields).status_code == 302
    with instance.database.read() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_new_recovery_codes_end_the_earlier_ones(
    grace: FlaskClient, app: Flask, instance: Instance
):
    secret, codes = switch_on(grace, instance)
    assert post(grace, f"{PAGE}/recovery-codes", page=PAGE, code="x").status_code == 422
    page = post(grace, f"{PAGE}/recovery-codes", page=PAGE, code=code(secret))
    assert page.status_code == 201
    assert codes[0] not in page.text
    assert show_code(half_in(app), codes[0]).status_code == 422


def test_an_owner_resets_anothers_and_an_administrator_does_not(
    grace: FlaskClient, sign_in: SignIn, app: Flask, instance: Instance
):
    switch_on(grace, instance)
    with instance.database.write() as session:
        create_person(session, "second@example.org", PASSWORD, role="owner")
    second = app.test_client()
    post(second, "/login", page="/login", email="second@example.org", password=PASSWORD)
    address = f"/people/{owner(instance).public_id}"
    assert post(sign_in("administrator"), f"{address}/reset-second-step").status_code == 403
    assert post(second, f"{address}/reset-second-step").status_code == 303
    assert not is_in(grace)
    fields = {"email": OWNER, "password": PASSWORD}
    assert post(app.test_client(), "/login", page="/login", **fields).status_code == 302
    assert "reset second step" in acts(instance)


def test_the_command_resets_it_too(grace: FlaskClient, instance: Instance, environ: dict[str, str]):
    switch_on(grace, instance)
    command = ["people", "reset-second-step", OWNER]
    told = CliRunner(env=environ).invoke(main, command)
    assert told.exit_code == 0, told.output
    assert not is_in(grace)
    assert "only" in CliRunner(env=environ).invoke(main, command).stderr


def test_with_a_lost_key_recovery_codes_still_open(
    grace: FlaskClient, app: Flask, instance: Instance
):
    secret, codes = switch_on(grace, instance)
    with instance.database.write() as session:
        strange = Vault(["a key that was lost long ago, alas"]).seal("x", {"secret": secret})
        session.execute(update(SecondStep).values(secret=strange))
    client = half_in(app)
    answer = show_code(client, code(secret))
    assert answer.status_code == 422
    assert "secret key has changed" in answer.text
    assert show_code(client, codes[0]).status_code == 303
