"""Submissions as people look them up: by where they stand, page by page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, load_only, selectinload, undefer

from engine.storage.database import apart
from engine.storage.models import (
    UNFINISHED,
    Connection,
    Form,
    Module,
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
    """How many submissions were received and where they stand now, by what `STRIP` has.

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
    return session.scalars(_LATEST, {"most": count}).all()


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
    if form_id is not None:
        return strips(session, since, [form_id]).get(form_id, Strip())
    asked = {"since": since}
    states = {row[0]: row[1] for row in session.execute(_STATES_SINCE, asked)}
    rows = [(name, count, at) for name, count, at in session.execute(_STANDINGS, asked)]
    by_hand = sum(states.get(state, 0) for state in _HELD)
    parts = states.get(SubmissionState.PARTIAL, 0)
    return _strip(sum(states.values()), rows, {Standing.HELD: by_hand, Standing.WAITING: parts})


def strips(session: Session, since: datetime, form_ids: Collection[int]) -> Mapping[int, Strip]:
    """What came at or after ``since`` and where it stands, by form id."""
    asked = {"since": since, "forms": list(form_ids)}
    standings: dict[int, list[_Stands]] = defaultdict(list)
    for id, *row in session.execute(_STANDINGS_BY_FORM, asked):
        standings[id].append(tuple(row))
    received = session.execute(_RECEIVED_BY_FORM, asked)
    return {id: _strip(count, standings[id]) for id, count in received}


_Stands = tuple[str, int, datetime | None]
"""A standing, how many stand so, and when the first of them was received."""


def _strip(
    received: int, rows: Sequence[_Stands], before: Mapping[Standing, int] | None = None
) -> Strip:
    """``before`` are those of which it is not decided yet whether and with what they run."""
    counts = Counter(before or {})
    counts.update({Standing(standing): count for standing, count, _ in rows})
    return Strip(
        received=received,
        counts=counts,
        oldest_waiting_at=next((at for name, _, at in rows if name == Standing.WAITING), None),
    )


_WITH_RUNS = (
    selectinload(Submission.runs).joinedload(Run.module),
    selectinload(Submission.runs).joinedload(Run.connection).defer(Connection.catalog),
)
# Only what lists show: a submission and its runs have much else, and some of it is long.
_LISTED = (
    load_only(
        Submission.public_id,
        Submission.form_id,
        Submission.number,
        Submission.answers,
        Submission.state,
        Submission.hits,
        Submission.received_at,
    ),
    joinedload(Submission.form).load_only(Form.key, Form.name, Form.config),
    selectinload(Submission.runs).options(
        load_only(Run.public_id, Run.submission_id, Run.state),
        joinedload(Run.module).load_only(Module.name),
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
    """The same as strips say, the other way round: found by the state of runs."""
    by_runs: ColumnElement[bool] = _BY_RUNS
    if standing == Standing.IDLE:
        return and_(by_runs, ~exists().where(Run.submission_id == Submission.id))
    runs = select(Run.submission_id).where(Run.state.in_(_STATES[standing]))
    by_runs = and_(by_runs, Submission.id.in_(runs))
    if standing == Standing.HELD:
        return or_(by_runs, Submission.state.in_(_HELD))
    own = next((state for state, at in _BY_THEMSELVES.items() if at == standing), None)
    return by_runs if own is None else or_(by_runs, Submission.state == own)


# Many pages ask for these, so they are put together once.

_MOST = bindparam("most", type_=Integer())
_LATEST = select(Submission).options(*_LISTED).order_by(Submission.id.desc()).limit(_MOST)

_SINCE: BindParameter[Any] = bindparam("since")
_BY_RUNS = Submission.state.not_in([*_HELD, *_BY_THEMSELVES])
"""Of which their runs say where they stand."""

_STATES_SINCE = (
    select(Submission.state, func.count())
    .where(Submission.received_at >= _SINCE)
    .group_by(Submission.state)
)


def _standings() -> CompoundSelect[Any]:
    """Rows of: a standing by runs, how many stand so, when the first of them came."""
    others = apart(select(Submission.id).where(Submission.received_at >= _SINCE, ~_BY_RUNS))
    return union_all(
        *(
            select(
                literal_column(f"'{standing}'"),
                func.count(Run.submission_id.distinct()),
                func.min(Run.received_at),
            ).where(
                Run.state.in_(_STATES[standing]),
                Run.received_at >= _SINCE,
                Run.submission_id.not_in(select(others.c.id)),
            )
            for standing in STRIP
        )
    )


_STANDINGS = _standings()


def _of_forms(chosen: Select[_R]) -> Select[_R]:
    forms = Submission.form_id.in_(bindparam("forms", expanding=True))
    return chosen.where(Submission.received_at >= _SINCE, forms)


def _by_form() -> tuple[Select[Any], Select[Any]]:
    """Rows of form and how many came; and of form, standing, how many stand so, when the first came."""
    standing = case(
        (Submission.state.in_(_HELD), Standing.HELD),
        (Submission.state == SubmissionState.PARTIAL, Standing.WAITING),
        (Run.state.in_(UNFINISHED), Standing.WAITING),
        else_=Run.state,
    )
    runs = select(
        Submission.id, Submission.form_id, Submission.received_at, standing.label("standing")
    ).outerjoin(Run, Run.submission_id == Submission.id)
    told = Submission.state.in_([*_HELD, SubmissionState.PARTIAL]) | and_(
        _BY_RUNS, Run.state.is_not(None)
    )
    rows = apart(_of_forms(runs).where(told))
    form = apart(_of_forms(select(Submission.form_id))).c.form_id
    return select(form, func.count()).group_by(form), select(
        rows.c.form_id,
        rows.c.standing,
        func.count(rows.c.id.distinct()),
        func.min(rows.c.received_at),
    ).group_by(rows.c.form_id, rows.c.standing)


_RECEIVED_BY_FORM, _STANDINGS_BY_FORM = _by_form()
