"""What happened day by day: submissions received and delivered, how long that took, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Case,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    bindparam,
    cast,
    func,
    literal_column,
    select,
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
    delays, together, received = [Delays() for _ in begin], Delays(), [0] * len(begin)
    for day, tenths, count in session.execute(_came(len(begin)), named_days(begin)):
        received[day] += count
        if tenths is not None:
            delays[day].add(tenths, count)
            together.add(tenths, count)
    return Days(
        begin=begin,
        received=received,
        delays=delays,
        all_delays=together,
        failures=_failures(session, begin),
    )


def number_of_day(count: int) -> Case[int]:
    """The number of the day on which a submission was received, the first of ``count`` being 0.

    When they begin is told by the parameters that `named_days` makes.
    """
    numbered = [(Submission.received_at >= bindparam(f"day_{n}"), n) for n in range(count)]
    return sql_case(*reversed(numbered))


def named_days(begin: Sequence[datetime]) -> dict[str, Any]:
    """The parameters of a statement with `number_of_day`; ``day_0`` is when the first day begins."""
    return {f"day_{number}": day for number, day in enumerate(begin)}


# Statements with a comparison for each day are long, and are put together once for so many days.
@lru_cache(maxsize=8)
def _came(count: int) -> Select[*tuple[Any, ...]]:
    """Rows of: number of the day, tenths of a second until all was delivered, submissions.

    The time is None for those of which nothing is delivered yet. What a person had done again does
    not count: it says nothing of how fast deliveries are.
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
    came = apart(
        select(
            number_of_day(count).label("day"),
            Submission.received_at,
            ended_at.label("ended_at"),
        ).where(Submission.received_at >= bindparam("day_0"))
    )
    span = _seconds_between(came.c.received_at, came.c.ended_at)
    # A literal, since PostgreSQL takes two parameters for two values, equal or not.
    tenths = cast(func.round(span * literal_column(str(_PER_SECOND))), Integer).label("tenths")
    return select(came.c.day, tenths, func.count()).group_by(came.c.day, tenths)


def _failures(session: Session, begin: Sequence[datetime]) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for reason, number, count in session.execute(_failed(len(begin)), named_days(begin)):
        counts.setdefault(reason, [0] * len(begin))[number] = count
    return dict(sorted(counts.items(), key=lambda one: (-sum(one[1]), one[0])))


@lru_cache(maxsize=8)
def _failed(count: int) -> Select[*tuple[Any, ...]]:
    """Rows of: what a failed run says is wrong, number of the day, runs."""
    failed = (
        select(Run.reason, number_of_day(count).label("day"))
        .join(Submission, Submission.id == Run.submission_id)
        .where(Run.state == RunState.FAILED, Submission.received_at >= bindparam("day_0"))
        .subquery()
    )
    return select(failed.c.reason, failed.c.day, func.count()).group_by(
        failed.c.reason, failed.c.day
    )


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
