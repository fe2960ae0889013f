"""Submissions and runs as programs read them: filtered, the newest first, slice by slice.

A slice goes on after a named row, so that what arrives meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.storage.models import Module, Run, Submission
from engine.storage.runs_list import Choice, conditions
from engine.storage.submissions import Wanted, matching

_T = TypeVar("_T", Submission, Run)


class UnknownCursor(LookupError):
    """There is no row to go on after."""


@dataclass(frozen=True, slots=True)
class Slice(Generic[_T]):
    """Some rows of a long list; ``next`` is the public id to go on after, None at the end."""

    rows: Sequence[_T]
    next: str | None


def submissions_slice(
    session: Session, wanted: Wanted, *, limit: int, after: str | None = None
) -> Slice[Submission]:
    """Submissions with their runs. Raises UnknownCursor."""
    asked = wanted.values()
    found = (
        select(Submission)
        .where(*matching(asked, wanted.standing))
        .options(
            joinedload(Submission.form),
            selectinload(Submission.runs).joinedload(Run.module),
            selectinload(Submission.runs).joinedload(Run.connection),
        )
    )
    return _slice(session, Submission, found.params(asked), after, limit)


def runs_slice(
    session: Session, choice: Choice, *, limit: int, after: str | None = None
) -> Slice[Run]:
    """Runs with what they belong to. Raises UnknownCursor."""
    found = (
        select(Run)
        .where(*conditions(choice))
        .options(
            joinedload(Run.submission),
            joinedload(Run.module).joinedload(Module.form),
            joinedload(Run.revision),
            joinedload(Run.connection),
        )
    )
    return _slice(session, Run, found, after, limit)


def _slice(
    session: Session, table: type[_T], wanted: Select[_T], after: str | None, limit: int
) -> Slice[_T]:
    if after is not None:
        last = session.scalars(select(table.id).where(table.public_id == after)).first()
        if last is None:
            raise UnknownCursor(after)
        wanted = wanted.where(table.id < last)
    rows = session.scalars(wanted.order_by(table.id.desc()).limit(limit + 1)).all()
    return Slice(rows[:limit], rows[limit - 1].public_id if len(rows) > limit else None)
