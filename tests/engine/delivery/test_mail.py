"""Mail handed to a real SMTP server: taken, refused, lost, and never in the clear."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from engine.delivery.mail import LETTER, send_mail
from engine.mail_server import MailServer
from tests.postbox import Postbox, start
from tests.wires import Names, certificate_for, served

USER, PASSWORD = "formwire", "correct horse"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def here(postbox: Postbox) -> Iterator[MailServer]:
    server = start(postbox)
    yield MailServer("127.0.0.1", server.port, secured=False)
    server.stop()


def letter() -> EmailMessage:
    mail = EmailMessage(policy=LETTER)
    mail["From"], mail["To"] = "Formwire <formwire@example.org>", "grace@example.org"
    mail["Subject"] = "Привіт"
    mail.set_content("Kommo refuses our access.\n.\nПривіт\n")
    return mail


def error_of(server: MailServer, **options: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        send_mail(server, letter(), **options)
    return caught.value


def test_a_server_of_this_machine_takes_it_without_tls(here: MailServer, postbox: Postbox) -> None:
    send_mail(here, letter())
    (mail,) = postbox.taken
    assert mail["Subject"] == "Привіт"
    assert mail.get_content().splitlines() == letter().get_content().splitlines()
    assert postbox.recipients == ["grace@example.org"]
    assert postbox.secured == [False]


@pytest.mark.parametrize(
    ("step", "answer", "kind", "words"),
    [
        ("MAIL", "550 5.7.1 not you, grace@example.org", RejectedError, "550 5.7.1"),
        ("RCPT", "550 5.1.1 nobody", RejectedError, "550 5.1.1"),
        ("RCPT", "553 no", RejectedError, "553"),
        ("RCPT", "450 4.2.1 later", UnavailableError, "450 4.2.1"),
        ("DATA", "552 5.3.4 too large", RejectedError, "552 5.3.4"),
        ("DATA", "451 4.3.0 later", UnavailableError, "451 4.3.0"),
    ],
)
def test_a_refusal_is_told_by_its_codes_alone(
    here: MailServer,
    postbox: Postbox,
    step: str,
    answer: str,
    kind: type[ConnectorError],
    words: str,
) -> None:
    postbox.answers[step] = answer
    error = error_of(here)
    assert type(error) is kind
    assert words in str(error)
    assert "grace" not in str(error)
    assert postbox.taken == []


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The certificate of mail.example, which clients trust."""
    shown, trusting = certificate_for("mail.example", tmp_path)
    real = ssl.create_default_context  # the server asks for one too, with arguments
    monkeypatch.setattr(
        ssl, "create_default_context", lambda **named: real(**named) if named else trusting
    )
    Names(monkeypatch, {"mail.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    return shown


def authenticate(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any
) -> AuthResult:
    right = given.login == USER.encode() and given.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


@pytest.mark.parametrize("secured", [True, False], ids=["smtps", "starttls"])
def test_a_server_elsewhere_is_spoken_to_in_secret(
    postbox: Postbox, tls: ssl.SSLContext, secured: bool
) -> None:
    server = (
        start(postbox, ssl_context=tls)
        if secured
        else start(postbox, tls_context=tls, authenticator=authenticate, auth_required=True)
    )
    user = ("", "") if secured else (USER, PASSWORD)
    send_mail(MailServer("mail.example", server.port, secured, *user), letter())
    if not secured:
        wrong = MailServer("mail.example", server.port, secured, USER, "guess")
        assert type(error_of(wrong)) is AuthError
    other = error_of(MailServer("other.example", server.port, secured, *user))
    server.stop()
    assert type(other) is UnavailableError
    assert "certificate" in str(other)
    assert len(postbox.taken) == 1
    assert postbox.secured == [True]


def test_a_server_elsewhere_without_starttls_gets_nothing(
    postbox: Postbox, tls: ssl.SSLContext
) -> None:
    server = start(postbox)
    error = error_of(MailServer("mail.example", server.port, False, USER, PASSWORD))
    server.stop()
    assert type(error) is SettingsError
    assert "STARTTLS" in str(error)
    assert postbox.taken == []


def test_a_user_that_no_server_asks_for_is_a_mistake(here: MailServer) -> None:
    server = MailServer(here.host, here.port, False, USER, PASSWORD)
    assert type(error_of(server)) is SettingsError


def test_a_server_that_is_not_there_has_taken_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert type(error_of(MailServer("127.0.0.1", port, False))) is UnavailableError


class Script:
    """A server that answers each line with the next of ``answers`` and then hangs up."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = answers

    def __call__(self, wire: socket.socket) -> None:
        lines = wire.makefile("rb")
        for answer in self._answers:
            wire.sendall(answer)
            if answer.startswith(b"354"):
                while lines.readline() not in (b".\r\n", b""):
                    pass
            else:
                lines.readline()


HELLO = (b"220 mail\r\n", b"250 mail\r\n", b"250 OK\r\n", b"250 OK\r\n")


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ((), UnavailableError),
        ((b"554 no\r\n",), RejectedError),
        ((b"hello?\r\n", b"", b""), UnavailableError),
        (HELLO[:1], UnavailableError),
        (HELLO[:3], UnavailableError),
        (HELLO, OutcomeUnknownError),
        ((*HELLO, b"354 go on\r\n"), OutcomeUnknownError),
        ((*HELLO, b"354 go on\r\n", b"what\r\n"), OutcomeUnknownError),
    ],
    ids=["hangs up", "no", "babbles", "greets", "takes the sender", "before", "after", "garbles"],
)
def test_a_lost_answer_leaves_unknown_only_what_was_sent(
    answers: tuple[bytes, ...], kind: type[ConnectorError]
) -> None:
    with served(Script(*answers)) as port:
        assert type(error_of(MailServer("127.0.0.1", port, False))) is kind


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [(b"", UnavailableError), (b"".join(HELLO) + b"354 go", OutcomeUnknownError)],
)
def test_a_dripping_server_is_left_at_the_deadline(
    greeting: bytes, kind: type[ConnectorError]
) -> None:
    given_up = threading.Event()

    def drip(wire: socket.socket) -> None:
        wire.sendall(greeting)
        while not given_up.wait(0.02):
            wire.sendall(b"2")

    with served(drip) as port:
        error = error_of(MailServer("127.0.0.1", port, False), deadline_s=0.3)
        given_up.set()
    assert type(error) is kind
