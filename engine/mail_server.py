"""Where mail goes out, and what is a mail address. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

_PORTS = {"smtp": 587, "smtps": 465}
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. ``secured``: TLS from the first byte, else by STARTTLS."""

    host: str
    port: int
    secured: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def here(self) -> bool:
        """Whether it runs on this machine, so that nobody can listen in between."""
        return self.host in _HERE

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """The server at ``smtp://`` or ``smtps://``. Raises ValueError, which repeats no password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("this is no address of a mail server") from None
        if parts.scheme not in _PORTS or not parts.hostname or port == 0:
            raise ValueError("this is no address of a mail server")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(
                "nothing may follow the port (write / ? # in a password as %2F %3F %23)"
            )
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if bool(user) != bool(password):
            raise ValueError("a user needs a password, and a password a user")
        if not f"{user}{password}".isascii() or not f"{user}{password}x".isprintable():
            raise ValueError("user and password must be plain ASCII")
        return cls(
            parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password
        )


def mail_address(text: str) -> str:
    """``text`` as a bare mail address that every mail server takes. Raises ValueError."""
    try:
        found = validate_email(
            text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise ValueError(f"this is no mail address: {error}") from None
    return found.ascii_email or found.normalized
