"""The tables of what is remembered from run to run, of CRMs and of modules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.base import Base, Plain, now


class ModuleTurn(Base):
    """How many runs of a module took a turn at their responsible people."""

    __tablename__ = "module_turn"

    module_id: Mapped[int] = mapped_column(
        ForeignKey("module.id", ondelete="CASCADE"), primary_key=True
    )
    taken: Mapped[int] = mapped_column(default=0)


class KnownRecord(Base):
    """Whom we already know in a CRM: an identity and the record that bears it."""

    __tablename__ = "known_record"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Plain(400), primary_key=True)
    record_id: Mapped[str] = mapped_column(Plain(80))
    verified_at: Mapped[datetime] = mapped_column(default=now)


class WrittenValue(Base):
    """What Formwire last wrote to a watched field, to notice when a person changed it since."""

    __tablename__ = "written_value"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(Plain(12), primary_key=True)
    record_id: Mapped[str] = mapped_column(Plain(80), primary_key=True)
    field: Mapped[str] = mapped_column(Plain(120), primary_key=True)
    value: Mapped[dict[str, Any]]  # {"value": …}: JSON columns hold objects
