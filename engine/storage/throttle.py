"""What holds a connection's calls back: the CRM's wish to wait, the breaker, the pace."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from engine.storage.models import Connection


class Throttle(NamedTuple):
    """See the columns of Connection."""

    not_before: datetime | None
    failures: int
    breaker_until: datetime | None


def throttle_of(session: Session, connection_id: int, *, to_change: bool = False) -> Throttle:
    wanted = select(Connection.not_before, Connection.failures, Connection.breaker_until).where(
        Connection.id == connection_id
    )
    row = session.execute(wanted.with_for_update(key_share=True) if to_change else wanted).one()
    return Throttle(*row)


def set_breaker(
    session: Session, connection_id: int, failures: int, until: datetime | None
) -> None:
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id)
        .values(failures=failures, breaker_until=until)
    )


def set_pace(session: Session, connection_id: int, pace: int) -> None:
    session.execute(update(Connection).where(Connection.id == connection_id).values(pace=pace))


def may_call(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """That a connection is held back by nothing."""
    until = (Connection.not_before, Connection.breaker_until)
    return and_(*(or_(column.is_(None), column <= at) for column in until))
