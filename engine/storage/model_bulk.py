"""The tables of decisions about many runs at once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.base import Base, Plain, now, public_id


class BulkState(StrEnum):
    """How far a bulk order is."""

    GOING = "going"
    PAUSED = "paused"
    ENDED = "ended"
    STOPPED = "stopped"  # a person ended it early


class BulkOrder(Base):
    """One decision about many runs, carried out bit by bit. ``choice`` is by what they were chosen."""

    __tablename__ = "bulk_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    verb: Mapped[str] = mapped_column(Plain(12))
    choice: Mapped[dict[str, Any]]
    state: Mapped[BulkState] = mapped_column(Plain(10), default=BulkState.GOING, index=True)
    author: Mapped[str] = mapped_column(Plain(255))
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class BulkItem(Base):
    """One run of an order. ``outcome`` is empty until its turn has come.

    ``queued_id`` is the run that goes on because of it: the same one, or that of its replay.
    """

    __tablename__ = "bulk_item"
    __table_args__ = (
        Index(
            "ix_bulk_item_open",
            "order_id",
            "run_id",
            sqlite_where=text("outcome = ''"),
            postgresql_where=text("outcome = ''"),
        ),
    )

    order_id: Mapped[int] = mapped_column(
        ForeignKey("bulk_order.id", ondelete="CASCADE"), primary_key=True
    )
    run_id: Mapped[int] = mapped_column(
        ForeignKey("run.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    outcome: Mapped[str] = mapped_column(default="")
    queued_id: Mapped[int | None] = mapped_column(
        ForeignKey("run.id", ondelete="SET NULL"), index=True
    )
