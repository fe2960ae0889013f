"""Which connections' catalogs are to be read anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.storage.connections import CATALOG_AGE
from engine.storage.models import Connection, ConnectionState


def connections_to_refresh(session: Session, at: datetime) -> Sequence[Connection]:
    """Connections in use whose catalog has aged, the oldest first.

    One whose catalog was never read waits for its first test or run: its settings may not be done.
    """
    allowed = or_(Connection.not_before.is_(None), Connection.not_before <= at)
    return session.scalars(
        select(Connection)
        .where(
            Connection.state == ConnectionState.OK,
            Connection.catalog_at <= at - CATALOG_AGE,
            allowed,
        )
        .order_by(Connection.catalog_at)
    ).all()
