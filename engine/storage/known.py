"""The identity map: people and companies that a connection already knows.

It spares searches, and search indexes that lag behind writes cannot make us create anybody twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.model_memories import KnownRecord


def known_records(session: Session, connection_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Identity (`engine.deciding.planning.key_name`) to record id, for those of ``keys`` we know."""
    rows = session.execute(
        select(KnownRecord.key, KnownRecord.record_id).where(_named(connection_id, keys))
    )
    return dict(rows.all())


def remember(session: Session, connection_id: int, records: Mapping[str, str]) -> None:
    """Note or correct which record bears each identity."""
    if not records:
        return
    rows = session.scalars(select(KnownRecord).where(_named(connection_id, records)))
    there = {row.key: row for row in rows}
    for key, record_id in records.items():
        row = there.get(key) or KnownRecord(connection_id=connection_id, key=key)
        row.record_id, row.verified_at = record_id, now()
        session.add(row)


def forget(session: Session, connection_id: int, keys: Collection[str]) -> None:
    """Drop identities whose record is gone, merged or somebody else's now."""
    if keys:
        session.execute(delete(KnownRecord).where(_named(connection_id, keys)))


def _named(connection_id: int, keys: Iterable[str]) -> ColumnElement[bool]:
    return and_(KnownRecord.connection_id == connection_id, KnownRecord.key.in_(list(keys)))
