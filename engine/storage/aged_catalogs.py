"""Which connections' catalogs are to be read anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.connections import CATALOG_AGE
from engine.storage.models import Connection, ConnectionState
from engine.storage.throttle import may_call


def connections_to_refresh(session: Session, at: datetime) -> Sequence[Connection]:
    """Connections in use whose catalog has aged, the oldest first.

    One whose catalog was never read waits for its first test or run: its settings may not be done.
    """
    return session.scalars(
        select(Connection)
        .where(
            Connection.state == ConnectionState.OK,
            Connection.catalog_at <= at - CATALOG_AGE,
            may_call(at),
        )
        .order_by(Connection.catalog_at)
    ).all()
