"""Submissions as people look them up: by where they stand, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import CTE, ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
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

PAGE_SIZE = 20


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
_R = TypeVar("_R", bound=tuple[Any, ...])


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


def last_received(session: Session, form_ids: Collection[int]) -> Mapping[int, datetime]:
    """When the latest submission of each of these forms came, by form id."""
    last = (
        select(func.max(Submission.received_at))
        .where(Submission.form_id == Form.id)
        .scalar_subquery()
    )
    rows = session.execute(select(Form.id, last).where(Form.id.in_(form_ids)))
    return {id: at for id, at in rows if at is not None}


def strip_of(session: Session, since: datetime, form_id: int | None = None) -> Strip:
    """What came at or after ``since`` and where it stands, of one form or, without one, of all."""
    asked = {"since": since} if form_id is None else {"since": since, "forms": [form_id]}
    received, standings = _STRIP if form_id is None else _STRIP_OF_ONE
    return _strip(
        session.scalar(received, asked) or 0,
        [
            (standing, count, first_at)
            for standing, count, first_at in session.execute(standings, asked)
        ],
    )


def strips(session: Session, since: datetime, form_ids: Collection[int]) -> Mapping[int, Strip]:
    """What came at or after ``since`` and where it stands, by form id."""
    asked = {"since": since, "forms": list(form_ids)}
    standings: dict[int, list[_Stands]] = defaultdict(list)
    for id, *row in session.execute(_STRIPS_STANDINGS, asked):
        standings[id].append(tuple(row))
    received = session.execute(_STRIPS_RECEIVED, asked)
    return {id: _strip(count, standings[id]) for id, count in received}


_Stands = tuple[str, int, datetime]
"""A standing, how many stand so, and when the first of them was received."""


def _strip(received: int, rows: Sequence[_Stands]) -> Strip:
    return Strip(
        received=received,
        counts={Standing(standing): count for standing, count, _ in rows},
        oldest_waiting_at=next((at for name, _, at in rows if name == Standing.WAITING), None),
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
_BY_THEMSELVES = {
    SubmissionState.DISCARDED: Standing.DISCARDED,
    SubmissionState.PARTIAL: Standing.WAITING,
}
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
    by_runs: ColumnElement[bool] = Submission.state.not_in([*_HELD, *_BY_THEMSELVES])
    if standing == Standing.IDLE:
        return and_(by_runs, ~exists().where(Run.submission_id == Submission.id))
    runs = select(Run.submission_id).where(Run.state.in_(_STATES[standing]))
    by_runs = and_(by_runs, Submission.id.in_(runs))
    if standing == Standing.HELD:
        return or_(by_runs, Submission.state.in_(_HELD))
    own = next((state for state, at in _BY_THEMSELVES.items() if at == standing), None)
    return by_runs if own is None else or_(by_runs, Submission.state == own)


def _of(chosen: Select[_R], *, forms: bool) -> Select[_R]:
    """Of the submissions that came since, and of some forms only if ``forms`` says so."""
    chosen = chosen.where(Submission.received_at >= bindparam("since"))
    return (
        chosen.where(Submission.form_id.in_(bindparam("forms", expanding=True)))
        if forms
        else chosen
    )


def _standings(*, forms: bool) -> CTE:
    """A row for each submission that came since, and run, with where it stands."""
    standing = case(
        (Submission.state.in_(_HELD), Standing.HELD),
        *((Submission.state == state, at) for state, at in _BY_THEMSELVES.items()),
        (Run.state.is_(None), Standing.IDLE),
        (Run.state.in_(UNFINISHED), Standing.WAITING),
        else_=Run.state,
    )
    rows = select(
        Submission.id, Submission.form_id, Submission.received_at, standing.label("standing")
    ).outerjoin(Run, Run.submission_id == Submission.id)
    return apart(_of(rows, forms=forms))


def _whole(*, forms: bool) -> tuple[Select[Any], Select[Any]]:
    """How many were received; and rows of: standing, how many stand so, when the first came."""
    rows = _standings(forms=forms)
    return _of(select(func.count(Submission.id)), forms=forms), select(
        rows.c.standing, func.count(rows.c.id.distinct()), func.min(rows.c.received_at)
    ).group_by(rows.c.standing)


def _by_form() -> tuple[Select[Any], Select[Any]]:
    """The same, with the form's id before all else."""
    form = apart(_of(select(Submission.form_id), forms=True)).c.form_id
    rows = _standings(forms=True)
    return select(form, func.count()).group_by(form), select(
        rows.c.form_id,
        rows.c.standing,
        func.count(rows.c.id.distinct()),
        func.min(rows.c.received_at),
    ).group_by(rows.c.form_id, rows.c.standing)


# Every page with a strip asks for them, so they are put together once.
_STRIP, _STRIP_OF_ONE = _whole(forms=False), _whole(forms=True)
_STRIPS_RECEIVED, _STRIPS_STANDINGS = _by_form()
