"""The identity map: people and companies that a connection already knows.

It spares searches, and search indexes that lag behind writes cannot make us create anybody twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.model_memories import KnownRecord


def known_records(session: Session, connection_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Identity (`engine.deciding.planning.key_name`) to record id, for those of ``keys`` we know."""
    rows = session.execute(
        select(KnownRecord.key, KnownRecord.record_id).where(
            KnownRecord.connection_id == connection_id, KnownRecord.key.in_(list(keys))
        )
    )
    return dict(rows.all())


def remember(session: Session, connection_id: int, records: Mapping[str, str]) -> None:
    """Note or correct which record bears each identity."""
    chosen = select(KnownRecord).where(
        KnownRecord.connection_id == connection_id, KnownRecord.key.in_(list(records))
    )
    there = {row.key: row for row in session.scalars(chosen)} if records else {}
    for key, record_id in records.items():
        row = there.get(key) or KnownRecord(connection_id=connection_id, key=key)
        row.record_id, row.verified_at = record_id, now()
        session.add(row)


def forget(session: Session, connection_id: int, keys: Iterable[str]) -> None:
    """Drop identities whose record is gone, merged or somebody else's now."""
    if gone := list(keys):
        session.execute(
            delete(KnownRecord).where(
                KnownRecord.connection_id == connection_id, KnownRecord.key.in_(gone)
            )
        )
