"""The mail that brings an invitation's link."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from engine.delivery.mail import LETTER
from engine.delivery.messages import one_line


def invitation_mail(
    *, sender: str, to: str, author: str, link: str, id: str, at: datetime, days: int
) -> EmailMessage:
    """Plain text, so that the link can be read before it is followed. ``author``: who invites."""
    mail = EmailMessage(policy=LETTER)
    mail["From"], mail["To"] = f"Formwire <{sender}>", to
    mail["Subject"] = "Your invitation to Formwire"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    mail.set_content(
        f"{one_line(author)} invites you to Formwire.\n\n"
        f"Choose your name and password here:\n\n{link}\n\n"
        f"The link works once, for {days} days. If you do not know who sent it, leave it alone.\n"
    )
    return mail
