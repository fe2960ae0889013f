"""What deciding needs to know of other runs: whose turn it is, and what was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from connectors.base import Fields, Kind, Ref
from engine.deciding.plan import load
from engine.storage.database import alone
from engine.storage.model_memories import ModuleTurn, WrittenValue
from engine.storage.models import (
    COMPLETED,
    Event,
    JournalStep,
    Run,
    StepState,
    Submission,
)


def turns(session: Session, module_ids: Collection[int]) -> dict[int, int]:
    """How many turns each module's runs took so far."""
    rows = session.execute(
        select(ModuleTurn.module_id, ModuleTurn.taken).where(ModuleTurn.module_id.in_(module_ids))
    )
    return dict.fromkeys(module_ids, 0) | dict(rows.all())


def keep_turns(session: Session, taken: Mapping[int, int]) -> None:
    for module_id, turn in sorted(taken.items()):
        alone(session, f"turns {module_id}")  # its runs may go to two connections for a while
        session.merge(ModuleTurn(module_id=module_id, taken=turn))


def written(session: Session, connection_id: int, refs: Iterable[Ref]) -> dict[Ref, Fields]:
    """What we last wrote to the watched fields of these records."""
    ids = {ref.id for ref in refs}
    found: dict[Ref, dict[str, object]] = {}
    rows = session.scalars(
        select(WrittenValue).where(
            WrittenValue.connection_id == connection_id, WrittenValue.record_id.in_(ids)
        )
    )
    for row in rows:
        found.setdefault(Ref(Kind(row.kind), row.record_id), {})[row.field] = row.value["value"]
    return dict(found)


def keep_written(session: Session, connection_id: int, ref: Ref, fields: Fields) -> None:
    for field, value in fields.items():
        session.merge(
            WrittenValue(
                connection_id=connection_id,
                kind=ref.kind,
                record_id=ref.id,
                field=field,
                value={"value": value},
            )
        )


def completed_at(session: Session, submissions: Collection[Submission]) -> dict[int, datetime]:
    """When the latest post came that completed each of them; by id, those that none completed left out."""
    ids = [submission.id for submission in submissions if submission.hits > 1]
    if not ids:
        return {}
    rows = session.execute(
        select(Event.submission_id, func.max(Event.at))
        .where(Event.submission_id.in_(ids), Event.type == COMPLETED)
        .group_by(Event.submission_id)
    )
    return dict(rows.all())


_TOLD_AT = case(
    (
        Submission.hits > 1,
        func.coalesce(
            select(func.max(Event.at))
            .where(Event.submission_id == Submission.id, Event.type == COMPLETED)
            .correlate(Submission)
            .scalar_subquery(),
            Submission.received_at,
        ),
    ),
    else_=Submission.received_at,
)


@dataclass(frozen=True, slots=True)
class LaterWrite:
    """Fields of a record that a run wrote, and when its submission was received or last completed."""

    ref: Ref
    fields: frozenset[str]
    told_at: datetime


def later_writes(
    session: Session, connection_id: int, refs: Iterable[Ref], told_at: datetime
) -> list[LaterWrite]:
    """What runs of submissions received or completed after ``told_at`` wrote to these records."""
    rows = session.execute(
        select(JournalStep.kind, JournalStep.record_id, JournalStep.key, Run, _TOLD_AT)
        .join(Run, Run.id == JournalStep.run_id)
        .join(Submission, Submission.id == Run.submission_id)
        .where(
            JournalStep.record_id.in_({ref.id for ref in refs}),
            JournalStep.state == StepState.DONE,
            Run.connection_id == connection_id,
            told_at < _TOLD_AT,
        )
    )
    found = []
    for kind, record_id, key, run, at in rows:
        step = load(run.plan).step(key) if run.plan else None
        if step is not None and record_id is not None:
            found.append(LaterWrite(Ref(Kind(kind), record_id), frozenset(step.fields), at))
    return found


def newer_than(told_at: datetime, writes: Iterable[LaterWrite]) -> dict[Ref, frozenset[str]]:
    """The fields that what was told at ``told_at`` comes too late for."""
    newer: dict[Ref, frozenset[str]] = {}
    for write in writes:
        if write.told_at > told_at:
            newer[write.ref] = newer.get(write.ref, frozenset()) | write.fields
    return newer
