"""Submissions as a table with a column for each answer, in slices: however many, few are in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import joinedload, selectinload

from engine.storage.database import Database
from engine.storage.models import Run, Submission
from engine.storage.submissions import Wanted, matching

SLICE = 500
MOST_COLUMNS = 500
"""Answers beyond it share the last column: each visitor may invent names."""


_TOLD_ANYWAY = ("form", "submission")  # parts that say what every row says by itself


def columns_of(database: Database, wanted: Wanted) -> list[str]:
    """The names of all answers as macros name them, the latest submission's first."""
    names: dict[str, None] = {}
    for row in _rows(database, wanted, select(Submission.answers)):
        for name in flat(row[0]):
            if len(names) < MOST_COLUMNS:
                names.setdefault(name)
    return list(names)


def flat(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers by their whole names, such as ``field.email`` and ``utm.source``."""
    found: dict[str, Any] = {}
    for part, values in answers.items():
        if part in _TOLD_ANYWAY:
            continue
        if isinstance(values, dict):
            found |= {f"{part}.{name}": value for name, value in values.items()}
        else:
            found[part] = values
    return found


def exported(database: Database, wanted: Wanted) -> Iterator[Submission]:
    """Each submission with its form and runs, the latest first."""
    options = (joinedload(Submission.form), selectinload(Submission.runs).joinedload(Run.module))
    for row in _rows(database, wanted, select(Submission).options(*options)):
        yield row[0]


def _rows(database: Database, wanted: Wanted, query: Select[Any]) -> Iterator[Row[Any]]:
    """Every slice is a transaction of its own, so that a slow reader holds nothing up."""
    query = query.add_columns(Submission.id.label("row_id"))
    asked = wanted.values()
    query = query.where(*matching(asked, wanted.standing))
    query = query.order_by(Submission.id.desc()).limit(SLICE)
    rest = query
    while True:
        with database.read() as session:
            rows = session.execute(rest, asked).all()
        yield from rows
        if len(rows) < SLICE:
            return
        rest = query.where(Submission.id < rows[-1].row_id)
