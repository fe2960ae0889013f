"""Submissions that wait for a person: to be let in, or given up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deciding.mending import probable
from engine.deciding.reading import Reading
from engine.delivery import bell
from engine.delivery.arrival import Named
from engine.delivery.completing import release
from engine.delivery.levers import NotNow
from engine.delivery.surroundings import with_surroundings
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


def probably_said(submission: Submission) -> Reading:
    """What an unreadable submission was probably meant to say. Raises NotNow."""
    _require(submission, SubmissionState.UNREADABLE)
    reading = probable(submission.raw, submission.headers)
    if reading is None:
        raise NotNow("nobody can tell what the body was meant to say")
    return reading


def mended_answers(submission: Submission, reading: Reading) -> dict[str, Any]:
    """The answers that ``reading`` gives the submission."""
    return with_surroundings(
        submission.form,
        Named(submission.public_id, submission.number, submission.received_at),
        reading,
        headers=submission.headers,
        source_ip=submission.source_ip,
    )


def take_mended(instance: Instance, submission_id: int, actor: Actor) -> None:
    """Let an unreadable submission in with the answers that it probably has. Raises NotNow.

    Its bytes stay as they came, so that no file can be cut out of them.
    """
    with instance.database.write() as session:
        submission = _locked(session, submission_id, SubmissionState.UNREADABLE)
        reading = probably_said(submission)
        problem = "it stands in a body that is broken"
        submission.answers = mended_answers(submission, reading)
        submission.technical, submission.labels = dict(reading.technical), dict(reading.labels)
        submission.sender = reading.sender
        submission.files = [
            {**file.facts, "problem": problem, "link": ""} for file in reading.files
        ]
        connections = release(session, submission)
        _tell(session, submission, "mended", f"{actor.name} took it as it probably was meant")
        add_entry(session, actor, "mend", "submission", submission.public_id)
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
    _require(submission, *states)
    return submission


def _require(submission: Submission, *states: SubmissionState) -> None:
    if submission.state not in states:
        wanted = " or ".join(states)
        raise NotNow(f"the submission is {submission.state}, not {wanted}")


def _tell(session: Session, submission: Submission, type: str, message: str) -> None:
    session.add(Event(submission_id=submission.id, type=type, message=message))
