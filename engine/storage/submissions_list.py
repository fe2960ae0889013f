"""Submissions as lists show them: a line for each, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from engine.storage.database import rows_of
from engine.storage.models import Form, Module, Run, Submission
from engine.storage.submissions import PAGE_SIZE, Page, Standing, Wanted, matching


@dataclass(frozen=True, slots=True)
class ListedRun:
    """``module`` is the name of the one it runs through."""

    public_id: str
    state: str
    module: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows of a submission: it has much else, and some of it is long."""

    runs: Sequence[ListedRun]
    public_id: str
    number: int
    answers: Mapping[str, Any]
    state: str
    hits: int
    received_at: datetime
    form_key: str
    form_name: str


def submissions_page(session: Session, wanted: Wanted, number: int = 1) -> Page[Listed]:
    """The latest submissions first. A number past the end gives the last page."""
    asked = wanted.values()
    counted, listed = _of(tuple(asked), wanted.standing)
    total: int = rows_of(session, counted, asked)[0][0]
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    asked |= {"most": PAGE_SIZE, "before": (number - 1) * PAGE_SIZE}
    return Page(_lines(rows_of(session, listed, asked)), number, total)


def latest_submissions(session: Session, count: int) -> Sequence[Listed]:
    _, listed = _of((), None)
    return _lines(rows_of(session, listed, {"most": count, "before": 0}))


def submissions_by_id(session: Session, ids: Sequence[int]) -> Sequence[Listed]:
    """These submissions, the newest first."""
    return _lines(rows_of(session, _LISTED.where(Submission.id.in_(ids))))


def _lines(rows: Iterable[Any]) -> Sequence[Listed]:
    """``rows`` as `_LISTED` gives them: one for each run, or one without a run."""
    lines = []
    for _, some in groupby(rows, key=lambda row: row[0]):
        of_one = list(some)
        runs = [ListedRun(*row[-_OF_RUN:]) for row in of_one if row[-_OF_RUN] is not None]
        lines.append(Listed(runs, *of_one[0][1:-_OF_RUN]))
    return lines


_OF_RUN = 3  # columns


_LISTED = (
    select(
        Submission.id,
        Submission.public_id,
        Submission.number,
        Submission.answers,
        Submission.state,
        Submission.hits,
        Submission.received_at,
        Form.key,
        Form.name,
        Run.public_id,
        Run.state,
        Module.name,
    )
    .join(Form, Form.id == Submission.form_id)
    .outerjoin(Run, Run.submission_id == Submission.id)
    .outerjoin(Module, Module.id == Run.module_id)
    .order_by(Submission.id.desc(), Run.id)
)


# Many pages ask for these, so they are put together once.
@lru_cache(maxsize=64)
def _of(asked: tuple[str, ...], standing: Standing | None) -> tuple[Select[Any], Select[Any]]:
    """How many are like that; and those of them that are on a page, by number from ``before`` on."""
    wanted = list(matching(asked, standing))
    page = (
        select(Submission.id)
        .where(*wanted)
        .order_by(Submission.id.desc())
        .limit(bindparam("most", type_=Integer()))
        .offset(bindparam("before", type_=Integer()))
    )
    counted = select(func.count()).select_from(Submission).where(*wanted)
    return counted, _LISTED.where(Submission.id.in_(page))
