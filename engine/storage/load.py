"""How loaded connections are: what waits for what, and which calls were made lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from engine.storage.base import constants
from engine.storage.database import apart
from engine.storage.model_calls import Call
from engine.storage.models import (
    UNFINISHED,
    Form,
    Run,
    RunState,
    Submission,
)

OPEN = (RunState.QUEUED, RunState.WAITING)


@dataclass(frozen=True, slots=True)
class Due:
    """Runs that could go on at once, and since when the first of them could."""

    runs: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """So many runs of a connection are in ``state``; waiting ones wait for ``wait``."""

    connection_id: int
    state: str
    wait: str | None
    runs: int


def due_runs(session: Session, at: datetime) -> dict[int, Due]:
    """By connection id; connections without due runs are left out."""
    rows = session.execute(_DUE, {"at": at})
    return {id: Due(runs, since) for id, runs, since in rows}


_DUE = (
    select(Run.connection_id, func.count(), func.min(Run.due_at))
    .where(Run.state.in_(constants(OPEN)), Run.due_at <= bindparam("at"))
    .group_by(Run.connection_id)
)


def standings(session: Session, *, unfinished: bool = False) -> list[Standing]:
    """All runs, or only the unfinished ones, counted by connection, state and wait."""
    return [Standing(*row) for row in session.execute(_UNFINISHED if unfinished else _STANDINGS)]


_STANDINGS = select(Run.connection_id, Run.state, Run.wait, func.count()).group_by(
    Run.connection_id, Run.state, Run.wait
)
_UNFINISHED = _STANDINGS.where(Run.state.in_(constants(UNFINISHED)))


def calls_by_status(
    session: Session, since: datetime, before: datetime | None = None
) -> Mapping[int, Counter[int | None]]:
    """Connection id to status to calls begun in that time; None for calls without an answer."""
    rows = session.execute(_calls(before is not None), {"since": since, "before": before})
    found: dict[int, Counter[int | None]] = {}
    for connection_id, status, calls in rows:
        found.setdefault(connection_id, Counter())[status] += calls
    return found


@cache
def _calls(ends: bool) -> Select[Any]:
    """Rows of: connection, status, calls; begun after ``since`` and, if it ``ends``, before ``before``."""
    wanted = select(Call.connection_id, Call.status).where(Call.started_at >= bindparam("since"))
    if ends:
        wanted = wanted.where(Call.started_at < bindparam("before"))
    made = apart(wanted)
    return select(made.c.connection_id, made.c.status, func.count()).group_by(*made.c)


def unanswered(calls: Mapping[int | None, int]) -> int:
    """How many of ``calls`` by status the CRM was not able to answer."""
    return sum(
        count for status, count in calls.items() if status is None or status == 408 or status >= 500
    )


def received_ever(session: Session) -> int:
    """Submissions of all forms, those no longer kept included."""
    return session.scalar(select(func.coalesce(func.sum(Form.submissions), 0))) or 0


def received_since(session: Session, since: datetime) -> dict[str, int]:
    """Submissions by the state they are in now."""
    rows = session.execute(
        select(Submission.state, func.count())
        .where(Submission.received_at >= since)
        .group_by(Submission.state)
    )
    return {str(state): count for state, count in rows}
