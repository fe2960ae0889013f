"""Submissions that wait for a person: to be let in, or given up."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.delivery import bell
from engine.delivery.intake import queue_runs
from engine.instance import Instance
from engine.storage.models import Event, Submission, SubmissionState

DROPPABLE = (SubmissionState.HELD, SubmissionState.UNREADABLE)


def approve_submission(instance: Instance, submission_id: int) -> None:
    """Let a held submission go the way of any other, through the modules that are on now."""
    with instance.database.write() as session:
        submission = _locked(session, submission_id, SubmissionState.HELD)
        if submission is None:
            return
        submission.state = SubmissionState.ACCEPTED
        _tell(session, submission, "approved", "a person let it in")
        connections = queue_runs(session, submission.form, submission)
    for connection_id in connections:
        bell.ring(instance.settings.redis_url, connection_id)


def drop_submission(instance: Instance, submission_id: int) -> None:
    """Keep a held or unreadable submission, and let nothing become of it."""
    with instance.database.write() as session:
        submission = _locked(session, submission_id, *DROPPABLE)
        if submission is not None:
            submission.state = SubmissionState.DISCARDED
            _tell(session, submission, "discarded", "a person gave it up")


def _locked(session: Session, submission_id: int, *states: SubmissionState) -> Submission | None:
    """The submission; None when it is in none of ``states`` any more, since somebody decided already."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == submission_id, Submission.state.in_(states))
        .with_for_update()
    ).first()


def _tell(session: Session, submission: Submission, type: str, message: str) -> None:
    session.add(Event(submission_id=submission.id, type=type, message=message))
