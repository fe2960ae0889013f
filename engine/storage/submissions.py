"""Submissions as people look them up: by where they stand, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import CTE, ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload, undefer

from engine.storage.database import apart
from engine.storage.models import (
    UNFINISHED,
    Connection,
    Form,
    Run,
    RunState,
    Submission,
    SubmissionState,
)

PAGE_SIZE = 50


class Standing(StrEnum):
    """Where a submission stands, by its own state and its runs'. With several runs, at several."""

    IDLE = "idle"  # accepted, and no module runs for it
    HELD = "held"
    SKIPPED = "skipped"
    WAITING = "waiting"
    FAILED = "failed"
    DELIVERED = "delivered"
    DISCARDED = "discarded"


STRIP = (
    Standing.HELD,
    Standing.SKIPPED,
    Standing.WAITING,
    Standing.FAILED,
    Standing.DELIVERED,
)
"""The order in which people see them, after all that was received."""


@dataclass(frozen=True, slots=True)
class Strip:
    """How many submissions were received and where they stand now.

    ``oldest_waiting_at`` is when the one that waits longest was received.
    """

    received: int = 0
    counts: Mapping[Standing, int] = field(default_factory=dict)
    oldest_waiting_at: datetime | None = None

    def count(self, standing: Standing) -> int:
        return self.counts.get(standing, 0)


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """One page of a long list. ``number`` starts at 1."""

    rows: Sequence[_T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def submission_by_public_id(session: Session, public_id: str) -> Submission | None:
    return session.scalars(
        select(Submission)
        .where(Submission.public_id == public_id)
        .options(undefer(Submission.raw), joinedload(Submission.form), *_WITH_RUNS)
    ).first()


def submission_with_bytes(session: Session, public_id: str) -> Submission | None:
    """The submission with its form and what arrived, and nothing else."""
    return session.scalars(
        select(Submission)
        .where(Submission.public_id == public_id)
        .options(undefer(Submission.raw), joinedload(Submission.form))
    ).first()


def submissions_page(
    session: Session,
    *,
    form_id: int | None = None,
    standing: Standing | None = None,
    number: int = 1,
) -> Page[Submission]:
    """The latest submissions first. A number past the end gives the last page."""
    wanted = matching(form_id, standing)
    total = session.scalar(select(func.count(Submission.id)).where(*wanted)) or 0
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    rows = session.scalars(
        select(Submission)
        .where(*wanted)
        .options(*_LISTED)
        .order_by(Submission.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return Page(rows, number, total)


def latest_submissions(session: Session, count: int) -> Sequence[Submission]:
    return session.scalars(
        select(Submission).options(*_LISTED).order_by(Submission.id.desc()).limit(count)
    ).all()


def submissions_by_id(session: Session, ids: Sequence[int]) -> Sequence[Submission]:
    """These submissions with what a list of them shows, the newest first."""
    return session.scalars(
        select(Submission)
        .where(Submission.id.in_(ids))
        .options(*_LISTED)
        .order_by(Submission.id.desc())
    ).all()


def last_received(session: Session) -> Mapping[int, datetime]:
    """When each form's latest submission came, by form id."""
    last = (
        select(func.max(Submission.received_at))
        .where(Submission.form_id == Form.id)
        .scalar_subquery()
    )
    return {id: at for id, at in session.execute(select(Form.id, last)) if at is not None}


def strips(session: Session, since: datetime, form_id: int | None = None) -> Mapping[int, Strip]:
    """What came at or after ``since`` and where it stands, by form id."""
    standings = _standings(since, form_id)
    received = select(Submission.form_id).where(Submission.received_at >= since)
    if form_id is not None:
        received = received.where(Submission.form_id == form_id)
    form = apart(received).c.form_id
    totals: dict[int, int] = dict(session.execute(select(form, func.count()).group_by(form)).all())
    counts: dict[int, dict[Standing, int]] = defaultdict(dict)
    oldest: dict[int, datetime] = {}
    for id, standing, count, first_at in session.execute(
        select(
            standings.c.form_id,
            standings.c.standing,
            func.count(standings.c.id.distinct()),
            func.min(standings.c.received_at),
        ).group_by(standings.c.form_id, standings.c.standing)
    ):
        counts[id][Standing(standing)] = count
        if standing == Standing.WAITING:
            oldest[id] = first_at
    return {id: Strip(total, counts[id], oldest.get(id)) for id, total in totals.items()}


def whole_strip(strips: Mapping[int, Strip]) -> Strip:
    """The strips of all forms as one."""
    oldest = [strip.oldest_waiting_at for strip in strips.values() if strip.oldest_waiting_at]
    return Strip(
        received=sum(strip.received for strip in strips.values()),
        counts={
            standing: sum(strip.count(standing) for strip in strips.values())
            for standing in Standing
        },
        oldest_waiting_at=min(oldest, default=None),
    )


_WITH_RUNS = (
    selectinload(Submission.runs).joinedload(Run.module),
    selectinload(Submission.runs).joinedload(Run.connection).defer(Connection.catalog),
)
# Plans and traces are long, and no list shows them.
_LISTED = (
    joinedload(Submission.form),
    defer(Submission.headers),
    defer(Submission.technical),
    defer(Submission.files),
    selectinload(Submission.runs).options(
        defer(Run.plan), defer(Run.trace), joinedload(Run.module)
    ),
)
_HELD = (SubmissionState.HELD, SubmissionState.UNREADABLE)
_STATES: Mapping[Standing, tuple[RunState, ...]] = {
    Standing.HELD: (RunState.HELD,),
    Standing.SKIPPED: (RunState.SKIPPED,),
    Standing.WAITING: UNFINISHED,
    Standing.FAILED: (RunState.FAILED,),
    Standing.DELIVERED: (RunState.DELIVERED,),
    Standing.DISCARDED: (RunState.DISCARDED,),
}


def matching(form_id: int | None, standing: Standing | None) -> list[ColumnElement[bool]]:
    """What a query of submissions asks for, to have those of a form that stand so.

    None stands for all forms, and for wherever they stand.
    """
    wanted = [] if form_id is None else [Submission.form_id == form_id]
    return wanted if standing is None else [*wanted, _stands(standing)]


def _stands(standing: Standing) -> ColumnElement[bool]:
    """The same as `_standings` says, the other way round: found by the state of runs."""
    by_runs: ColumnElement[bool] = Submission.state.not_in([*_HELD, SubmissionState.DISCARDED])
    if standing == Standing.IDLE:
        return and_(by_runs, ~exists().where(Run.submission_id == Submission.id))
    runs = select(Run.submission_id).where(Run.state.in_(_STATES[standing]))
    by_runs = and_(by_runs, Submission.id.in_(runs))
    if standing == Standing.HELD:
        return or_(by_runs, Submission.state.in_(_HELD))
    if standing == Standing.DISCARDED:
        return or_(by_runs, Submission.state == SubmissionState.DISCARDED)
    return by_runs


def _standings(since: datetime, form_id: int | None) -> CTE:
    """A row for each submission that came since, and run, with where it stands."""
    standing = case(
        (Submission.state.in_(_HELD), Standing.HELD),
        (Submission.state == SubmissionState.DISCARDED, Standing.DISCARDED),
        (Run.state.is_(None), Standing.IDLE),
        (Run.state.in_(UNFINISHED), Standing.WAITING),
        else_=Run.state,
    )
    rows = (
        select(
            Submission.id,
            Submission.form_id,
            Submission.received_at,
            standing.label("standing"),
        )
        .outerjoin(Run, Run.submission_id == Submission.id)
        .where(Submission.received_at >= since)
    )
    if form_id is not None:
        rows = rows.where(Submission.form_id == form_id)
    return apart(rows)
