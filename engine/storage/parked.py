"""Runs that wait until their connection may be used again."""

from __future__ import annotations

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.models import Connection, Event, Run, RunState, Wait


def park(session: Session, connection: Connection) -> None:
    """Have the queued runs of a blocked connection say what they wait for."""
    reason = waiting_for(connection.reason)
    queued = (Run.connection_id == connection.id, Run.state == RunState.QUEUED)
    told = select(
        Run.submission_id,
        Run.id,
        literal(""),
        literal(now(), Event.at.type),
        literal(RunState.WAITING.value),
        literal(reason),
    ).where(*queued)
    columns = ["submission_id", "run_id", "step_key", "at", "type", "message"]
    session.execute(insert(Event).from_select(columns, told))
    session.execute(
        update(Run).where(*queued).values(state=RunState.WAITING, wait=Wait.AUTH, reason=reason)
    )


def unpark(session: Session, connection_id: int) -> None:
    """Let all that waited for access go on at once. What it waited counts for no run."""
    session.execute(
        update(Run)
        .where(
            Run.connection_id == connection_id,
            Run.state == RunState.WAITING,
            Run.wait == Wait.AUTH,
        )
        .values(due_at=now(), first_try_at=None)
    )


def waiting_for(reason: str) -> str:
    """What such a run says."""
    return f"waiting for the connection to be mended: {reason}"
