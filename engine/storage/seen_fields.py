"""Which fields a form's submissions really had, whatever was declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deciding.field_finding import Sent
from engine.storage.models import Submission, SubmissionState

LATEST = 200
LOOKED_AT = 20
"""Submissions that show which fields a form has."""
MOST_ANSWERS = 30


@dataclass(frozen=True, slots=True)
class SeenField:
    """A field by its name. ``count`` is in how many of the latest submissions it was, ``answers``
    what they had there, each once, the latest first. ``label`` is what was last asked, "" where
    that is the name itself."""

    count: int
    last_at: datetime
    answers: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One of a form's latest submissions. ``sender`` is a key of the table of senders, or ""."""

    public_id: str
    number: int
    sender: str
    received_at: datetime
    sent: Sent


def seen_fields(session: Session, form_id: int) -> Mapping[str, SeenField]:
    """The fields of the form's latest submissions, by name, the latest first."""
    rows = session.execute(
        select(Submission.answers, Submission.labels, Submission.received_at)
        .where(Submission.form_id == form_id)
        .order_by(Submission.id.desc())
        .limit(LATEST)
    )
    counts: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    kept: dict[str, dict[str, None]] = {}
    asked: dict[str, str] = {}
    for answers, labels, received_at in rows:
        fields = answers.get("field", {})
        counts.update(fields.keys())
        for name, answer in fields.items():
            if name not in last:
                last[name], kept[name] = received_at, {}
            if len(kept[name]) < MOST_ANSWERS:
                _add(kept[name], answer)
            if label := labels.get(name):
                asked.setdefault(name, label)
    return {
        name: SeenField(counts[name], at, tuple(kept[name])[:MOST_ANSWERS], asked.get(name, ""))
        for name, at in last.items()
    }


def latest_arrivals(session: Session, form_id: int) -> Sequence[Arrival]:
    """The form's latest submissions that somebody may still want, the latest first."""
    rows = session.execute(
        select(
            Submission.public_id,
            Submission.number,
            Submission.sender,
            Submission.received_at,
            Submission.answers,
            Submission.labels,
        )
        .where(Submission.form_id == form_id, Submission.state.in_(_WANTED))
        .order_by(Submission.id.desc())
        .limit(LOOKED_AT)
    )
    return [
        Arrival(public_id, number, sender, at, Sent(_plain(answers.get("field", {})), labels))
        for public_id, number, sender, at, answers, labels in rows
    ]


def _plain(answers: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Answers as they are read: what is neither a text nor a list came into the database otherwise."""
    return {
        name: [*map(str, answer)] if isinstance(answer, list) else str(answer or "")
        for name, answer in answers.items()
    }


_WANTED = (SubmissionState.ACCEPTED, SubmissionState.HELD, SubmissionState.PARTIAL)


def _add(kept: dict[str, None], answer: Any) -> None:
    for text in map(str, answer if isinstance(answer, list) else [answer]):
        if text.strip():
            kept.setdefault(text)
