"""Submissions and runs as programs read them: filtered, the newest first, slice by slice.

A slice goes on after a named row, so that what arrives meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.storage.models import (
    Form,
    Module,
    Run,
    RunState,
    Submission,
    SubmissionState,
)
from engine.storage.runs_list import Choice, conditions

_T = TypeVar("_T", Submission, Run)


class UnknownCursor(LookupError):
    """There is no row to go on after."""


@dataclass(frozen=True, slots=True)
class Slice(Generic[_T]):
    """Some rows of a long list; ``next`` is the public id to go on after, None at the end."""

    rows: Sequence[_T]
    next: str | None


def submissions_slice(
    session: Session,
    *,
    limit: int,
    after: str | None = None,
    form: str | None = None,
    state: SubmissionState | None = None,
    run_state: RunState | None = None,
    received_from: datetime | None = None,
    received_before: datetime | None = None,
) -> Slice[Submission]:
    """Submissions with their runs; with ``run_state``, those with any run in it. Raises UnknownCursor."""
    wanted = select(Submission).options(
        joinedload(Submission.form),
        selectinload(Submission.runs).joinedload(Run.module),
        selectinload(Submission.runs).joinedload(Run.connection),
    )
    if form is not None:
        wanted = wanted.where(Submission.form.has(Form.key == form))
    if state is not None:
        wanted = wanted.where(Submission.state == state)
    if run_state is not None:
        wanted = wanted.where(Submission.runs.any(Run.state == run_state))
    if received_from is not None:
        wanted = wanted.where(Submission.received_at >= received_from)
    if received_before is not None:
        wanted = wanted.where(Submission.received_at < received_before)
    return _slice(session, Submission, wanted, after, limit)


def runs_slice(
    session: Session,
    *,
    limit: int,
    after: str | None = None,
    state: RunState | None = None,
    form: str | None = None,
    module: str | None = None,
    connection: str | None = None,
    reason: str | None = None,
    received_from: datetime | None = None,
    received_before: datetime | None = None,
) -> Slice[Run]:
    """Runs with what they belong to. Raises UnknownCursor."""
    wanted = select(Run).options(
        joinedload(Run.submission),
        joinedload(Run.module).joinedload(Module.form),
        joinedload(Run.revision),
        joinedload(Run.connection),
    )
    choice = Choice(
        states=[] if state is None else [state],
        form=form,
        module=module,
        connection=connection,
        reason=reason,
        since=received_from,
        until=received_before,
    )
    return _slice(session, Run, wanted.where(*conditions(choice)), after, limit)


def _slice(
    session: Session, table: type[_T], wanted: Select[_T], after: str | None, limit: int
) -> Slice[_T]:
    if after is not None:
        last = session.scalars(select(table.id).where(table.public_id == after)).first()
        if last is None:
            raise UnknownCursor(after)
        wanted = wanted.where(table.id < last)
    rows = session.scalars(wanted.order_by(table.id.desc()).limit(limit + 1)).all()
    return Slice(rows[:limit], rows[limit - 1].public_id if len(rows) > limit else None)
