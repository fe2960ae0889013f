"""The table of saved cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.storage.base import Base, Plain, now
from engine.storage.models import Module, Submission

LONGEST_NAME = 120


class SavedCase(Base):
    """A submission whose plan a person approved of.

    ``seen`` is what the CRM answered when it was saved (`engine.delivery.sight.dump_seen`), and
    ``expected`` the text of the plan made of it. It goes when its submission goes.
    """

    __tablename__ = "saved_case"
    __table_args__ = (UniqueConstraint("module_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"))
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Plain(LONGEST_NAME))
    seen: Mapped[list[Any]]
    expected: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    module: Mapped[Module] = relationship()
    submission: Mapped[Submission] = relationship()
