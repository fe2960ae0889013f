"""The step ledger: intent before a call, outcome after it. Every write here is fenced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from connectors.base import Effect, Outcome, Ref, Status
from engine.deciding.plan import Action, Step, dump
from engine.delivery.retry import settle_until
from engine.delivery.work import Entry, Work
from engine.storage.base import now
from engine.storage.calls import Exchange, store_calls
from engine.storage.database import Database
from engine.storage.leases import Lease, hold
from engine.storage.memories import LaterWrite, keep_turns, later_writes
from engine.storage.models import JournalStep, Run, StepState


class Journal:
    """The ledger as one drain writes it. Each method is one transaction; all may raise LeaseLost."""

    def __init__(self, database: Database, lease: Lease, settle_s: float) -> None:
        self._database = database
        self._lease = lease
        self.settle_s = settle_s

    def keep_plans(
        self, works: Sequence[Work], turns: Mapping[int, int], exchanges: Iterable[Exchange]
    ) -> None:
        """Store what was decided, with a planned entry per step that writes, and the turns taken."""
        plans = [
            {"id": work.run_id, "plan": dump(work.plan), "trace": work.trace}
            for work in works
            if work.plan
        ]
        with self._database.write() as session:
            hold(session, self._lease)
            if plans:
                session.execute(update(Run), plans)
            _add_entries(session, works)
            takers = {work.module_id for work in works if work.plan and work.plan.takes_turn}
            keep_turns(session, {module_id: turns[module_id] for module_id in takers})
            self._store(session, exchanges)

    def intend(self, entries: Sequence[Entry]) -> None:
        """Note that ``entries`` are about to be sent."""
        at = now()
        for entry in entries:
            entry.state, entry.sent_at, entry.looks = StepState.SENDING, at, 0
            entry.settle_until = settle_until(at, self.settle_s)
            entry.attempt += 1
        with self._database.write() as session:
            hold(session, self._lease)
            _write(session, entries)

    def conclude(self, entries: Sequence[Entry], exchanges: Iterable[Exchange]) -> None:
        """Note what became of ``entries``: for as long as the lease may last while the database is away."""
        told = list(exchanges)

        def note(session: Session) -> None:
            hold(session, self._lease)
            _write(session, entries)
            self._store(session, told)

        self._database.insist(note)

    def taken(self, kind: str, record_ids: Sequence[str]) -> set[str]:
        """Which of these records other steps of this connection made, or adopted as what they made.

        One that another run only changed may be what the lost creation made.
        """
        with self._database.read() as session:
            rows = session.scalars(
                select(JournalStep.record_id)
                .join(Run)
                .where(
                    Run.connection_id == self._lease.connection_id,
                    JournalStep.kind == kind,
                    JournalStep.action == Action.CREATE,
                    JournalStep.record_id.in_(record_ids),
                )
            )
            return {row for row in rows if row is not None}

    def later_writes(self, refs: Collection[Ref], told_at: datetime) -> list[LaterWrite]:
        """What runs of submissions received or completed after ``told_at`` wrote to these records."""
        with self._database.read() as session:
            return later_writes(session, self._lease.connection_id, refs, told_at)

    def _store(self, session: Session, exchanges: Iterable[Exchange]) -> None:
        store_calls(session, self._lease.connection_id, self._lease.fence, exchanges)


def settle_entry(entry: Entry, outcome: Outcome) -> None:
    """Bring ``entry`` to the state that ``outcome`` means."""
    if outcome.status is Status.DONE:
        entry.state, entry.record_id, entry.error = StepState.DONE, outcome.id, ""
        return
    entry.error = str(outcome.error)
    entry.state = {
        Status.REFUSED: StepState.FAILED,
        Status.NOT_APPLIED: StepState.PLANNED,
        Status.UNKNOWN: StepState.UNKNOWN,
    }[outcome.status]


def stored_entries(run: Run, work: Work) -> dict[str, Entry]:
    """The journal of a run that was begun earlier."""
    assert work.plan is not None
    entries = {}
    for row in run.steps:
        step = work.plan.step(row.key)
        assert step is not None, f"run {run.id} has a journal entry for no step: {row.key}"
        entries[row.key] = Entry(
            id=row.id,
            step=step,
            op_key=row.op_key,
            state=StepState(row.state),
            effect=Effect(row.effect),
            attempt=row.attempt,
            sent_at=row.sent_at,
            settle_until=row.settle_until,
            looks=row.looks,
            done_at=row.done_at,
            record_id=row.record_id,
            record_url=row.record_url,
            adopted=row.adopted,
            error=row.error,
        )
    return entries


def _add_entries(session: Session, works: Sequence[Work]) -> None:
    """An entry for each step that writes, after those that its run has from an earlier plan."""
    counted = session.execute(
        select(JournalStep.run_id, func.count())
        .where(JournalStep.run_id.in_([work.run_id for work in works]))
        .group_by(JournalStep.run_id)
    )
    there: dict[int, int] = dict(counted.all())
    added = [
        (work, step, _row_of(work, step, number))
        for work in works
        for number, step in enumerate(_writing(work), there.get(work.run_id, 0))
    ]
    ids = session.scalars(_ADD, [row for _, _, row in added]).all() if added else ()
    for work in works:
        work.entries = {}
    for id, (work, step, row) in zip(ids, added, strict=True):
        work.entries[step.key] = Entry(id, step, row["op_key"], StepState.PLANNED)


_ADD = insert(JournalStep).returning(JournalStep.id, sort_by_parameter_order=True)


def _writing(work: Work) -> list[Step]:
    assert work.plan is not None
    return [step for step in work.plan.steps if step.writes]


def _row_of(work: Work, step: Step, number: int) -> dict[str, Any]:
    return {
        "run_id": work.run_id,
        "number": number,
        "key": step.key,
        "kind": step.kind,
        "action": step.action,
        "op_key": f"{work.public_id}.{step.key}",
    }


def _write(session: Session, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.state is StepState.DONE:
            entry.done_at = entry.done_at or now()
    rows: list[dict[str, Any]] = [
        {
            "id": entry.id,
            "state": entry.state,
            "effect": entry.effect,
            "attempt": entry.attempt,
            "sent_at": entry.sent_at,
            "settle_until": entry.settle_until,
            "looks": entry.looks,
            "done_at": entry.done_at,
            "record_id": entry.record_id,
            "record_url": entry.record_url,
            "adopted": entry.adopted,
            "error": entry.error,
        }
        for entry in entries
    ]
    if rows:
        session.execute(update(JournalStep), rows)
