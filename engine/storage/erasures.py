"""Erasures as they were carried out: that it was done, by whom, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.model_privacy import Erasure


def store_erasure(session: Session, identity: str, author: str, report: dict[str, Any]) -> Erasure:
    """``identity`` is a keyed digest: whom it was about is not kept."""
    erasure = Erasure(identity=identity, author=author, report=report)
    session.add(erasure)
    session.flush()
    return erasure


def erasures(session: Session, limit: int = 100) -> Sequence[Erasure]:
    """The newest first."""
    return session.scalars(select(Erasure).order_by(Erasure.id.desc()).limit(limit)).all()


def erasure_by_public_id(session: Session, public_id: str) -> Erasure | None:
    return session.scalars(select(Erasure).where(Erasure.public_id == public_id)).first()
