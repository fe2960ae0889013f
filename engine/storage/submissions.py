"""Submissions as people look them up: one of them, and how many stand where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from engine.storage.base import constant, constants
from engine.storage.belonging import belonging, form_called
from engine.storage.database import apart, rows_of
from engine.storage.models import (
    UNFINISHED,
    Connection,
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which submissions; nothing said is nothing asked.

    Form, module and connection are told by their keys: of a module or connection are those with a run
    through it or to it, and its runs are those whose standing or ``run_state`` is asked for. They were
    received at ``since`` or later, and before ``until``.
    """

    form: str | None = None
    standing: Standing | None = None
    module: str | None = None
    connection: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    state: SubmissionState | None = None
    run_state: RunState | None = None

    def values(self) -> dict[str, Any]:
        """All that is said, by its name, but the standing."""
        said = {name: getattr(self, name) for name in _BY_VALUE}
        return {name: value for name, value in said.items() if value is not None}


_BY_VALUE = tuple(one.name for one in fields(Wanted) if one.name != "standing")

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


def strip_of(session: Session, since: datetime, form_id: int | None = None) -> Strip:
    """What came at or after ``since`` and where it stands, of one form or, without one, of all."""
    if form_id is not None:
        return strips(session, since, [form_id]).get(form_id, Strip())
    return _strip([tuple(row) for row in rows_of(session, _STANDINGS, {"since": since})])


def strip_within(session: Session, wanted: Wanted) -> Strip:
    """What came of all that is ``wanted``, of all time, wherever it stands; and where it stands now."""
    asked = wanted.values()
    rows = session.execute(_standings_within(tuple(asked)), asked)
    return _strip([tuple(row) for row in rows])


def strips(session: Session, since: datetime, form_ids: Collection[int]) -> Mapping[int, Strip]:
    """What came at or after ``since`` and where it stands, by form id."""
    asked = {"since": since, "forms": list(form_ids)}
    standings: dict[int, list[_Stands]] = defaultdict(list)
    for id, *row in rows_of(session, _STANDINGS_BY_FORM, asked):
        standings[id].append(tuple(row))
    return {id: _strip(rows) for id, rows in standings.items()}


_Stands = tuple[str, int, datetime | None]
"""A standing, how many stand so, and when the first of them was received; or "received" and how many.

What is told of one standing by several of these is to be added up.
"""


def _strip(rows: Collection[_Stands]) -> Strip:
    counts: Counter[str] = Counter()
    for name, count, _ in rows:
        counts[name] += count
    waiting = [at for name, _, at in rows if name == Standing.WAITING and at is not None]
    return Strip(
        received=counts["received"],
        counts={standing: counts[standing] for standing in Standing},
        oldest_waiting_at=min(waiting, default=None),
    )


_WITH_RUNS = (
    selectinload(Submission.runs).joinedload(Run.module),
    selectinload(Submission.runs).joinedload(Run.connection).defer(Connection.catalog),
)
_HELD = (SubmissionState.HELD, SubmissionState.UNREADABLE)
_BY_RUNS_ALONE = (Standing.SKIPPED, Standing.FAILED, Standing.DELIVERED)
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


def matching(asked: Collection[str], standing: Standing | None) -> Iterator[ColumnElement[bool]]:
    """What a query of submissions asks for, to have those of a `Wanted`.

    ``asked`` names what it says besides the standing; its `Wanted.values` are the query's parameters.
    """
    yield from _of_themselves(asked)
    of_runs = list(_of_runs(asked))
    if of_runs and standing not in _BY_RUNS_ALONE:
        yield Submission.id.in_(select(Run.submission_id).where(*of_runs))
    if standing is not None:
        yield _stands(standing, of_runs)


def _of_themselves(asked: Collection[str]) -> Iterator[ColumnElement[bool]]:
    if "form" in asked:
        yield Submission.form_id == form_called(bindparam("form"))
    if "state" in asked:
        yield Submission.state == bindparam("state")
    if "since" in asked:
        yield Submission.received_at >= bindparam("since")
    if "until" in asked:
        yield Submission.received_at < bindparam("until")


def _of_runs(asked: Collection[str]) -> Iterator[ColumnElement[bool]]:
    if "module" in asked or "connection" in asked:
        yield from belonging(*(bindparam(name) if name in asked else None for name in _WHOSE))
    if "run_state" in asked:
        yield Run.state == bindparam("run_state")


_WHOSE = ("form", "module", "connection")


def _stands(standing: Standing, of_runs: Collection[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The same as strips say, the other way round: found by the state of those runs, or of any."""
    by_runs: ColumnElement[bool] = _BY_RUNS
    if standing == Standing.IDLE:
        return and_(by_runs, ~exists().where(Run.submission_id == Submission.id))
    in_state = Run.state.in_(constants(_STATES[standing]))
    runs = select(Run.submission_id).where(in_state, *of_runs)
    by_runs = and_(by_runs, Submission.id.in_(runs))
    if standing == Standing.HELD:
        return or_(by_runs, Submission.state.in_(constants(_HELD)))
    own = next((state for state, at in _BY_THEMSELVES.items() if at == standing), None)
    return by_runs if own is None else or_(by_runs, Submission.state == constant(own))


# Many pages ask for these, so they are put together once.

_SINCE: BindParameter[Any] = bindparam("since")
_RECEIVED: ColumnClause[str] = literal_column("'received'")
_ASIDE: ColumnClause[str] = literal_column("''")
_BY_RUNS = Submission.state.not_in(constants([*_HELD, *_BY_THEMSELVES]))
"""Of which their runs say where they stand."""

_UNDECIDED = dict.fromkeys(_HELD, Standing.HELD) | _BY_THEMSELVES
"""Where submissions stand by themselves, whatever runs they have."""

_STANDING = case(
    *((Submission.state == constant(s), constant(at)) for s, at in _UNDECIDED.items()),
    (Run.state.in_(constants(UNFINISHED)), constant(Standing.WAITING)),
    else_=Run.state,
)
"""Of a submission with one of its runs, or with none."""


def _standings() -> CompoundSelect[Any]:
    """Rows of `_Stands`, of all forms.

    Runs are counted in an index alone, all of them at first: to look at each for whether its
    submission stands by itself takes long, and few do. Those are found, and taken off again.
    """
    came = Submission.received_at >= _SINCE
    undecided = Submission.state.in_(constants(_UNDECIDED))
    own = apart(
        select(Submission.id, Submission.state, Submission.received_at).where(came, undecided)
    )
    of_own = Run.submission_id.in_(select(own.c.id))
    by_run = [
        select(
            constant(standing), func.count(Run.submission_id.distinct()), func.min(Run.received_at)
        ).where(Run.state.in_(constants(_STATES[standing])), Run.received_at >= _SINCE)
        for standing in STRIP
    ]
    waiting = STRIP.index(Standing.WAITING)
    by_run[waiting] = by_run[waiting].where(~of_own)  # the first of them is asked for as well
    # Not asked for as a condition, which would lead SQLite to walk through all that were delivered.
    too_many = case((Run.state.not_in(constants(UNFINISHED)), Run.state), else_=_ASIDE)
    by_itself = case(*((own.c.state == constant(s), constant(at)) for s, at in _UNDECIDED.items()))
    return union_all(
        *by_run,
        select(too_many, -func.count(Run.submission_id.distinct()), null())
        .where(Run.submission_id == own.c.id)
        .group_by(too_many),
        select(by_itself, func.count(), func.min(own.c.received_at)).group_by(own.c.state),
        select(_RECEIVED, func.count(), null()).where(came),
    )


@lru_cache(maxsize=32)
def _standings_within(asked: tuple[str, ...]) -> CompoundSelect[Any]:
    """Rows of `_Stands`, of those that are asked for."""
    of_runs = list(_of_runs(asked))
    rows = apart(
        select(Submission.id, Submission.received_at, _STANDING.label("standing"))
        .join(Run, Run.submission_id == Submission.id, isouter=not of_runs)
        .where(*_of_themselves(asked), *of_runs)
    )
    found = func.count(rows.c.id.distinct())
    return union_all(
        select(rows.c.standing, found, func.min(rows.c.received_at))
        .where(rows.c.standing.is_not(None))
        .group_by(rows.c.standing),
        select(_RECEIVED, found, null()),
    )


def _of_forms(chosen: Select[_R]) -> Select[_R]:
    forms = Submission.form_id.in_(bindparam("forms", expanding=True))
    return chosen.where(Submission.received_at >= _SINCE, forms)


def _standings_by_form() -> CompoundSelect[Any]:
    """Rows of the form and `_Stands`."""
    rows = apart(
        _of_forms(
            select(
                Submission.id,
                Submission.form_id,
                Submission.received_at,
                _STANDING.label("standing"),
            )
        ).outerjoin(Run, Run.submission_id == Submission.id)
    )
    came = apart(_of_forms(select(Submission.form_id)))
    return union_all(
        select(
            rows.c.form_id,
            rows.c.standing,
            func.count(rows.c.id.distinct()),
            func.min(rows.c.received_at),
        )
        .where(rows.c.standing.is_not(None))
        .group_by(rows.c.form_id, rows.c.standing),
        select(came.c.form_id, _RECEIVED, func.count(), null()).group_by(came.c.form_id),
    )


_STANDINGS, _STANDINGS_BY_FORM = _standings(), _standings_by_form()
