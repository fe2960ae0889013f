"""How an operator names the mail server, and what is a mail address."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.mail_server import MailServer, mail_address
from engine.settings import Settings, SettingsError, load_settings


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, False)),
        ("smtp://mail.example.org/", MailServer("mail.example.org", 587, False)),
        ("smtp://mail.example.org:25", MailServer("mail.example.org", 25, False)),
        ("smtps://mail.example.org", MailServer("mail.example.org", 465, True)),
        ("SMTPS://Mail.Example.org", MailServer("mail.example.org", 465, True)),
        ("smtp://[::1]:1025", MailServer("::1", 1025, False)),
        (
            "smtp://ada%40example.org:p%40ss%3A%2F%3F%23@mail.example.org:2525",
            MailServer("mail.example.org", 2525, False, "ada@example.org", "p@ss:/?#"),
        ),
    ],
)
def test_a_mail_server_is_an_address(url: str, server: MailServer) -> None:
    assert MailServer.parse(url) == server


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mail.example.org", "no address of a mail server"),
        ("mail.example.org:587", "no address of a mail server"),
        ("http://mail.example.org", "no address of a mail server"),
        ("smtp://", "no address of a mail server"),
        ("smtp://:587", "no address of a mail server"),
        ("smtp://mail.example.org:smtp", "no address of a mail server"),
        ("smtp://mail.example.org:99999", "no address of a mail server"),
        ("smtp://mail.example.org:0", "no address of a mail server"),
        ("smtp://[::1", "no address of a mail server"),
        ("smtp://mail.example.org/inbox", "nothing may follow"),
        ("smtp://mail.example.org?tls=no", "nothing may follow"),
        ("smtp://ada:hunter2/x@mail.example.org", "no address of a mail server"),
        ("smtp://ada:hunter2#@mail.example.org", "no address of a mail server"),
        ("smtp://ada@mail.example.org", "a user needs a password"),
        ("smtp://:hunter2@mail.example.org", "a password a user"),
        ("smtp://ada:hunter2%0d%0aX@mail.example.org", "plain ASCII"),
        ("smtp://ada:пароль@mail.example.org", "plain ASCII"),
    ],
)
def test_a_wrong_mail_server_is_told_without_its_password(
    url: str, words: str, tmp_path: Path
) -> None:
    environ = {
        "FORMWIRE_DATA_DIR": str(tmp_path),
        "FORMWIRE_SMTP_URL": url,
        "FORMWIRE_MAIL_FROM": "formwire@example.org",
    }
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    (line,) = caught.value.problems
    assert line.startswith("FORMWIRE_SMTP_URL: ")
    assert words in line
    assert "smtps://user:password@host" in line  # the remedy
    assert "hunter2" not in line


def test_mail_needs_a_sender(tmp_path: Path) -> None:
    environ = {"FORMWIRE_DATA_DIR": str(tmp_path), "FORMWIRE_SMTP_URL": "smtp://localhost"}
    for sender in ("", "Formwire", "formwire@", "a@b.example\r\nBcc: c@d.example", "я@example.org"):
        with pytest.raises(SettingsError) as caught:
            load_settings(environ | {"FORMWIRE_MAIL_FROM": sender})
        (line,) = caught.value.problems
        assert line.startswith("FORMWIRE_MAIL_FROM: ")


def test_the_password_is_not_shown_by_repr(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        smtp_url="smtp://ada:hunter2@mail.example.org",
        mail_from="formwire@example.org",
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(settings.mail_server)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada.L+form@Example.ORG ", "Ada.L+form@example.org"),
        ("ada@приклад.укр", "ada@xn--80aikifvh.xn--j1amh"),
        ("owner@formwire.test", "owner@formwire.test"),
    ],
)
def test_an_address_is_kept_as_mail_servers_take_it(text: str, address: str) -> None:
    assert mail_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "ada@example.org\nBcc: eve@example.org",
        "a da@example.org",
        "ada@exa mple.org",
        "ада@example.org",
    ],
)
def test_what_is_no_single_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        mail_address(text)
