"""What a message says: one document, sent as JSON to webhooks and as text and HTML by mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.delivery import mail_words
from engine.delivery.mail import LETTER
from engine.delivery.speech import ENGLISH, Speech
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


def as_mail(
    event: Event, speech: Speech = ENGLISH, *, sender: str, to: str, id: str
) -> EmailMessage:
    """``id`` is the message's own, so that mail programs can tell a repetition."""
    mail = EmailMessage(policy=LETTER)
    mail["From"], mail["To"] = f"Formwire <{sender}>", to
    mail["Subject"] = one_line(f"Formwire: {speech.told(_subject(event))}", _LONGEST_SUBJECT)
    mail["Date"] = format_datetime(event.timestamp.astimezone(UTC))
    mail["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    mail.set_content(_text(event, speech.told))
    mail.add_alternative(_html(event, speech), subtype="html")
    mail["Content-Language"] = speech.language
    return mail


def _subject(event: Event) -> str:
    if event.type == "notices.test":
        return mail_words.TEST_SUBJECT
    count, latest = len(event.data.notices) + event.data.more, event.data.notices[0].message
    return mail_words.several(count, latest) if count > 1 else latest


_Told = Callable[[str], str]


def _text(event: Event, told: _Told) -> str:
    parts = [told(mail_words.TEST)] if event.type == "notices.test" else []
    for notice in event.data.notices:
        circumstances = _circumstances(notice, told)
        lines = [f"* {told(notice.message)}", told(notice.remedy), circumstances, notice.url]
        parts.append("\n  ".join(filter(None, lines)))
    if event.data.more:
        parts.append(f"{told(mail_words.more(event.data.more))}: {event.data.url}")
    end = f"-- \n{told(mail_words.END)}\n{event.data.url}/channels"
    return "\n\n".join([*parts, end]) + "\n"


def _html(event: Event, speech: Speech) -> str:
    def told(sentence: str) -> str:
        return escape(speech.told(sentence))

    parts = [f"<p>{told(mail_words.TEST)}</p>"] if event.type == "notices.test" else []
    for notice in event.data.notices:
        remedy = f"{told(notice.remedy)}<br>" if notice.remedy else ""
        circumstances = escape(_circumstances(notice, speech.told))
        parts.append(
            f'<p><a href="{escape(notice.url)}"><b>{told(notice.message)}</b></a><br>{remedy}'
            f'<span style="color:#667382">{circumstances}</span></p>'
        )
    page = escape(event.data.url)
    if event.data.more:
        parts.append(f'<p><a href="{page}">{told(mail_words.more(event.data.more))}</a></p>')
    channels = f'<a href="{page}/channels">{told(mail_words.CHANNELS)}</a>'
    parts.append(f'<p style="color:#667382">{told(mail_words.END)} {channels}.</p>')
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{speech.language}"><body style="font-family:sans-serif">\n'
        f"{body}\n</body></html>\n"
    )


def _circumstances(notice: Told, told: _Told) -> str:
    """What it is about, how often and when, such as "Call me back · 3 times, from … to …"."""
    about = [thing.name for thing in (notice.form, notice.connection) if thing]
    when = _moment(notice.last_at)
    if notice.count > 1:
        when = told(mail_words.times(notice.count, _moment(notice.first_at), when))
    return " · ".join([*about, when])


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
