"""Copies of the database, and what a restored one may not know."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.models import Run, RunState

_OVER = (RunState.DELIVERED, RunState.SKIPPED, RunState.DISCARDED)


def copy_sqlite(database: Database, target: Path) -> None:
    """Write a whole and consistent copy to the new file ``target``, while everything goes on.

    Raises FileExistsError.
    """
    target.touch(mode=0o600, exist_ok=False)
    with (
        closing(Database(f"sqlite:///{target}")) as copy,
        database.reader.connect() as here,
        copy.writer.connect() as there,
    ):
        ours: Any = here.connection.driver_connection
        here.rollback()
        there.rollback()
        ours.backup(there.connection.driver_connection)


def doubt_unfinished(session: Session) -> int:
    """Have every run that is not over look in the CRM before it creates anything. Returns how many."""
    done = session.execute(update(Run).where(Run.state.not_in(_OVER)).values(restored_at=now()))
    assert isinstance(done, CursorResult)
    return done.rowcount
