"""The tables of calls to CRMs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.base import Base, Plain


class Call(Base):
    """One exchange with a CRM, secrets masked. Append only."""

    __tablename__ = "call"
    __table_args__ = (Index("ix_call_recent", "started_at", "connection_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connection.id", ondelete="CASCADE"), index=True
    )
    fence: Mapped[int] = mapped_column(default=0)
    purpose: Mapped[str] = mapped_column(Plain(40), default="")
    method: Mapped[str] = mapped_column(Plain(8))
    url: Mapped[str]
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    ms: Mapped[int]
    request: Mapped[str] = mapped_column(default="")
    response: Mapped[str] = mapped_column(default="")


class CallRun(Base):
    """Which runs a call served."""

    __tablename__ = "call_run"

    call_id: Mapped[int] = mapped_column(
        ForeignKey("call.id", ondelete="CASCADE"), primary_key=True
    )
    run_id: Mapped[int] = mapped_column(
        ForeignKey("run.id", ondelete="CASCADE"), primary_key=True, index=True
    )
