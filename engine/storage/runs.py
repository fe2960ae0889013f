"""Runs: which are due, who takes them, and how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Exists,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, defer, joinedload, selectinload

from engine.storage.base import UtcDateTime, now
from engine.storage.leases import Lease
from engine.storage.models import (
    UNFINISHED,
    Connection,
    ConnectionState,
    Event,
    JournalStep,
    Lane,
    Module,
    Run,
    RunIdentity,
    RunState,
    StepState,
    Submission,
)
from engine.storage.throttle import may_call

DEATH_RESTS_S = (0, 0, 60, 300, 900)
"""Seconds to wait after each death of a worker that held a run; after one more it is given up.

Whoever dies of the run itself dies every time, who was only unlucky does not.
"""
SUSPECTS = 7
"""Runs of one wave that a drain died with once."""
_OPEN = (RunState.QUEUED, RunState.WAITING)


class Turn(Enum):
    """Whose turn it is in a wave."""

    LANES = auto()  # live before retry before bulk
    OTHERS = auto()  # what live runs have kept waiting comes first, the longest due before all
    OLDEST = auto()  # the longest due, whatever its lane


_ORDER: Mapping[Turn, tuple[ColumnElement[Any], ...]] = {
    Turn.LANES: (case({Lane.LIVE: 0, Lane.RETRY: 1, Lane.BULK: 2}, value=Run.lane),),
    Turn.OTHERS: (case({Lane.LIVE: 1}, value=Run.lane, else_=0), Run.due_at.expression),
    Turn.OLDEST: (Run.due_at.expression,),
}


def connections_with_work(session: Session, at: datetime) -> Sequence[int]:
    """Connections that have due runs, or runs whose drain died, and that nobody drains."""
    return session.scalars(_with_work(), {"at": at}).all()


@cache  # every worker and the schedule ask it again and again
def _with_work() -> Select[int]:
    at = bindparam("at", type_=UtcDateTime)
    free = or_(Connection.lease_until.is_(None), Connection.lease_until < at)
    due = or_(_claimable(at), Run.state == RunState.RUNNING)
    return (
        select(Connection.id)
        .where(
            Connection.state == ConnectionState.OK,
            free,
            may_call(at),
            exists().where(Run.connection_id == Connection.id, due),
        )
        .order_by(Connection.id)
    )


def has_due_runs(session: Session, connection_id: int) -> bool:
    return bool(
        session.scalar(
            select(exists().where(Run.connection_id == connection_id, _claimable(now())))
        )
    )


def take_over(session: Session, lease: Lease, settle: timedelta) -> None:
    """Make runs that died with an earlier drain claimable again; what they had sent is unknown now."""
    orphans = session.scalars(
        select(Run).where(
            Run.connection_id == lease.connection_id,
            Run.state == RunState.RUNNING,
            Run.fence < lease.fence,
        )
    ).all()
    for run in orphans:
        run.deaths += 1
        if run.deaths > len(DEATH_RESTS_S):
            run.state, run.finished_at = RunState.FAILED, now()
            run.reason = f"its worker stopped {run.deaths} times while carrying it out"
        else:
            run.state, run.reason = RunState.WAITING, "its worker stopped midway"
            run.due_at = now() + timedelta(seconds=DEATH_RESTS_S[run.deaths - 1])
        for step in session.scalars(
            select(JournalStep).where(
                JournalStep.run_id == run.id, JournalStep.state == StepState.SENDING
            )
        ):
            step.state = StepState.UNKNOWN
            step.settle_until = (step.sent_at or now()) + settle


def claim_wave(session: Session, lease: Lease, size: int, turn: Turn = Turn.LANES) -> list[Run]:
    """Take up to ``size`` due runs, no two of one identity and none before an earlier run's end.

    Runs that a drain died with come in small waves, and after a second death alone, so that the one
    to blame is found and takes few others down.
    """
    due = session.scalars(
        select(Run)
        .where(Run.connection_id == lease.connection_id, _claimable(now()))
        .options(
            joinedload(Run.submission).joinedload(Submission.form),
            joinedload(Run.revision),
            selectinload(Run.steps),
        )
        .order_by(*_ORDER[turn], Run.id)
        .limit(size)
        .with_for_update(of=Run, key_share=True, skip_locked=True)  # a person has it in hand
    ).all()
    deaths = due[0].deaths if due else 0
    most = (size, SUSPECTS, 1)[min(deaths, 2)]
    wave = [run for run in due if run.deaths == deaths][:most]
    for run in wave:
        run.state, run.fence = RunState.RUNNING, lease.fence
        run.first_try_at = run.first_try_at or now()
    session.flush()
    return wave


def runs_to_end(session: Session, run_ids: Sequence[int]) -> Sequence[Run]:
    """Runs without their plans, which are long and have been carried out."""
    chosen = select(Run).where(Run.id.in_(run_ids)).options(defer(Run.plan))
    return session.scalars(chosen).all()


def forget_identities(session: Session, run_ids: Sequence[int]) -> None:
    """Let later runs of the same people go ahead."""
    session.execute(delete(RunIdentity).where(RunIdentity.run_id.in_(run_ids)))


def locked_run(session: Session, run_id: int) -> Run:
    """The run as it is now, which nobody else changes before this transaction ends."""
    return session.scalars(
        select(Run)
        .where(Run.id == run_id)
        .options(selectinload(Run.steps))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def module_states(session: Session, submission_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Submission id to module key to its newest run's state."""
    states: dict[int, dict[str, str]] = {}
    rows = session.execute(
        select(Run.submission_id, Module.key, Run.state)
        .join(Module, Module.id == Run.module_id)
        .where(Run.submission_id.in_(submission_ids))
        .order_by(Run.id)
    )
    for submission_id, key, state in rows:
        states.setdefault(submission_id, {})[key] = state
    return states


def add_event(session: Session, run: Run, type: str, message: str, *, step_key: str = "") -> None:
    session.add(
        Event(
            submission_id=run.submission_id,
            run_id=run.id,
            step_key=step_key,
            type=type,
            message=message,
        )
    )


def _claimable(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Due, and behind no earlier run of the same person: nobody is woken for what must wait still."""
    return and_(Run.state.in_(_OPEN), Run.due_at <= at, ~_earlier_run_of_same_identity())


@cache
def _earlier_run_of_same_identity() -> Exists:
    """An unfinished run that comes first: one that was begun, else the one with the lower number.

    Of two that come at once, the one with the higher number may be stored, and begun, before the
    other can be seen.
    """
    mine, theirs, earlier = aliased(RunIdentity), aliased(RunIdentity), aliased(Run)
    begun, fresh = earlier.first_try_at.is_not(None), Run.first_try_at.is_(None)
    first = or_(begun & fresh, (theirs.run_id < Run.id) & or_(begun, fresh))
    return (
        select(theirs.run_id)
        .join(mine, (mine.key == theirs.key) & (mine.connection_id == theirs.connection_id))
        .join(earlier, earlier.id == theirs.run_id)
        .where(mine.run_id == Run.id, earlier.state.in_(UNFINISHED), first)
        .correlate(Run)
        .exists()
    )
