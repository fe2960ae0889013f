"""Deleting what has ended by itself: sessions of the studio, failed sign-ins, invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.invitations import sweep_invitations
from engine.storage.sign_ins import sweep_tries
from engine.storage.web_sessions import sweep_sessions

EVERY = timedelta(minutes=10)
SWEEPS: tuple[Callable[[Session, datetime], None], ...] = (
    sweep_sessions,
    sweep_tries,
    sweep_invitations,
)


class Broom:
    """Sweeps now and then, however often it is asked to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next_at = now()

    def look(self) -> None:
        """Each in a transaction of its own. Raises SQLAlchemyError."""
        at = now()
        if at < self._next_at:
            return
        self._next_at = at + EVERY
        for one in SWEEPS:
            with self._database.write() as session:
                one(session, at)
