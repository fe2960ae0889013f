"""What happened day by day: submissions received and delivered, how long that took, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Case,
    ColumnClause,
    CompoundSelect,
    Connection,
    Engine,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy import case as sql_case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from engine.storage.base import constant
from engine.storage.database import apart, rows_of
from engine.storage.models import Lane, Run, RunState, Submission

SOON_S = 60
"""Whoever is called back within the minute still has the website open."""
_PER_SECOND = 10  # times are told to a tenth


class Delays:
    """How long deliveries took, as a histogram in tenths of a second."""

    def __init__(self) -> None:
        self._tenths: Counter[int] = Counter()
        self._quantiles_s: dict[float, float | None] = {}

    def add(self, tenths: int, count: int) -> None:
        self._tenths[tenths] += count
        self._quantiles_s.clear()

    @property
    def count(self) -> int:
        return self._tenths.total()

    @property
    def soon(self) -> int:
        """How many took no longer than `SOON_S`."""
        return sum(n for tenths, n in self._tenths.items() if tenths <= SOON_S * _PER_SECOND)

    def quantile_s(self, share: float) -> float | None:
        """As long as ``share`` of them took at most; None when there are none."""
        if share not in self._quantiles_s:
            self._quantiles_s[share] = self._find_quantile_s(share)
        return self._quantiles_s[share]

    def _find_quantile_s(self, share: float) -> float | None:
        wanted = share * self.count
        for tenths in sorted(self._tenths):
            wanted -= self._tenths[tenths]
            if wanted <= 0:
                return tenths / _PER_SECOND
        return None

    @classmethod
    def together(cls, all_of_them: Iterable[Delays]) -> Delays:
        whole = cls()
        for one in all_of_them:
            for tenths, count in one._tenths.items():
                whole._tenths[tenths] += count
        return whole


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
    rows = rows_of(session, _counts(len(begin)), named_days(begin))
    delays = _delays(session, begin, {day: (count, ids, last) for day, _, count, ids, last in rows})
    received = {day: count for day, count, *_ in rows}
    return Days(
        begin=begin,
        received=[received[day] for day in range(len(begin))],
        delays=delays,
        all_delays=_together(tuple(delays)),
        failures=_failures(session, begin),
    )


def number_of_day(instant: SQLColumnExpression[datetime], count: int) -> Case[int]:
    """The number of the day on which ``instant`` is, the first of ``count`` being 0.

    When they begin is told by the parameters that `named_days` makes.
    """
    numbered: list[tuple[Any, ColumnClause[int]]] = [
        (instant >= bindparam(f"day_{n}"), literal_column(str(n))) for n in range(count)
    ]
    return sql_case(*reversed(numbered))


def named_days(begin: Sequence[datetime]) -> dict[str, Any]:
    """The parameters of a statement about days: when each begins, and after all of them an end."""
    return {f"day_{number}": day for number, day in enumerate([*begin, _NEVER])}


_NEVER = datetime.max.replace(tzinfo=UTC)
_DELIVERED = (Run.state == constant(RunState.DELIVERED), Run.lane != constant(Lane.BULK))
"""What a person had done again does not count: it says nothing of how fast deliveries are."""


# Statements with a part for each day are long, and are put together once for so many days.
@lru_cache(maxsize=8)
def _counts(count: int) -> CompoundSelect[Any]:
    """Rows of: number of the day, submissions, and the three parts of the mark of its deliveries."""
    return union_all(
        *(
            select(
                literal_column(str(day)),
                select(func.count())
                .select_from(Submission)
                .where(*_on(Submission.received_at, day))
                .scalar_subquery(),
                func.count(),
                func.sum(Run.submission_id),
                func.max(Run.finished_at),
            ).where(*_DELIVERED, *_on(Run.received_at, day))
            for day in range(count)
        )
    )


def _on(instant: SQLColumnExpression[datetime], day: int) -> tuple[Any, Any]:
    return instant >= bindparam(f"day_{day}"), instant < bindparam(f"day_{day + 1}")


# How long deliveries took ------------------------------------------------------------------------

_Day = tuple[datetime, datetime]  # from, to
_Mark = tuple[int, int | None, datetime | None]

_KEPT: MutableMapping[Engine | Connection, dict[_Day, tuple[_Mark, Delays]]] = WeakKeyDictionary()
"""The deliveries of each day as they were last counted, by database, with the mark they had then.

To count them takes long, and those of days past hardly ever change. Their mark is read from an index
alone: how many there are, of which submissions, and when the last of them ended. Whatever is
delivered, done again or taken away changes it.
"""
_MOST_KEPT = 500
_NO_DELIVERIES: tuple[_Mark, Delays] = (0, None, None), Delays()


def _delays(
    session: Session, begin: Sequence[datetime], marks: Mapping[int, _Mark]
) -> Sequence[Delays]:
    """How long it took, day by day, until all that is delivered of a submission was."""
    kept = _KEPT.setdefault(session.get_bind(), {})
    days = list(zip(begin, [*begin[1:], _NEVER], strict=True))
    found = [kept.get(day, _NO_DELIVERIES) for day in days]
    changed = [day for day, (mark, _) in enumerate(found) if mark != marks[day]]
    if not changed:
        return [delays for _, delays in found]
    counted = [Delays() for _ in days]
    since = {**named_days(begin), "since": begin[changed[0]]}
    for day, tenths, count in rows_of(session, _took(len(begin)), since):
        counted[day].add(tenths, count)
    if len(kept) > _MOST_KEPT:
        kept.clear()
    for day in range(changed[0], len(days)):
        kept[days[day]] = marks[day], counted[day]
    return [delays for _, delays in found[: changed[0]]] + counted[changed[0] :]


# The delays of a day are never added to once they are kept.
@lru_cache(maxsize=16)
def _together(delays: tuple[Delays, ...]) -> Delays:
    return Delays.together(delays)


@lru_cache(maxsize=8)
def _took(count: int) -> Select[Any]:
    """Rows of: number of the day, tenths of a second until all was delivered, submissions."""
    ended = apart(
        select(
            Run.received_at,
            Run.submission_id,
            func.max(Run.finished_at).label("ended_at"),
        )
        .where(*_DELIVERED, Run.received_at >= bindparam("since"))
        .group_by(Run.received_at, Run.submission_id)
    )
    span = _seconds_between(ended.c.received_at, ended.c.ended_at)
    # A literal, since PostgreSQL takes two parameters for two values, equal or not.
    tenths = cast(func.round(span * literal_column(str(_PER_SECOND))), Integer).label("tenths")
    day = number_of_day(ended.c.received_at, count).label("day")
    rows = select(day, tenths).subquery()
    return select(rows.c.day, rows.c.tenths, func.count()).group_by(rows.c.day, rows.c.tenths)


# What failed -------------------------------------------------------------------------------------


def _failures(session: Session, begin: Sequence[datetime]) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for reason, number, count in rows_of(session, _failed(len(begin)), named_days(begin)):
        counts.setdefault(reason, [0] * len(begin))[number] = count
    return dict(sorted(counts.items(), key=lambda one: (-sum(one[1]), one[0])))


@lru_cache(maxsize=8)
def _failed(count: int) -> Select[Any]:
    """Rows of: what a failed run says is wrong, number of the day, runs."""
    failed = (
        select(Run.reason, number_of_day(Run.received_at, count).label("day"))
        .where(Run.state == constant(RunState.FAILED), Run.received_at >= bindparam("day_0"))
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
