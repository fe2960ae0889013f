"""The table of what people did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.base import Base, Plain, now


class AuditEntry(Base):
    """One act of a person. Append only; ``digest`` covers the entry and the digest before it, so
    that nobody changes or removes one unnoticed.

    ``actor`` is an e-mail address, the name of a token, or "command line". ``noun`` and ``target``
    say what it was done to; ``details`` hold no secrets and nothing that a visitor sent.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_noun_target", "noun", "target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor: Mapped[str] = mapped_column(Plain(255))
    source: Mapped[str] = mapped_column(Plain(12))  # studio, api or cli
    act: Mapped[str] = mapped_column(Plain(40))
    noun: Mapped[str] = mapped_column(Plain(40))
    target: Mapped[str] = mapped_column(Plain(255))
    details: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(Plain(64))
