"""Submissions as people look them up: by where they stand, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from engine.storage.models import UNFINISHED, Module, Run, Submission, SubmissionState

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
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    rows = session.scalars(
        select(Submission)
        .where(Submission.id.in_(wanted))
        .options(joinedload(Submission.form), *_WITH_RUNS)
        .order_by(Submission.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return Page(rows, number, total)


def latest_submissions(session: Session, count: int) -> Sequence[Submission]:
    return session.scalars(
        select(Submission)
        .options(joinedload(Submission.form), *_WITH_RUNS)
        .order_by(Submission.id.desc())
        .limit(count)
    ).all()


def submissions_by_id(session: Session, ids: Sequence[int]) -> Sequence[Submission]:
    """These submissions with what a list of them shows, the newest first."""
    return session.scalars(
        select(Submission)
        .where(Submission.id.in_(ids))
        .options(joinedload(Submission.form), selectinload(Submission.runs).joinedload(Run.module))
        .order_by(Submission.id.desc())
    ).all()


def last_received(session: Session) -> Mapping[int, datetime]:
    """When each form's latest submission came, by form id."""
    rows = session.execute(
        select(Submission.form_id, func.max(Submission.received_at)).group_by(Submission.form_id)
    )
    return {row[0]: row[1] for row in rows}


def strips(session: Session, since: datetime, form_id: int | None = None) -> Mapping[int, Strip]:
    """What came at or after ``since`` and where it stands, by form id."""
    received = select(Submission.form_id, func.count()).where(Submission.received_at >= since)
    if form_id is not None:
        received = received.where(Submission.form_id == form_id)
    totals = {row[0]: row[1] for row in session.execute(received.group_by(Submission.form_id))}
    standings = _standings(since=since, form_id=form_id)
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
    selectinload(Submission.runs).joinedload(Run.module).joinedload(Module.form),
    selectinload(Submission.runs).joinedload(Run.connection),
)


def matching(form_id: int | None, standing: Standing | None) -> Select[int]:
    """The ids of the submissions of a form, of all forms if there is none named, that stand so."""
    if standing is not None:
        standings = _standings(form_id=form_id)
        return select(standings.c.id).where(standings.c.standing == standing).distinct()
    wanted = select(Submission.id)
    return wanted if form_id is None else wanted.where(Submission.form_id == form_id)


def _standings(*, since: datetime | None = None, form_id: int | None = None) -> Subquery:
    """A row for each submission and run, with where it stands."""
    standing = case(
        (Submission.state.in_([SubmissionState.HELD, SubmissionState.UNREADABLE]), Standing.HELD),
        (Submission.state == SubmissionState.DISCARDED, Standing.DISCARDED),
        (Run.state.is_(None), Standing.IDLE),
        (Run.state.in_(UNFINISHED), Standing.WAITING),
        else_=Run.state,
    )
    rows = select(
        Submission.id,
        Submission.form_id,
        Submission.received_at,
        standing.label("standing"),
    ).outerjoin(Run, Run.submission_id == Submission.id)
    if since is not None:
        rows = rows.where(Submission.received_at >= since)
    if form_id is not None:
        rows = rows.where(Submission.form_id == form_id)
    return rows.subquery()
