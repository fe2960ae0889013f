"""The tables of what was erased, and of what a visitor's browser may show only once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.base import Base, Plain, now, public_id


class Erasure(Base):
    """A person's data was erased. Whom it was about is not kept: ``identity`` is a keyed digest.

    ``report`` counts what was erased here and names the CRM records that remain there.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    identity: Mapped[str] = mapped_column(Plain(64), index=True)
    author: Mapped[str] = mapped_column(Plain(255))
    report: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)


class SpentProof(Base):
    """A proof of work that was shown already, until it would have expired anyway."""

    __tablename__ = "spent_proof"

    digest: Mapped[str] = mapped_column(Plain(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
