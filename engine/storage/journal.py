"""Steps of runs, as people ask for them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deciding.plan import Action
from engine.storage.models import JournalStep, Run


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
