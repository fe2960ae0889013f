"""What happened day by day: submissions received and delivered, how long that took, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Case,
    Float,
    Integer,
    SQLColumnExpression,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import case as sql_case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from engine.storage.database import apart
from engine.storage.models import Lane, Run, RunState, Submission

SOON_S = 60
"""Whoever is called back within the minute still has the website open."""
_PER_SECOND = 10  # times are told to a tenth


class Delays:
    """How long deliveries took, as a histogram in tenths of a second."""

    def __init__(self) -> None:
        self._tenths: Counter[int] = Counter()

    def add(self, tenths: int, count: int) -> None:
        self._tenths[tenths] += count

    @property
    def count(self) -> int:
        return self._tenths.total()

    @property
    def soon(self) -> int:
        """How many took no longer than `SOON_S`."""
        return sum(n for tenths, n in self._tenths.items() if tenths <= SOON_S * _PER_SECOND)

    def quantile_s(self, share: float) -> float | None:
        """As long as ``share`` of them took at most; None when there are none."""
        wanted = share * self.count
        for tenths in sorted(self._tenths):
            wanted -= self._tenths[tenths]
            if wanted <= 0:
                return tenths / _PER_SECOND
        return None


@dataclass(frozen=True, slots=True)
class Days:
    """Days in order, each with what is told of the submissions that were received on it.

    ``failures`` are the failed runs by what the run says is wrong, day by day, the most frequent
    first. ``all_delays`` are those of all days together.
    """

    begin: Sequence[datetime]
    received: Sequence[int]
    delays: Sequence[Delays]
    all_delays: Delays
    failures: Mapping[str, Sequence[int]]


def days_of(session: Session, begin: Sequence[datetime]) -> Days:
    """The days that begin at these instants, the last of them until now."""
    delays, together = [Delays() for _ in begin], Delays()
    for day, tenths, count in _delivered(session, begin):
        delays[day].add(tenths, count)
        together.add(tenths, count)
    return Days(
        begin=begin,
        received=_received(session, begin),
        delays=delays,
        all_delays=together,
        failures=_failures(session, begin),
    )


def number_of_day(begin: Sequence[datetime]) -> Case[int]:
    """The number of the day on which a submission was received, the first being 0."""
    numbered = [(Submission.received_at >= day, number) for number, day in enumerate(begin)]
    return sql_case(*reversed(numbered))


def _received(session: Session, begin: Sequence[datetime]) -> Sequence[int]:
    """How many came on each day: a range of the index each, which no row is read for."""
    at = Submission.received_at
    ends = [at < end for end in begin[1:]] + [true()]
    counts = [
        select(func.count()).where(at >= day, end).scalar_subquery().label(f"day_{number}")
        for number, (day, end) in enumerate(zip(begin, ends, strict=True))
    ]
    return tuple(session.execute(select(*counts)).one())


def _delivered(session: Session, begin: Sequence[datetime]) -> Sequence[Any]:
    """Rows of: number of the day, tenths of a second until all was delivered, submissions.

    What a person had done again does not count: it says nothing of how fast deliveries are.
    """
    ended_at = (
        select(func.max(Run.finished_at))
        .where(
            Run.submission_id == Submission.id,
            Run.state == RunState.DELIVERED,
            Run.lane != Lane.BULK,
        )
        .scalar_subquery()
    )
    ended = apart(
        select(
            number_of_day(begin).label("day"),
            Submission.received_at,
            ended_at.label("ended_at"),
        ).where(Submission.received_at >= begin[0])
    )
    span = _seconds_between(ended.c.received_at, ended.c.ended_at)
    # A literal, since PostgreSQL takes two parameters for two values, equal or not.
    tenths = cast(func.round(span * literal_column(str(_PER_SECOND))), Integer).label("tenths")
    return session.execute(
        select(ended.c.day, tenths, func.count())
        .where(ended.c.ended_at.is_not(None))
        .group_by(ended.c.day, tenths)
    ).all()


def _failures(session: Session, begin: Sequence[datetime]) -> dict[str, list[int]]:
    day = number_of_day(begin).label("day")
    failed = (
        select(Run.reason, day)
        .join(Submission, Submission.id == Run.submission_id)
        .where(Run.state == RunState.FAILED, Submission.received_at >= begin[0])
        .subquery()
    )
    rows = session.execute(
        select(failed.c.reason, failed.c.day, func.count()).group_by(failed.c.reason, failed.c.day)
    )
    counts: dict[str, list[int]] = {}
    for reason, number, count in rows:
        counts.setdefault(reason, [0] * len(begin))[number] = count
    return dict(sorted(counts.items(), key=lambda one: (-sum(one[1]), one[0])))


class _seconds_between(FunctionElement[float]):  # noqa: N801 - written like SQL's functions
    """Seconds from one instant to another."""

    type = Float()
    inherit_cache = True

    def __init__(self, start: SQLColumnExpression[Any], end: SQLColumnExpression[Any]) -> None:
        super().__init__(start, end)


@compiles(_seconds_between)
def _seconds_in_postgres(element: _seconds_between, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(each, **options) for each in element.clauses)
    return f"EXTRACT(EPOCH FROM {end} - {start})"


@compiles(_seconds_between, "sqlite")
def _seconds_in_sqlite(element: _seconds_between, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(each, **options) for each in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 86400)"
