"""Connections as people watch them: state, last call, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.storage.models import UNFINISHED, Call, Connection, Module, Run


@dataclass(frozen=True, slots=True)
class Health:
    """How one connection is. ``waiting`` counts its unfinished runs, ``modules`` who uses it."""

    connection: Connection
    last_call: Call | None
    waiting: int
    modules: int


def health_of_connections(session: Session) -> list[Health]:
    """Every connection with its health, by name."""
    connections: Sequence[Connection] = session.scalars(
        select(Connection).order_by(Connection.name)
    ).all()
    return [health_of(session, connection) for connection in connections]


def health_of(session: Session, connection: Connection) -> Health:
    return Health(
        connection=connection,
        last_call=session.scalars(
            select(Call)
            .where(Call.connection_id == connection.id)
            .order_by(Call.id.desc())
            .limit(1)
        ).first(),
        waiting=session.scalar(
            select(func.count(Run.id)).where(
                Run.connection_id == connection.id, Run.state.in_(UNFINISHED)
            )
        )
        or 0,
        modules=session.scalar(
            select(func.count(Module.id)).where(Module.connection_id == connection.id)
        )
        or 0,
    )


def modules_using(session: Session, connection_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module).where(Module.connection_id == connection_id).order_by(Module.id)
    ).all()
