"""Channels, by which notices reach people, and the messages on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from connectors.standard_webhooks import new_secret
from engine.storage.base import public_id
from engine.storage.forms import named
from engine.storage.model_channels import Channel, ChannelKind, Message, MessageState
from engine.storage.models import Connection, Form, Notice
from engine.storage.notice_pages import NoticeRow
from engine.storage.secrets import Vault

KEPT_FOR = timedelta(days=30)
TEST = "notices.test"
"""The type of a message that tells nothing."""
LEASE = timedelta(minutes=2)
"""How long a message may be under way before its sender is taken for dead."""
OVERLAP = timedelta(seconds=5)
"""A notice may be stored that much later than it says; clocks of several hosts differ."""
_UNFINISHED = (MessageState.WAITING, MessageState.SENDING)


def channels(session: Session) -> Sequence[Channel]:
    return session.scalars(select(Channel).order_by(Channel.kind, Channel.address)).all()


def channel_by_public_id(session: Session, public_id: str) -> Channel | None:
    return session.scalars(select(Channel).where(Channel.public_id == public_id)).first()


def channel_at(session: Session, kind: ChannelKind, address: str) -> Channel | None:
    return session.scalars(
        select(Channel).where(Channel.kind == kind, Channel.address == address)
    ).first()


def add_mail(session: Session, address: str) -> Channel:
    """A channel that is told what comes from now on."""
    channel = Channel(kind=ChannelKind.MAIL, address=address)
    session.add(channel)
    session.flush()
    return channel


def add_webhook(session: Session, vault: Vault, url: str) -> tuple[Channel, str]:
    """The same, and the secret that its receiver checks signatures with."""
    id = public_id()
    secret = new_secret()
    sealed = vault.seal(_owner(id), {"secret": secret})
    channel = Channel(public_id=id, kind=ChannelKind.WEBHOOK, address=url, secret=sealed)
    session.add(channel)
    session.flush()
    return channel, secret


def secret_of(channel: Channel, vault: Vault) -> str:
    """What a webhook's messages are signed with. Raises SecretsUnreadable."""
    return vault.open(_owner(channel.public_id), channel.secret or b"")["secret"]


def _owner(public_id: str) -> str:
    return f"channel {public_id}"


def switch(session: Session, channel: Channel, *, enabled: bool, at: datetime) -> None:
    """Let a channel be told, or not. What comes while it is off is never told by it."""
    channel.enabled = enabled
    channel.told_until = at
    if not enabled:
        session.execute(
            delete(Message).where(
                Message.channel_id == channel.id, Message.state == MessageState.WAITING
            )
        )


def remove(session: Session, channel: Channel) -> None:
    session.delete(channel)


def latest_messages(session: Session) -> Mapping[int, Message]:
    """Channel id to its newest message."""
    newest = select(func.max(Message.id)).group_by(Message.channel_id)
    found = session.scalars(select(Message).where(Message.id.in_(newest)))
    return {message.channel_id: message for message in found}


@dataclass(frozen=True, slots=True)
class News:
    """Notices that a channel does not know: the latest ``rows`` of ``total``."""

    rows: Sequence[NoticeRow]
    total: int
    newest_at: datetime


def news_for(session: Session, channel: Channel, most: int) -> News | None:
    """Standing notices that came or went on since the channel was told; None when there are none."""
    unknown = _unknown_to(channel)
    total, newest_at = session.execute(
        select(func.count(Notice.id), func.max(Notice.last_at)).where(*unknown)
    ).one()
    if not total:
        return None
    rows = session.execute(
        select(Notice, Form, Connection)
        .outerjoin(Form, Form.id == Notice.form_id)
        .outerjoin(Connection, Connection.id == Notice.connection_id)
        .where(*unknown)
        .order_by(Notice.last_at.desc(), Notice.id.desc())
        .limit(most)
    )
    told = [
        NoticeRow(notice, named(form), named(connection), None) for notice, form, connection in rows
    ]
    return News(told, total, newest_at)


def _unknown_to(channel: Channel) -> tuple[ColumnElement[bool], ...]:
    own = channel_cause(channel)
    # Two channels that both fail would otherwise tell each other of it for ever.
    others_trouble = and_(Notice.count == 1, Notice.cause != own)
    return (
        Notice.cleared_at.is_(None),
        Notice.last_at > channel.told_until,
        or_(Notice.cause.not_like("channel:%"), others_trouble),
    )


def channel_cause(channel: Channel) -> str:
    """The cause of notices about the channel itself."""
    return f"channel:{channel.public_id}"


def told_at(session: Session, channel_id: int) -> datetime | None:
    """When the channel's newest message was made; tests do not count."""
    return session.scalar(
        select(func.max(Message.created_at)).where(
            Message.channel_id == channel_id, Message.content["type"].as_string() != TEST
        )
    )


def has_unfinished(session: Session, channel_id: int) -> bool:
    found = select(Message.id).where(
        Message.channel_id == channel_id, Message.state.in_(_UNFINISHED)
    )
    return session.scalars(found.limit(1)).first() is not None


def add_message(
    session: Session, channel: Channel, content: dict[str, Any], news: News, at: datetime
) -> bool:
    """Put a message that tells ``news`` on its way. False when somebody else was faster."""
    told = session.scalar(
        update(Channel)
        .where(Channel.id == channel.id, Channel.told_until == channel.told_until)
        .values(told_until=min(news.newest_at, at - OVERLAP))
        .returning(Channel.id)
    )
    if told is None:
        return False
    session.execute(
        delete(Message).where(Message.channel_id == channel.id, Message.created_at < at - KEPT_FOR)
    )
    session.add(Message(channel_id=channel.id, content=content, due_at=at, created_at=at))
    return True


def add_test(session: Session, channel: Channel, content: dict[str, Any], at: datetime) -> Message:
    """A message that the caller sends itself, at once."""
    message = Message(
        channel_id=channel.id,
        content=content,
        state=MessageState.SENDING,
        attempt=1,
        due_at=at + LEASE,
        created_at=at,
    )
    session.add(message)
    session.flush()
    return message


def due_message(session: Session, at: datetime) -> tuple[Channel, Message] | None:
    """The message that waits longest to be sent, or whose sender has died."""
    found = session.execute(
        select(Channel, Message)
        .join(Message, Message.channel_id == Channel.id)
        .where(Channel.enabled, Message.state.in_(_UNFINISHED), Message.due_at <= at)
        .order_by(Message.due_at, Message.id)
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


def claim(session: Session, message: Message, at: datetime) -> bool:
    """Take a due message for sending; it counts as a try. False when somebody else was faster."""
    taken = session.scalar(
        update(Message)
        .where(
            Message.id == message.id,
            Message.state == message.state,
            Message.attempt == message.attempt,
        )
        .values(state=MessageState.SENDING, attempt=message.attempt + 1, due_at=at + LEASE)
        .returning(Message.id)
    )
    return taken is not None


def note_sent(session: Session, message_id: int, at: datetime) -> None:
    _note(session, message_id, state=MessageState.SENT, sent_at=at, error="")


def note_waiting(session: Session, message_id: int, error: str, due_at: datetime) -> None:
    _note(session, message_id, state=MessageState.WAITING, error=error, due_at=due_at)


def note_failed(session: Session, message_id: int, error: str) -> None:
    _note(session, message_id, state=MessageState.FAILED, error=error)


def _note(session: Session, message_id: int, **values: Any) -> None:
    session.execute(update(Message).where(Message.id == message_id).values(**values))


def hurry(session: Session, channel_id: int, at: datetime) -> None:
    """Try what waits at once: the channel works again."""
    waiting = update(Message).where(
        Message.channel_id == channel_id, Message.state == MessageState.WAITING
    )
    session.execute(waiting.values(due_at=at))
