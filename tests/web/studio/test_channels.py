"""Administrators say where notices go, try it, and take it back."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.delivery import telling
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.channels import add_webhook, channels, latest_messages, secret_of
from engine.storage.model_channels import Channel, ChannelKind, Message, MessageState
from tests.web.studio.conftest import SignIn, post
from tests.wires import head_of, served

PAGE = "/notices/channels"
HOOK = "https://hooks.example.org/services/its-path"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a mail server, and this machine allowed."""
    chosen = {
        "smtp_url": "smtp://127.0.0.1:1",
        "mail_from": "formwire@example.org",
        "private_targets": "127.0.0.1,crm.lan",
    }
    return settings.model_copy(update=chosen)


def known(instance: Instance) -> list[Channel]:
    with instance.database.read() as session:
        return list(channels(session))


def add(client: FlaskClient, kind: str, address: str):  # type: ignore[no-untyped-def]
    return post(client, f"{PAGE}/{kind}", **{f"{kind}-address": address})


def test_a_mail_address_is_added_once(grace: FlaskClient, instance: Instance) -> None:
    assert add(grace, "mail", " Grace@Example.org ").location == PAGE
    again = add(grace, "mail", "Grace@example.org")
    assert again.status_code == 422
    assert "It is told already." in again.text
    (channel,) = known(instance)
    assert (channel.kind, channel.address) == (ChannelKind.MAIL, "Grace@example.org")
    assert channel.enabled
    assert "Grace@example.org" in grace.get(PAGE).text


def test_a_webhooks_secret_is_shown_once(grace: FlaskClient, instance: Instance) -> None:
    answer = add(grace, "webhook", HOOK)
    (channel,) = known(instance)
    secret = secret_of(channel, instance.vault)
    assert answer.status_code == 201
    assert secret in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret.encode() not in (channel.secret or b"")
    assert not any(secret in value for _, value in answer.headers)
    assert secret not in grace.get(PAGE).text


@pytest.mark.parametrize(
    ("kind", "address", "words"),
    [
        ("mail", "", "This field is required."),
        ("mail", "grace", "one mail address"),
        ("mail", "grace@example.org\r\nBcc: eve@example.org", "one mail address"),
        ("webhook", "", "This field is required."),
        ("webhook", "hooks.example.org/x", "whole address"),
        ("webhook", "ftp://hooks.example.org/", "whole address"),
        ("webhook", "https://", "whole address"),
        ("webhook", "https://hooks.example.org:port/", "whole address"),
        ("webhook", "https://xn--a/", "whole address"),
        ("webhook", "javascript:alert(1)", "whole address"),
        ("webhook", "https://ada:pw@hooks.example.org/", "Leave out user"),
        ("webhook", "https://hooks.example.org/#x", "Leave out user"),
        ("webhook", "http://hooks.example.org/", "Use https://"),
        ("webhook", "http://10.0.0.5/", "Use https://"),
    ],
)
def test_a_wrong_address_is_told_beside_its_field(
    grace: FlaskClient, instance: Instance, kind: str, address: str, words: str
) -> None:
    answer = add(grace, kind, address)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'aria-describedby="{kind}-address-error"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert known(instance) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9000/x", "http://crm.lan/x"])
def test_what_the_operator_allows_may_be_without_tls(
    grace: FlaskClient, instance: Instance, address: str
) -> None:
    assert add(grace, "webhook", address).status_code == 201
    assert [channel.address for channel in known(instance)] == [address]


class TestWithoutMail:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"smtp_url": "", "mail_from": ""})

    def test_the_page_says_what_an_operator_must_do(self, grace: FlaskClient) -> None:
        page = grace.get(PAGE).text
        assert "FORMWIRE_SMTP_URL" in page
        assert 'name="mail-address"' not in page
        assert add(grace, "mail", "grace@example.org").status_code == 422


@pytest.fixture
def hook(instance: Instance) -> Iterator[Channel]:
    """A webhook whose receiver takes everything."""

    def take(wire: socket.socket) -> None:
        head_of(wire)
        wire.sendall(b"HTTP/1.1 204 Thanks\r\nConnection: close\r\n\r\n")

    with served(take) as port, instance.database.write() as session:
        channel, _ = add_webhook(session, instance.vault, f"http://127.0.0.1:{port}/its-path")
        session.commit()
        yield channel


def last(instance: Instance, channel: Channel) -> Message | None:
    with instance.database.read() as session:
        return latest_messages(session).get(channel.id)


def test_a_test_says_at_once_what_became_of_it(
    grace: FlaskClient, instance: Instance, hook: Channel
) -> None:
    answer = post(grace, f"{PAGE}/{hook.public_id}/test")
    assert answer.location == PAGE
    page = grace.get(PAGE).text
    assert "127.0.0.1 has taken the test." in page
    assert "a test" in page
    message = last(instance, hook)
    assert message is not None
    assert message.state == MessageState.SENT


def test_a_test_that_does_not_arrive_says_why(grace: FlaskClient, instance: Instance) -> None:
    add(grace, "mail", "grace@example.org")
    (channel,) = known(instance)
    post(grace, f"{PAGE}/{channel.public_id}/test")
    page = grace.get(PAGE).text
    assert "The test did not arrive: 127.0.0.1: not sent, it refuses connections" in page
    message = last(instance, channel)
    assert message is not None
    assert message.state == MessageState.FAILED


def test_nobody_else_waits_for_the_database_while_a_test_is_sent(
    grace: FlaskClient, instance: Instance, hook: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object) -> None:
        with instance.database.write():
            pass

    monkeypatch.setattr(telling.webhook, "post", meanwhile)
    assert post(grace, f"{PAGE}/{hook.public_id}/test").status_code == 303


def test_a_channel_is_switched_off_and_on(
    grace: FlaskClient, instance: Instance, hook: Channel
) -> None:
    before = now()
    for on in ("no", "yes"):
        post(grace, f"{PAGE}/{hook.public_id}/switch", on=on)
        (channel,) = known(instance)
        assert channel.enabled == (on == "yes")
        assert channel.told_until >= before


def test_a_channel_is_removed_after_a_question(
    grace: FlaskClient, instance: Instance, hook: Channel
) -> None:
    post(grace, f"{PAGE}/{hook.public_id}/test")
    question = grace.get(f"{PAGE}/{hook.public_id}/remove").text
    assert "Remove 127.0.0.1?" in question
    assert len(known(instance)) == 1
    assert post(grace, f"{PAGE}/{hook.public_id}/remove").location == PAGE
    assert known(instance) == []
    assert last(instance, hook) is None


def test_a_channel_that_is_gone_is_not_found(grace: FlaskClient) -> None:
    assert grace.get(f"{PAGE}/nothing/remove").status_code == 404
    for act in ("switch", "test", "remove"):
        assert post(grace, f"{PAGE}/nothing/{act}").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_only_administrators_see_where_notices_go(sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/notices").text


def test_the_address_in_messages_is_a_page(app: Flask, grace: FlaskClient) -> None:
    event = telling.messages.trial("", now())
    assert grace.get(event.data.url).status_code == 200
    assert grace.get(f"{event.data.url}/channels").status_code == 200
    assert re.search(
        r'id="notice-', (app.jinja_loader.get_source(app.jinja_env, "studio/notices.html")[0])
    )  # type: ignore[union-attr]
