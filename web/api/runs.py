"""Runs: what was planned, what was done, and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import Field

from engine.deciding.documents import Document, Key
from engine.delivery import bell
from engine.delivery.replay import CannotReplay, replay
from engine.storage.models import Event, JournalStep, Run, RunState, StepState
from engine.storage.run_pages import remedy_of, run_by_public_id, timeline
from engine.storage.runs import approve, discard, retry_now
from engine.storage.slices import runs_slice
from engine.storage.tokens import Scope
from web.api.finding import found
from web.api.operations import Operation, Told
from web.api.paging import Paging, known_cursor
from web.api.problems import CONFLICT, Problem
from web.api.reading import PublicId
from web.database import db
from web.instance import instance

RETRIABLE = (RunState.WAITING, RunState.FAILED)
DISCARDABLE = (RunState.HELD, RunState.FAILED, RunState.WAITING, RunState.QUEUED)


class RunSummary(Document):
    """One submission's way through one module.

    ``revision`` is the module's that it was decided with. A waiting run is tried again at
    ``due_at``; ``attempts`` counts the tries so far.
    """

    run: PublicId
    submission: PublicId
    form: Key
    module: Key
    revision: int
    connection: Key
    state: RunState
    reason: str
    attempts: int
    due_at: datetime
    first_try_at: datetime | None
    finished_at: datetime | None


class StepDetail(Document):
    """One write of a run, by its key in the plan, and the CRM's record that came of it."""

    key: str
    kind: str
    action: str
    state: StepState
    sent_at: datetime | None
    done_at: datetime | None
    record_id: str | None
    record_url: str | None
    error: str


class EventDetail(Document):
    """Something that happened to a run or, before it, to its submission."""

    at: datetime
    type: str
    message: str
    step: str


class RunDetail(RunSummary):
    """A run with its plan, once decided, and all that happened.

    ``trace`` tells what each rule saw; ``remedy`` is the advice about the present trouble.
    """

    remedy: str
    plan: dict[str, Any] | None
    trace: tuple[Any, ...] | None
    steps: tuple[StepDetail, ...]
    events: tuple[EventDetail, ...]


class RunSlice(Document):
    """Runs, the newest first. ``next`` is null at the end."""

    items: tuple[RunSummary, ...]
    next: PublicId | None


class RunFilter(Paging):
    """What must be true of each run."""

    state: RunState | None = Field(None, description="Only in this state.")
    form: Key | None = Field(None, description="Only of this form.")
    module: Key | None = Field(None, description="Only through modules of this key, of any form.")
    connection: Key | None = Field(None, description="Only to this connection.")


def list_runs(query: RunFilter) -> Told:
    """List runs, the newest first."""
    with known_cursor():
        part = runs_slice(db.session(), **dict(query))
    return RunSlice(items=tuple(RunSummary(**_summary(run)) for run in part.rows), next=part.next)


def get_run(run: str) -> Told:
    """Get a run with its plan, its steps and all that happened."""
    session, row = db.session(), _run(run)
    return RunDetail(
        **_summary(row),
        remedy=remedy_of(session, row),
        plan=row.plan,
        trace=None if row.trace is None else tuple(row.trace),
        steps=tuple(map(_step, row.steps)),
        events=tuple(map(_event, timeline(session, row))),
    )


def retry_run(run: str) -> Told:
    """Go on with a waiting or failed run at once, at its first unfinished step.

    What was done is not done again, and a step whose outcome is unknown is looked up first.
    """
    row = _run(run)
    _require(row, RETRIABLE, "only waiting and failed ones are retried")
    retry_now(db.session(), row.id)
    return _queued(row)


def replay_run(run: str) -> Told:
    """Run the submission again, through the module's newest revision: a run of its own, behind all others.

    The run stays as it is. It must have ended, lest the same be done twice.
    """
    row = _run(run)
    try:
        again = replay(db.session(), row.submission, row.module)
    except CannotReplay as error:
        raise Problem(CONFLICT, str(error)) from error
    return _queued(again)


def approve_run(run: str) -> Told:
    """Let a held run be carried out."""
    row = _run(run)
    _require(row, (RunState.HELD,), "only held ones are approved")
    approve(db.session(), row.id)
    return _queued(row)


def discard_run(run: str) -> Told:
    """Give up a run that has not ended well: nothing more of it is carried out."""
    row = _run(run)
    _require(row, DISCARDABLE, "only what is held, failed, waiting or queued is given up")
    discard(db.session(), row.id)
    summary = RunSummary(**_summary(row))
    db.session.commit()
    return summary


def _require(run: Run, states: Collection[RunState], else_: str) -> None:
    if run.state not in states:
        raise Problem(CONFLICT, f"the run is {run.state}; {else_}")


def _queued(run: Run) -> RunSummary:
    """Store the run as it is now, and wake its drain."""
    summary = RunSummary(**_summary(run))
    db.session.commit()
    bell.ring(instance().settings.redis_url, run.connection_id)
    return summary


def _run(run: str) -> Run:
    return found(run_by_public_id(db.session(), run), "run", run)


def _summary(run: Run) -> dict[str, Any]:
    return {
        "run": run.public_id,
        "submission": run.submission.public_id,
        "form": run.module.form.key,
        "module": run.module.key,
        "revision": run.revision.number,
        "connection": run.connection.key,
        "state": run.state,
        "reason": run.reason,
        "attempts": run.attempt,
        "due_at": run.due_at,
        "first_try_at": run.first_try_at,
        "finished_at": run.finished_at,
    }


def _step(step: JournalStep) -> StepDetail:
    return StepDetail(
        key=step.key,
        kind=step.kind,
        action=step.action,
        state=step.state,
        sent_at=step.sent_at,
        done_at=step.done_at,
        record_id=step.record_id,
        record_url=step.record_url,
        error=step.error,
    )


def _event(event: Event) -> EventDetail:
    return EventDetail(at=event.at, type=event.type, message=event.message, step=event.step_key)


OPERATIONS = (
    Operation("GET", "/runs", list_runs, Scope.RUNS_READ, RunSlice, query=RunFilter),
    Operation("GET", "/runs/{run}", get_run, Scope.RUNS_READ, RunDetail),
    *(
        Operation(
            "POST",
            f"/runs/{{run}}/{verb}",
            view,
            Scope.RUNS_WRITE,
            RunSummary,
            statuses=(status,),
            conflicts=True,
        )
        for verb, view, status in (
            ("retry", retry_run, 202),
            ("replay", replay_run, 202),
            ("approve", approve_run, 202),
            ("discard", discard_run, 200),
        )
    ),
)
