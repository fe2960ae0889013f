"""Submissions that wait for a person: to be let in, or given up."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.delivery import bell
from engine.delivery.completing import release
from engine.delivery.levers import NotNow
from engine.instance import Instance
from engine.storage.audit import Actor, add_entry
from engine.storage.models import Event, Submission, SubmissionState

APPROVABLE = (SubmissionState.HELD, SubmissionState.PARTIAL)
DROPPABLE = (*APPROVABLE, SubmissionState.UNREADABLE)


def approve_submission(instance: Instance, submission_id: int, actor: Actor) -> None:
    """Let a submission that is held, or that waits for the rest, go the way of any other.

    It goes through the modules that are on now. Raises NotNow.
    """
    with instance.database.write() as session:
        submission = _locked(session, submission_id, *APPROVABLE)
        connections = release(session, submission)
        _tell(session, submission, "approved", f"{actor.name} let it in")
        add_entry(session, actor, "approve", "submission", submission.public_id)
    for connection_id in connections:
        bell.ring(instance.settings.redis_url, connection_id)


def drop_submission(instance: Instance, submission_id: int, actor: Actor) -> None:
    """Keep a submission that has not been let in, and let nothing become of it. Raises NotNow."""
    with instance.database.write() as session:
        submission = _locked(session, submission_id, *DROPPABLE)
        submission.state, submission.wait_until = SubmissionState.DISCARDED, None
        _tell(session, submission, "discarded", f"{actor.name} gave it up")
        add_entry(session, actor, "drop", "submission", submission.public_id)


def _locked(session: Session, submission_id: int, *states: SubmissionState) -> Submission:
    """The submission. Raises NotNow when it is in none of ``states``, since somebody decided already."""
    submission = session.scalars(
        select(Submission).where(Submission.id == submission_id).with_for_update()
    ).one()
    if submission.state not in states:
        wanted = " or ".join(states)
        raise NotNow(f"the submission is {submission.state}, not {wanted}")
    return submission


def _tell(session: Session, submission: Submission, type: str, message: str) -> None:
    session.add(Event(submission_id=submission.id, type=type, message=message))
