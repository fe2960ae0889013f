"""Runs: what was planned, what was done, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from engine.deciding.documents import Document, Key
from engine.storage.models import Event, JournalStep, Run, RunState, StepState
from engine.storage.run_pages import remedy_of, run_by_public_id, timeline
from engine.storage.runs_list import Choice
from engine.storage.slices import runs_slice
from engine.storage.tokens import Scope
from web.api.finding import found
from web.api.operations import Operation, Told
from web.api.paging import Paging, known_cursor
from web.api.reading import Instant, PublicId
from web.database import db


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
    reason: str | None = Field(
        None, max_length=200, description="Only those whose reason holds this text."
    )
    received_from: Instant | None = Field(None, description="Only received then or later.")
    received_before: Instant | None = Field(None, description="Only received earlier.")


def list_runs(query: RunFilter) -> Told:
    """List runs, the newest first."""
    choice = Choice(
        states=() if query.state is None else (query.state,),
        form=query.form,
        module=query.module,
        connection=query.connection,
        reason=query.reason,
        since=query.received_from,
        until=query.received_before,
    )
    with known_cursor():
        part = runs_slice(db.session(), choice, limit=query.limit, after=query.after)
    return RunSlice(items=tuple(map(summary_of, part.rows)), next=part.next)


def get_run(run: str) -> Told:
    """Get a run with its plan, its steps and all that happened."""
    session, row = db.session(), run_called(run)
    return RunDetail(
        **_summary(row),
        remedy=remedy_of(session, row),
        plan=row.plan,
        trace=None if row.trace is None else tuple(row.trace),
        steps=tuple(map(_step, row.steps)),
        events=tuple(map(_event, timeline(session, row))),
    )


def run_called(run: str) -> Run:
    """The run with this id. Raises Problem."""
    return found(run_by_public_id(db.session(), run), "run", run)


def summary_of(run: Run) -> RunSummary:
    return RunSummary(**_summary(run))


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
)
