"""Submissions as CSV (RFC 4180) that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from engine.storage.database import Database
from engine.storage.models import Submission
from engine.storage.submissions import Wanted
from engine.storage.submissions_export import columns_of, exported, flat

BOM = "\ufeff"
_FIXED = ("submission", "number", "form", "received_at", "state", "reason", "runs")
_OTHERS = "other answers"
# What begins a formula in Excel, LibreOffice or Google Sheets, also after a line break and in the
# wide letters of East Asian keyboards.
_BEGINS_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")


def submissions_csv(database: Database, wanted: Wanted, *, bom: bool = False) -> Iterator[str]:
    """The table in pieces, its head first. ``bom`` lets Excel see that it is UTF-8."""
    columns = columns_of(database, wanted)
    yield (BOM if bom else "") + _line([*_FIXED, *columns, _OTHERS])
    for submission in exported(database, wanted):
        yield _line(_cells(submission, columns))


def safe_cell(value: Any) -> str:
    """``value`` as a text that spreadsheets show and never calculate."""
    match value:
        case None:
            text = ""
        case str():
            text = value
        case datetime():
            text = value.isoformat(timespec="seconds")
        case list() if all(isinstance(item, str) for item in value):
            text = ", ".join(value)
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text


def _cells(submission: Submission, columns: list[str]) -> list[Any]:
    answers = flat(submission.answers)
    told = [answers.pop(name, None) for name in columns]
    runs = ", ".join(f"{run.module.key}: {run.state}" for run in submission.runs)
    return [
        submission.public_id,
        submission.number,
        submission.form.key,
        submission.received_at,
        submission.state,
        submission.reason,
        runs,
        *told,
        answers or None,
    ]


def _line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(map(safe_cell, cells))
    return line.getvalue()
