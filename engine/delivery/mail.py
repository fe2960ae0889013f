"""Handing a mail to the server that sends it on."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP

from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.failures import reason_of
from engine.mail_server import MailServer

# Every mail server takes it: no line is too long and no byte has eight bits.
LETTER = SMTP.clone(cte_type="7bit")
DEADLINE_S = 40.0
_STEP_S = 15.0
_ACCEPTED = range(200, 300)
_ENHANCED = re.compile(
    rb"\d\.\d{1,3}\.\d{1,3}\b"
)  # RFC 3463; the words beside it may repeat anything


def send_mail(server: MailServer, mail: EmailMessage, *, deadline_s: float = DEADLINE_S) -> None:
    """Hand over ``mail``, which has one recipient and the policy LETTER. Raises ConnectorError.

    OutcomeUnknownError means that the server may have taken it; any other, that it has not.
    """
    content = mail.as_bytes()
    sender, recipient = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
    with _session(server, sender.rpartition("@")[2], deadline_s) as smtp:
        with _not_taken(server):
            _greet(smtp, server)
            _accepted(*smtp.mail(sender), server)
            _accepted(*smtp.rcpt(recipient), server)
        try:
            code, answer = smtp.data(content)
        except smtplib.SMTPDataError as error:
            raise _refusal(error, server) from error
        except OSError as error:
            raise OutcomeUnknownError(
                f"{server.host}: no answer after the message was sent ({reason_of(error)})"
            ) from error
        _accepted(code, answer, server)
        with suppress(OSError):  # it has the mail
            smtp.quit()


@contextmanager
def _session(server: MailServer, own_name: str, deadline_s: float) -> Iterator[smtplib.SMTP]:
    """A connection not yet made, which is cut when all together takes too long."""
    smtp: smtplib.SMTP
    if server.secured:
        context = ssl.create_default_context()
        smtp = smtplib.SMTP_SSL(local_hostname=own_name, timeout=_STEP_S, context=context)
    else:
        smtp = smtplib.SMTP(local_hostname=own_name, timeout=_STEP_S)
    # Whose certificate is asked for. Only the constructor notes it, and that would connect at once.
    smtp._host = server.host  # type: ignore[attr-defined]
    done = threading.Event()
    threading.Thread(target=_cut, args=(smtp, done, deadline_s), daemon=True).start()
    try:
        yield smtp
    finally:
        done.set()
        smtp.close()


def _cut(smtp: smtplib.SMTP, done: threading.Event, deadline_s: float) -> None:
    """Every step has a limit of its own, but a server may answer each a byte at a time."""
    wait_s = deadline_s
    while not done.wait(wait_s):
        wait_s = 0.1  # again: a connection may be about to be made or secured
        if smtp.sock is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which would forget its TLS under the reader's hands.
                socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)


def _greet(smtp: smtplib.SMTP, server: MailServer) -> None:
    _accepted(*smtp.connect(server.host, server.port), server)
    smtp.ehlo_or_helo_if_needed()
    if not server.secured and not server.here:
        if not smtp.has_extn("starttls"):
            raise SettingsError(
                f"{server.host} offers no STARTTLS, so anybody on the way could read along; "
                "set FORMWIRE_SMTP_URL to an smtps:// address or another server"
            )
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


@contextmanager
def _not_taken(server: MailServer) -> Iterator[None]:
    """Say of each error that the server has not taken the mail."""
    try:
        yield
    except OutcomeUnknownError as error:
        raise UnavailableError(str(error)) from error
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise _refusal(error, server) from error
        raise AuthError(f"{server.host} does not accept our user and password") from error
    except smtplib.SMTPNotSupportedError as error:
        raise SettingsError(
            f"{server.host} lets nobody sign in, but FORMWIRE_SMTP_URL names a user"
        ) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error, server) from error
    except ssl.SSLCertVerificationError as error:
        raise UnavailableError(
            f"{server.host}: its certificate cannot be trusted ({error.verify_message})"
        ) from error
    except OSError as error:
        raise UnavailableError(f"{server.host}: not sent, {reason_of(error)}") from error


def _accepted(code: int, answer: bytes, server: MailServer) -> None:
    if code not in _ACCEPTED:
        raise _refusal(smtplib.SMTPResponseException(code, answer), server)


def _refusal(error: smtplib.SMTPResponseException, server: MailServer) -> ConnectorError:
    answer = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
    detail = _ENHANCED.match(answer)
    code = f"{error.smtp_code}{f' {detail[0].decode()}' if detail else ''}"
    if 500 <= error.smtp_code < 600:
        return RejectedError(f"{server.host} refuses the message with {code}")
    if 400 <= error.smtp_code < 500:
        return UnavailableError(f"{server.host} does not take the message now, with {code}")
    return OutcomeUnknownError(f"{server.host} answers with what is no answer")
