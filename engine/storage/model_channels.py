"""The tables of how notices reach people who are not in the studio."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.base import Base, Plain, now, public_id


class ChannelKind(StrEnum):
    """By what a channel sends."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class Channel(Base):
    """A mail address or a webhook that notices go to.

    ``secret`` is encrypted: what a webhook's messages are signed with. ``told_until`` is the newest
    change of a notice that the channel was told of.
    """

    __tablename__ = "channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    kind: Mapped[ChannelKind] = mapped_column(Plain(10))
    address: Mapped[str]
    secret: Mapped[bytes | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    told_until: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)


class MessageState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Message(Base):
    """Several notices on their way to one channel. ``public_id`` is the webhook's id."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    channel_id: Mapped[int] = mapped_column(
        ForeignKey("channel.id", ondelete="CASCADE"), index=True
    )
    content: Mapped[dict[str, Any]]
    state: Mapped[MessageState] = mapped_column(Plain(10), default=MessageState.WAITING, index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
