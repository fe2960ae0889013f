"""The end of a wave: run states, what was learnt, the timeline and notices, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connectors.base import Ref
from connectors.errors import RateLimitedError, RejectedError
from engine.delivery.work import Ending, Work
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.calls import Exchange, store_calls
from engine.storage.connections import doubt_catalog, note_lag, wait_until
from engine.storage.known import forget, remember
from engine.storage.leases import Lease, hold
from engine.storage.memories import keep_written
from engine.storage.models import UNFINISHED, JournalStep, Lane, Run, RunState, StepState
from engine.storage.notices import give_notice
from engine.storage.runs import add_event, forget_identities, runs_to_end


def conclude(
    instance: Instance, lease: Lease, works: Sequence[Work], exchanges: Iterable[Exchange]
) -> None:
    """Store how each run of the wave ended. Raises LeaseLost, and then stores nothing."""
    told = list(exchanges)
    instance.database.insist(lambda session: _store(session, lease, works, told))


def _store(
    session: Session, lease: Lease, works: Sequence[Work], exchanges: Sequence[Exchange]
) -> None:
    hold(session, lease)
    store_calls(session, lease.connection_id, lease.fence, exchanges)
    runs = {run.id: run for run in runs_to_end(session, [work.run_id for work in works])}
    for work in works:
        assert work.ending is not None
        _end(session, work, runs[work.run_id], work.ending)
        _keep_written(session, lease.connection_id, work)
    _keep_known(session, lease.connection_id, works)
    done = [work.run_id for work in works if work.ending and work.ending.state not in UNFINISHED]
    forget_identities(session, done)
    if any(work.ending and isinstance(work.ending.error, RejectedError) for work in works):
        doubt_catalog(session, lease.connection_id)  # perhaps an option or stage is gone
    pause = _pause(works)
    if pause is not None:
        wait_until(session, lease.connection_id, pause)
    lag_s = max((work.lag_s for work in works), default=0.0)
    if lag_s:
        note_lag(session, lease.connection_id, lag_s)


def _end(session: Session, work: Work, run: Run, ending: Ending) -> None:
    run.state, run.reason, run.deaths = ending.state, ending.reason, 0
    run.trace, run.wait = work.trace, ending.wait
    if ending.due_at is not None:
        run.due_at = ending.due_at
    if ending.counts:
        run.attempt += 1
        run.lane = Lane.RETRY
    if ending.state not in UNFINISHED:
        run.finished_at = now()
    if ending.replan:
        session.execute(delete(JournalStep).where(JournalStep.run_id == run.id))
        run.plan = None
    if ending.state is not RunState.QUEUED:
        add_event(session, run, ending.state, ending.reason)
    _tell(session, work, run, ending)


def _tell(session: Session, work: Work, run: Run, ending: Ending) -> None:
    """Notices for what needs a person. Warnings of the plan stand in the run itself."""
    messages = list(work.notices)
    if ending.state in (RunState.FAILED, RunState.HELD):
        messages.append(ending.reason)
    for message in messages:
        give_notice(
            session,
            f"{ending.state}:{run.module_id}:{message}"[:200],
            message,
            remedy=ending.remedy,
            form_id=work.form_id,
            connection_id=run.connection_id,
            submission_id=work.submission_id,
        )


def _keep_known(session: Session, connection_id: int, works: Sequence[Work]) -> None:
    """What the wave learnt of who is who; what a later work learnt counts."""
    fates: dict[str, str | None] = {}
    for work in works:
        fates |= {**dict.fromkeys(work.forgotten), **work.known}
    forget(session, connection_id, [key for key, id in fates.items() if id is None])
    remember(session, connection_id, {key: id for key, id in fates.items() if id is not None})


def _keep_written(session: Session, connection_id: int, work: Work) -> None:
    for entry in work.entries.values():
        if entry.state is not StepState.DONE or entry.record_id is None or not entry.step.watched:
            continue
        fields = {
            field: value
            for field, value in entry.step.fields.items()
            if field in entry.step.watched
        }
        keep_written(session, connection_id, Ref(entry.step.kind, entry.record_id), fields)


def _pause(works: Sequence[Work]) -> datetime | None:
    """Until when the CRM asks the whole connection to wait."""
    waits = [
        work.ending.due_at
        for work in works
        if work.ending and work.ending.due_at and isinstance(work.ending.error, RateLimitedError)
    ]
    return max(waits, default=None)
