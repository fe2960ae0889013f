"""Runs as an operator chooses them: by id, or by what is true of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from engine.storage.models import Form, Module, Run, Submission


@dataclass(frozen=True, slots=True)
class Choice:
    """What must be true of each run; nothing said is nothing asked. ``since``: received then or later."""

    ids: Collection[str] = ()
    states: Collection[str] = ()
    form: str | None = None
    since: datetime | None = None


def chosen_runs(session: Session, choice: Choice, *, limit: int | None = None) -> Sequence[Run]:
    """The runs with what they belong to, the newest first."""
    wanted = (
        select(Run)
        .join(Run.submission)
        .options(
            contains_eager(Run.submission),
            joinedload(Run.module).joinedload(Module.form),
            joinedload(Run.revision),
        )
        .order_by(Run.id.desc())
        .limit(limit)
    )
    if choice.ids:
        wanted = wanted.where(Run.public_id.in_(choice.ids))
    if choice.states:
        wanted = wanted.where(Run.state.in_(choice.states))
    if choice.form is not None:
        wanted = wanted.where(Submission.form.has(Form.key == choice.form))
    if choice.since is not None:
        wanted = wanted.where(Submission.received_at >= choice.since)
    return session.scalars(wanted).all()
