"""Submissions: what websites sent, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import Field

from engine.deciding.documents import Document, Key
from engine.delivery.held import (
    approve_submission,
    drop_submission,
    mended_answers,
    probably_said,
    take_mended,
)
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.models import Run, RunState, Submission, SubmissionState
from engine.storage.slices import submissions_slice
from engine.storage.submissions import Wanted, submission_by_public_id
from engine.storage.tokens import Scope
from web.acting import actor
from web.api.finding import found
from web.api.operations import Operation, Told
from web.api.paging import Paging, known_cursor
from web.api.problems import possible
from web.api.reading import Instant, PublicId
from web.database import db
from web.instance import instance


class RunOfSubmission(Document):
    """One way of a submission through one module."""

    run: PublicId
    module: Key
    connection: Key
    state: RunState
    reason: str


class SubmissionSummary(Document):
    """A submission. ``number`` counts within its form, ``hits`` how often it was sent."""

    submission: PublicId
    form: Key
    number: int
    state: SubmissionState
    reason: str
    hits: int
    received_at: datetime
    runs: tuple[RunOfSubmission, ...]


class SubmissionDetail(SubmissionSummary):
    """A submission with what was sent.

    ``answers`` is what rules and macros see: field, utm, page, visitor and so on, each with its
    members. ``technical`` are inputs that were not filled in by a person; ``files`` come without
    their content.
    """

    source_ip: str
    content_type: str
    answers: dict[str, Any]
    technical: dict[str, Any]
    files: tuple[dict[str, Any], ...]


class ProbableReading(Document):
    """What an unreadable submission was probably meant to say: a guess, because of which nothing is sent.

    ``answers`` is what rules and macros would see. ``files`` stand in the broken body, and come without
    their content.
    """

    submission: PublicId
    sender: str
    answers: dict[str, Any]
    labels: dict[str, str]
    files: tuple[dict[str, Any], ...]


class SubmissionSlice(Document):
    """Submissions, the newest first. ``next`` is null at the end."""

    items: tuple[SubmissionSummary, ...]
    next: PublicId | None


class SubmissionFilter(Paging):
    """What must be true of each submission."""

    form: Key | None = Field(None, description="Only of this form.")
    module: Key | None = Field(
        None, description="Only with a run through a module of this key, of any form."
    )
    connection: Key | None = Field(None, description="Only with a run to this connection.")
    state: SubmissionState | None = Field(None, description="Only in this state.")
    run_state: RunState | None = Field(
        None,
        description="Only with a run in this state: one of that module and connection, if they are named.",
    )
    received_from: Instant | None = Field(None, description="Only received then or later.")
    received_before: Instant | None = Field(None, description="Only received earlier.")


def list_submissions(query: SubmissionFilter) -> Told:
    """List submissions, the newest first."""
    wanted = Wanted(
        form=query.form,
        module=query.module,
        connection=query.connection,
        since=query.received_from,
        until=query.received_before,
        state=query.state,
        run_state=query.run_state,
    )
    with known_cursor():
        part = submissions_slice(db.session(), wanted, limit=query.limit, after=query.after)
    return SubmissionSlice(
        items=tuple(SubmissionSummary(**_summary(row)) for row in part.rows), next=part.next
    )


def get_submission(submission: str) -> Told:
    """Get a submission with what was sent."""
    row = _submission(submission)
    return SubmissionDetail(
        **_summary(row),
        source_ip=row.source_ip,
        content_type=row.content_type,
        answers=row.answers,
        technical=row.technical,
        files=tuple(row.files),
    )


def approve_held_submission(submission: str) -> Told:
    """Let a held submission in: it goes through the modules that are on now."""
    return _decide(submission, approve_submission)


def drop_held_submission(submission: str) -> Told:
    """Keep a held or unreadable submission, and let nothing become of it."""
    return _decide(submission, drop_submission)


def get_probable_reading(submission: str) -> Told:
    """Get what an unreadable submission probably says, where a template broke its JSON."""
    row = _submission(submission)
    with possible():
        reading = probably_said(row)
    return ProbableReading(
        submission=row.public_id,
        sender=reading.sender,
        answers=mended_answers(row, reading),
        labels=dict(reading.labels),
        files=tuple(file.facts for file in reading.files),
    )


def mend_submission(submission: str) -> Told:
    """Let an unreadable submission in with the answers that it probably has."""
    return _decide(submission, take_mended)


def _decide(submission: str, decide: Callable[[Instance, int, Actor], None]) -> Told:
    id = _submission(submission).id
    db.session.commit()  # what follows has a transaction of its own
    with possible():
        decide(instance(), id, actor())
    db.session.expire_all()
    return SubmissionSummary(**_summary(_submission(submission)))


def _submission(submission: str) -> Submission:
    return found(submission_by_public_id(db.session(), submission), "submission", submission)


def _summary(row: Submission) -> dict[str, Any]:
    return {
        "submission": row.public_id,
        "form": row.form.key,
        "number": row.number,
        "state": row.state,
        "reason": row.reason,
        "hits": row.hits,
        "received_at": row.received_at,
        "runs": tuple(map(_run, row.runs)),
    }


def _run(run: Run) -> RunOfSubmission:
    return RunOfSubmission(
        run=run.public_id,
        module=run.module.key,
        connection=run.connection.key,
        state=run.state,
        reason=run.reason,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/submissions",
        list_submissions,
        Scope.SUBMISSIONS_READ,
        SubmissionSlice,
        query=SubmissionFilter,
    ),
    Operation(
        "GET",
        "/submissions/{submission}",
        get_submission,
        Scope.SUBMISSIONS_READ,
        SubmissionDetail,
    ),
    Operation(
        "GET",
        "/submissions/{submission}/probable",
        get_probable_reading,
        Scope.SUBMISSIONS_READ,
        ProbableReading,
        conflicts=True,
    ),
    *(
        Operation(
            "POST",
            f"/submissions/{{submission}}/{verb}",
            view,
            Scope.SUBMISSIONS_WRITE,
            SubmissionSummary,
            conflicts=True,
        )
        for verb, view in (
            ("approve", approve_held_submission),
            ("drop", drop_held_submission),
            ("mend", mend_submission),
        )
    ),
)
