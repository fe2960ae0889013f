"""Proofs of work that counted already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.model_privacy import SpentProof


def spend(session: Session, digest: str, expires_at: datetime) -> bool:
    """Whether the proof counts now for the first time; from here on it is spent.

    Its form's row must be locked, so that of two at once the second sees the first. Expired ones
    are forgotten on the way: nobody can show them again.
    """
    if session.get(SpentProof, digest) is not None:
        return False
    session.execute(delete(SpentProof).where(SpentProof.expires_at < now()))
    session.add(SpentProof(digest=digest, expires_at=expires_at))
    session.flush()
    return True
