"""Runs as people choose them: by id, or by what is true of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from engine.storage.belonging import belonging
from engine.storage.models import Connection, Form, Module, Run, Submission


@dataclass(frozen=True, slots=True)
class Choice:
    """What must be true of each run; nothing said is nothing asked.

    ``reason`` is any part of the run's. ``since`` and ``until`` are about when its submission was
    received, ``until`` itself not included.
    """

    ids: Collection[str] = ()
    states: Collection[str] = ()
    form: str | None = None
    module: str | None = None
    connection: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def asks_something(self) -> bool:
        return any((self.ids, self.states, self.form, self.module, self.connection)) or any(
            (self.reason, self.since, self.until)
        )


def chosen_runs(session: Session, choice: Choice, *, limit: int | None = None) -> Sequence[Run]:
    """The runs with what they belong to, the newest first."""
    return session.scalars(
        select(Run)
        .where(*conditions(choice))
        .options(
            joinedload(Run.submission).joinedload(Submission.form),
            joinedload(Run.module).joinedload(Module.form),
            joinedload(Run.revision),
            joinedload(Run.connection).defer(Connection.catalog),
        )
        .order_by(Run.id.desc())
        .limit(limit)
    ).all()


class RunLine(NamedTuple):
    """What a list shows of a run; ``number``, ``answers`` and ``received_at`` are its submission's."""

    public_id: str
    state: str
    reason: str
    number: int
    answers: Mapping[str, Any]
    received_at: datetime
    module: str
    form: str


def listed_runs(session: Session, choice: Choice, *, limit: int) -> Sequence[RunLine]:
    """The same runs, with what a list of them shows."""
    # They are chosen before anything is read of them: what a run holds is long.
    chosen = select(Run.id).where(*conditions(choice)).order_by(Run.id.desc()).limit(limit)
    return [RunLine(*row) for row in session.execute(_LINES.where(Run.id.in_(chosen)))]


_LINES = (
    select(
        Run.public_id,
        Run.state,
        Run.reason,
        Submission.number,
        Submission.answers,
        Submission.received_at,
        Module.name,
        Form.name,
    )
    .join(Submission, Submission.id == Run.submission_id)
    .join(Module, Module.id == Run.module_id)
    .join(Form, Form.id == Module.form_id)
    .order_by(Run.id.desc())
)


def count_runs(session: Session, choice: Choice) -> int:
    return session.scalar(select(func.count()).select_from(Run).where(*conditions(choice))) or 0


def conditions(choice: Choice) -> Iterator[Any]:
    """What a query of runs asks for, to have those of ``choice``."""
    if choice.ids:
        yield Run.public_id.in_(choice.ids)
    if choice.states:
        yield Run.state.in_(choice.states)
    yield from belonging(choice.form, choice.module, choice.connection)
    if choice.reason:
        yield Run.reason.icontains(choice.reason, autoescape=True)
    if choice.since is not None:
        yield Run.received_at >= choice.since
    if choice.until is not None:
        yield Run.received_at < choice.until
