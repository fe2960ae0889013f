"""The mail that brings an invitation's link."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from engine.delivery import mail_words
from engine.delivery.mail import LETTER
from engine.delivery.messages import one_line
from engine.delivery.speech import Speech


def invitation_mail(
    speech: Speech,
    *,
    sender: str,
    to: str,
    author: str,
    link: str,
    id: str,
    at: datetime,
    days: int,
) -> EmailMessage:
    """Plain text, so that the link can be read before it is followed. ``author``: who invites."""
    told = speech.told
    mail = EmailMessage(policy=LETTER)
    mail["From"], mail["To"] = f"Formwire <{sender}>", to
    mail["Subject"] = told(mail_words.INVITATION_SUBJECT)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    invites, works_once = mail_words.invites(one_line(author)), mail_words.works_once(days)
    parts = [told(invites), told(mail_words.CHOOSE), link, told(works_once)]
    mail.set_content("\n\n".join(parts) + "\n")
    mail["Content-Language"] = speech.language
    return mail
