"""A run as people read it: its plan and journal, its timeline, and the calls it made."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.storage.model_calls import Call, CallRun
from engine.storage.models import (
    Connection,
    Event,
    Module,
    Notice,
    Run,
    Submission,
)

MOST_CALLS = 200


def run_by_public_id(session: Session, public_id: str) -> Run | None:
    return session.scalars(_RUN, {"public_id": public_id}).first()


# What has many parts takes long to put together, so it is done once.
_RUN = (
    select(Run)
    .where(Run.public_id == bindparam("public_id"))
    .options(
        joinedload(Run.submission).joinedload(Submission.form),
        joinedload(Run.submission).selectinload(Submission.runs).joinedload(Run.module),
        joinedload(Run.module).joinedload(Module.form),
        joinedload(Run.revision),
        joinedload(Run.connection).defer(Connection.catalog),
        selectinload(Run.steps),
    )
)


def timeline(session: Session, run: Run) -> Sequence[Event]:
    """What happened to the run and, before it, to its submission, in order."""
    return session.scalars(_TIMELINE, {"submission": run.submission_id, "run": run.id}).all()


_TIMELINE = (
    select(Event)
    .where(
        Event.submission_id == bindparam("submission"),
        (Event.run_id == bindparam("run")) | Event.run_id.is_(None),
    )
    .order_by(Event.at, Event.id)
)


def calls_of(session: Session, run_id: int) -> Sequence[Call]:
    """The exchanges with the CRM that served the run, in order; of very many, the latest."""
    return session.scalars(_CALLS, {"run": run_id}).all()[::-1]


_CALLS = (
    select(Call)
    .join(CallRun, CallRun.call_id == Call.id)
    .where(CallRun.run_id == bindparam("run"))
    .order_by(Call.id.desc())
    .limit(MOST_CALLS)
)


def remedy_of(session: Session, run: Run) -> str:
    """What the notice about this run's present trouble advises; empty when there is none."""
    about = {"connection": run.connection_id, "message": run.reason}
    return session.scalars(_REMEDY, about).first() or ""


_REMEDY = (
    select(Notice.remedy)
    .where(
        Notice.connection_id == bindparam("connection"),
        Notice.message == bindparam("message"),
        Notice.cleared_at.is_(None),
    )
    .order_by(Notice.id.desc())
    .limit(1)
)
