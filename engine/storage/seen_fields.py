"""Which fields a form's submissions really had, whatever was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.models import Submission

LATEST = 200
LOOKED_AT = 20
"""Submissions that show which fields a form has."""
MOST_ANSWERS = 30


@dataclass(frozen=True, slots=True)
class SeenField:
    """A field by its name. ``count`` is in how many of the latest submissions it was, ``answers``
    what they had there, each once, the latest first."""

    count: int
    last_at: datetime
    answers: tuple[str, ...] = ()


def seen_fields(session: Session, form_id: int) -> Mapping[str, SeenField]:
    """The fields of the form's latest submissions, by name, the latest first."""
    rows = session.execute(
        select(Submission.answers, Submission.received_at)
        .where(Submission.form_id == form_id)
        .order_by(Submission.id.desc())
        .limit(LATEST)
    )
    seen: dict[str, SeenField] = {}
    for answers, received_at in rows:
        for name, answer in answers.get("field", {}).items():
            known = seen.get(name)  # from a later submission
            seen[name] = SeenField(
                count=known.count + 1 if known else 1,
                last_at=known.last_at if known else received_at,
                answers=_together(known.answers if known else (), answer),
            )
    return seen


def latest_answers(session: Session, form_id: int) -> Sequence[Mapping[str, Any]]:
    """What the form's latest submissions answered, the latest first."""
    rows = session.scalars(
        select(Submission.answers)
        .where(Submission.form_id == form_id)
        .order_by(Submission.id.desc())
        .limit(LOOKED_AT)
    )
    return [answers.get("field", {}) for answers in rows]


def _together(known: tuple[str, ...], answer: Any) -> tuple[str, ...]:
    new = [text for text in (answer if isinstance(answer, list) else [answer]) if str(text).strip()]
    return tuple(dict.fromkeys([*known, *map(str, new)]))[:MOST_ANSWERS]
