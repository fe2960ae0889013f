"""What a message says: one document, sent as JSON to webhooks and as text and HTML by mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.delivery.mail import LETTER
from engine.storage.channels import News
from engine.storage.forms import Named
from engine.storage.notice_pages import NoticeRow

MOST_TOLD = 20
_LONGEST = 1000  # characters of a notice's text
_LONGEST_SUBJECT = 120


class About(BaseModel):
    """The form or connection that a notice is about."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str


class Told(BaseModel):
    """One notice. Equal ones are one, with a ``count``."""

    model_config = ConfigDict(frozen=True)

    id: int
    message: str
    remedy: str = Field(description="what a person can do; may be empty")
    count: int = Field(ge=1, description="how often it came since it was last cleared")
    first_at: datetime
    last_at: datetime
    form: About | None
    connection: About | None
    url: str = Field(description="where it stands in the studio")


class Tidings(BaseModel):
    """What a message tells."""

    model_config = ConfigDict(frozen=True)

    notices: tuple[Told, ...] = Field(max_length=MOST_TOLD, description="the latest first")
    more: int = Field(ge=0, description="how many notices there are beside these")
    url: str = Field(description="where all of them stand in the studio")


class Event(BaseModel):
    """A message of Formwire."""

    model_config = ConfigDict(frozen=True)

    type: Literal["notices.raised", "notices.test"]
    timestamp: datetime
    data: Tidings


def raised(news: News, public_url: str, at: datetime) -> Event:
    """The message that tells ``news``."""
    page = f"{public_url}/notices"
    told = tuple(_told(row, page) for row in news.rows)
    return Event(
        type="notices.raised",
        timestamp=at,
        data=Tidings(notices=told, more=news.total - len(told), url=page),
    )


def trial(public_url: str, at: datetime) -> Event:
    """A message that tells nothing, to see whether it comes."""
    data = Tidings(notices=(), more=0, url=f"{public_url}/notices")
    return Event(type="notices.test", timestamp=at, data=data)


def _told(row: NoticeRow, page: str) -> Told:
    notice = row.notice
    return Told(
        id=notice.id,
        message=one_line(notice.message),
        remedy=one_line(notice.remedy),
        count=notice.count,
        first_at=notice.first_at,
        last_at=notice.last_at,
        form=_about(row.form),
        connection=_about(row.connection),
        url=f"{page}#notice-{notice.id}",
    )


def _about(thing: Named | None) -> About | None:
    return About(key=thing.key, name=one_line(thing.name)) if thing else None


def one_line(text: str, longest: int = _LONGEST) -> str:
    """``text`` without line ends and other controls, so that it can begin no header and no line."""
    line = "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def as_mail(event: Event, *, sender: str, to: str, id: str) -> EmailMessage:
    """``id`` is the message's own, so that mail programs can tell a repetition."""
    mail = EmailMessage(policy=LETTER)
    mail["From"], mail["To"] = f"Formwire <{sender}>", to
    mail["Subject"] = one_line(_subject(event), _LONGEST_SUBJECT)
    mail["Date"] = format_datetime(event.timestamp.astimezone(UTC))
    mail["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    mail.set_content(_text(event))
    mail.add_alternative(_html(event), subtype="html")
    return mail


def _subject(event: Event) -> str:
    if event.type == "notices.test":
        return "Formwire: a test message"
    others = len(event.data.notices) + event.data.more - 1
    return f"Formwire: {f'{others + 1} notices, ' if others else ''}{event.data.notices[0].message}"


_TEST = "This is a test: notices of Formwire come here."
_END = "Sent by Formwire, at most once in 15 minutes. Administrators switch it off under"


def _text(event: Event) -> str:
    parts = [_TEST] if event.type == "notices.test" else []
    for notice in event.data.notices:
        lines = [f"* {notice.message}", notice.remedy, _circumstances(notice), notice.url]
        parts.append("\n  ".join(filter(None, lines)))
    if event.data.more:
        parts.append(f"And {event.data.more} more: {event.data.url}")
    return "\n\n".join([*parts, f"-- \n{_END}\n{event.data.url}/channels"]) + "\n"


def _html(event: Event) -> str:
    parts = [f"<p>{_TEST}</p>"] if event.type == "notices.test" else []
    for notice in event.data.notices:
        remedy = f"{escape(notice.remedy)}<br>" if notice.remedy else ""
        parts.append(
            f'<p><a href="{escape(notice.url)}"><b>{escape(notice.message)}</b></a><br>{remedy}'
            f'<span style="color:#667382">{escape(_circumstances(notice))}</span></p>'
        )
    page = escape(event.data.url)
    if event.data.more:
        parts.append(f'<p>And <a href="{page}">{event.data.more} more</a>.</p>')
    parts.append(
        f'<p style="color:#667382">{_END} <a href="{page}/channels">Notices → Channels</a>.</p>'
    )
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><body style="font-family:sans-serif">\n{body}\n</body></html>\n'


def _circumstances(notice: Told) -> str:
    """What it is about, how often and when, such as "Call me back · 3 times, from … to …"."""
    about = [thing.name for thing in (notice.form, notice.connection) if thing]
    when = _moment(notice.last_at)
    if notice.count > 1:
        when = f"{notice.count} times, from {_moment(notice.first_at)} to {when}"
    return " · ".join([*about, when])


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
