"""What many tests fill their databases with is made once, and copied for all others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.tables import TABLES

Fill = Callable[[Instance], None]
Rows = dict[Table, list[dict[str, Any]]]
"""What stands in the tables that have any; what others point at comes first."""


def made_once(fill: Fill) -> Fill:
    """``fill``, which does its work on the first database and copies the rows to all others.

    Every moment among them is as long ago as if it all happened anew. Where one of its tables has
    rows already, it is done the long way; and on PostgreSQL, which counts ids apart from the rows.
    """
    made: dict[str, tuple[datetime, Rows]] = {}  # by the key that secrets are kept with

    @wraps(fill)
    def filled(instance: Instance) -> None:
        database, key = instance.database, instance.settings.secret_key
        if database.writer.dialect.name != "sqlite":
            fill(instance)
        elif key not in made:
            before = _rows(instance)
            fill(instance)
            at, after = now(), _rows(instance)
            if all(after[table] == rows for table, rows in before.items()):
                made[key] = at, {t: rows for t, rows in after.items() if t not in before}
        else:
            at, rows = made[key]
            with database.write() as session:
                copied = not _any_in(session, rows)
                if copied:
                    _insert(session, rows, now() - at)
            if not copied:
                fill(instance)

    return filled


def _rows(instance: Instance) -> Rows:
    with instance.database.read() as session:
        found = {
            table: [dict(row) for row in session.execute(select(table)).mappings()]
            for table in TABLES.sorted_tables
        }
    return {table: rows for table, rows in found.items() if rows}


def _any_in(session: Session, tables: Rows) -> bool:
    one_of_each = " UNION ALL ".join(f'SELECT 1 FROM "{table.name}"' for table in tables)
    return session.scalar(text(f"{one_of_each} LIMIT 1")) is not None


def _insert(session: Session, rows: Rows, later: timedelta) -> None:
    def moved(value: object) -> object:
        return value + later if isinstance(value, datetime) else value

    for table, originals in rows.items():
        copies = [{name: moved(value) for name, value in row.items()} for row in originals]
        session.execute(table.insert(), copies)
