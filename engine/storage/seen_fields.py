"""Which fields a form's submissions really had, whatever was declared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, select
from sqlalchemy.orm import Session

from engine.deciding.field_finding import Sent
from engine.storage.base import constants
from engine.storage.database import rows_of
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


class Recent(NamedTuple):
    """One of a form's latest submissions. ``labels`` are what was asked, by the answer's name."""

    id: int
    public_id: str
    number: int
    received_at: datetime
    answers: dict[str, Any]
    labels: dict[str, str]


def recent(session: Session, form_id: int, count: int = LATEST) -> list[Recent]:
    """The form's latest submissions, the latest first."""
    rows = rows_of(session, _RECENT, {"form": form_id, "most": count})
    return [Recent(*row) for row in _read(rows)]


# So many documents are read as one: reading them one by one would be most of what pages do.
_RECENT = (
    select(
        Submission.id,
        Submission.public_id,
        Submission.number,
        Submission.received_at,
        cast(Submission.answers, Text),
        cast(Submission.labels, Text),
    )
    .where(Submission.form_id == bindparam("form"))
    .order_by(Submission.id.desc())
    .limit(bindparam("most"))
)


def _read(rows: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """``rows``, whose last two columns are documents as text, with what these say."""
    texts = zip(*(row[-2:] for row in rows), strict=True)
    read = [json.loads(f"[{','.join(each)}]") for each in texts]
    return ((*row[:-2], *said) for row, *said in zip(rows, *read, strict=True))


def seen_fields(session: Session, form_id: int) -> Mapping[str, SeenField]:
    """The fields of the form's latest submissions, by name, the latest first."""
    return fields_of(recent(session, form_id))


def fields_of(submissions: Iterable[Recent]) -> Mapping[str, SeenField]:
    """The fields of ``submissions``, the latest of which comes first."""
    last: dict[str, datetime] = {}
    told: dict[str, list[Any]] = {}
    asked: dict[str, str] = {}
    for one in submissions:
        for name, answer in one.answers.get("field", {}).items():
            if name not in told:
                last[name], told[name] = one.received_at, []
            told[name].append(answer)
            if one.labels and (label := one.labels.get(name)):
                asked.setdefault(name, label)
    return {
        name: SeenField(len(answers), last[name], _each_once(answers), asked.get(name, ""))
        for name, answers in told.items()
    }


def latest_arrivals(session: Session, form_id: int) -> Sequence[Arrival]:
    """The form's latest submissions that somebody may still want, the latest first."""
    rows = rows_of(session, _ARRIVALS, {"form": form_id})
    return [
        Arrival(public_id, number, sender, at, Sent(_plain(said.get("field", {})), asked))
        for public_id, number, sender, at, said, asked in _read(rows)
    ]


_WANTED = (SubmissionState.ACCEPTED, SubmissionState.HELD, SubmissionState.PARTIAL)
_ARRIVALS = (
    select(
        Submission.public_id,
        Submission.number,
        Submission.sender,
        Submission.received_at,
        cast(Submission.answers, Text),
        cast(Submission.labels, Text),
    )
    .where(Submission.form_id == bindparam("form"), Submission.state.in_(constants(_WANTED)))
    .order_by(Submission.id.desc())
    .limit(LOOKED_AT)
)


def _plain(answers: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Answers as they are read: what is neither a text nor a list came into the database otherwise."""
    return {
        name: [*map(str, answer)] if isinstance(answer, list) else str(answer or "")
        for name, answer in answers.items()
    }


def _each_once(answers: Iterable[Any]) -> tuple[str, ...]:
    """The first different texts among the answers and lists of answers."""
    texts: dict[str, None] = {}
    for answer in answers:
        for text in answer if isinstance(answer, list) else (answer,):
            texts[str(text)] = None
    return tuple(islice((text for text in texts if text.strip()), MOST_ANSWERS))
