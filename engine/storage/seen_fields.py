"""Which fields a form's submissions really had, whatever was declared."""

from __future__ import annotations

from collections import Counter
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
    counts: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    kept: dict[str, dict[str, None]] = {}
    for answers, received_at in rows:
        fields = answers.get("field", {})
        counts.update(fields.keys())
        for name, answer in fields.items():
            if name not in last:
                last[name], kept[name] = received_at, {}
            if len(kept[name]) < MOST_ANSWERS:
                _add(kept[name], answer)
    return {
        name: SeenField(counts[name], at, tuple(kept[name])[:MOST_ANSWERS])
        for name, at in last.items()
    }


def latest_answers(session: Session, form_id: int) -> Sequence[Mapping[str, Any]]:
    """What the form's latest submissions answered, the latest first."""
    rows = session.scalars(
        select(Submission.answers)
        .where(Submission.form_id == form_id)
        .order_by(Submission.id.desc())
        .limit(LOOKED_AT)
    )
    return [answers.get("field", {}) for answers in rows]


def _add(kept: dict[str, None], answer: Any) -> None:
    for text in map(str, answer if isinstance(answer, list) else [answer]):
        if text.strip():
            kept.setdefault(text)
