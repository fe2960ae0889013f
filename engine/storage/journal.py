"""Steps of runs, as people ask for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from connectors.base import Kind
from engine.deciding.plan import Action
from engine.storage.models import JournalStep, Run, RunState


def made_by_another(session: Session, run: Run, kind: str, record_id: str) -> str | None:
    """The public id of another run of the connection that created this record; None when none did."""
    return session.scalars(
        select(Run.public_id)
        .join(JournalStep, JournalStep.run_id == Run.id)
        .where(
            Run.id != run.id,
            Run.connection_id == run.connection_id,
            JournalStep.kind == kind,
            JournalStep.action == Action.CREATE,
            JournalStep.record_id == record_id,
        )
        .limit(1)
    ).first()


def people_in_doubt(session: Session, connection_id: int) -> list[tuple[dict[str, Any], str]]:
    """The plan and the step key of each creation of a contact or company whose answer was lost.

    Of runs that wait for their turn; those that are under way are their drain's own affair.
    """
    unknown = session.execute(
        select(JournalStep.run_id, JournalStep.key).where(
            text("state = 'unknown'"),  # a parameter would hide the index from SQLite
            JournalStep.action == Action.CREATE,
            JournalStep.kind.in_([Kind.CONTACT, Kind.COMPANY]),
        )
    ).all()
    if not unknown:
        return []
    rows = session.execute(
        select(Run.id, Run.plan).where(
            Run.id.in_({run_id for run_id, _ in unknown}),
            Run.connection_id == connection_id,
            Run.state.in_([RunState.QUEUED, RunState.WAITING]),
        )
    )
    plans = {id: plan for id, plan in rows if plan is not None}
    return [(plans[run_id], key) for run_id, key in unknown if run_id in plans]
