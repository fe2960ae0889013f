"""Posts of one filling-in: submissions whose sender gave them one id.

The first has the key that the id makes, later ones of their own have a number behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload, undefer

from engine.storage.models import Run, RunState, Submission

MOST = 20
"""Posts of one filling-in that become submissions of their own."""
_KEY = re.compile(
    r"(?P<filling>(?!header:|nonce:|alike:)[\w-]+:[0-9a-f]{64})(?::(?P<number>\d{1,3}))?"
)


def filling_of(idem_key: str) -> str:
    """The filling-in that a submission with this key belongs to; "" when its sender gave it no id."""
    match = _KEY.fullmatch(idem_key)
    return match["filling"] if match else ""


def numbered(filling: str, number: int) -> str:
    """The key of the submission that came as this one of its filling-in."""
    return f"{filling}:{number}" if number > 1 else filling


def number_of(idem_key: str) -> int:
    """Which of its filling-in's submissions it is; the first one is 1."""
    match = _KEY.fullmatch(idem_key)
    return int(match["number"] or 1) if match else 1


def posts_of(session: Session, form_id: int, filling: str) -> Sequence[Submission]:
    """The submissions of a filling-in with what arrived, the first one first.

    Nobody else changes them before this transaction ends.
    """
    return session.scalars(
        select(Submission)
        .where(_belongs(form_id, filling))
        .options(undefer(Submission.raw))
        .order_by(Submission.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def earlier_runs(session: Session, of: Submission, module_id: int, connection_id: int) -> list[Run]:
    """What the module's runs did for earlier posts of a submission's filling-in, in order."""
    if number_of(of.idem_key) == 1:
        return []
    rows = session.scalars(
        select(Run)
        .join(Submission, Submission.id == Run.submission_id)
        .where(
            _belongs(of.form_id, filling_of(of.idem_key)),
            Submission.id < of.id,
            Run.module_id == module_id,
            Run.connection_id == connection_id,
        )
        .options(selectinload(Run.steps))
        .order_by(Run.id)
    )
    return list(rows)


def later_run(session: Session, run: Run) -> Run | None:
    """A run of the same module for a later post of the filling-in, which goes on from this one."""
    submission = run.submission
    filling = filling_of(submission.idem_key)
    if not filling:
        return None
    return session.scalars(
        select(Run)
        .join(Submission, Submission.id == Run.submission_id)
        .where(
            _belongs(submission.form_id, filling),
            Submission.id > submission.id,
            Run.module_id == run.module_id,
            Run.state.not_in([RunState.DISCARDED, RunState.SKIPPED]),
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).first()


def _belongs(form_id: int, filling: str) -> ColumnElement[bool]:
    """By whole keys: a comparison of beginnings would pass by the index where letters have a locale."""
    keys = [numbered(filling, number) for number in range(1, MOST + 1)]
    return (Submission.form_id == form_id) & Submission.idem_key.in_(keys)
