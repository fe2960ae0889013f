"""Connections as people watch them: state, last call, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, joinedload, load_only

from engine.storage.base import constants
from engine.storage.model_calls import Call
from engine.storage.models import (
    UNFINISHED,
    Connection,
    Module,
    Run,
)


@dataclass(frozen=True, slots=True)
class Health:
    """How one connection is. ``waiting`` counts its unfinished runs, ``modules`` who uses it."""

    connection: Connection
    last_call: Call | None
    waiting: int
    modules: int


def health_of_connections(session: Session) -> list[Health]:
    """Every connection with its health, by name; of both there is as much as lists tell."""
    return [Health(*row) for row in session.execute(_HEALTH_OF_ALL)]


def health_of(session: Session, connection: Connection) -> Health:
    return Health(*session.execute(_HEALTH.where(Connection.id == connection.id)).one())


def _of_connection(asked: Select[int]) -> ScalarSelect[int]:
    """What is asked of each connection beside it."""
    return asked.correlate(Connection).scalar_subquery()


_HEALTH = select(
    Connection,
    Call,
    _of_connection(
        select(func.count()).where(
            Run.connection_id == Connection.id, Run.state.in_(constants(UNFINISHED))
        )
    ),
    _of_connection(select(func.count()).where(Module.connection_id == Connection.id)),
).outerjoin(
    Call,
    Call.id == _of_connection(select(func.max(Call.id)).where(Call.connection_id == Connection.id)),
)
_HEALTH_OF_ALL = _HEALTH.options(
    load_only(
        Connection.key,
        Connection.name,
        Connection.connector,
        Connection.state,
        Connection.reason,
        Connection.account,
        Connection.catalog_at,
        Connection.not_before,
        Connection.failures,
        Connection.breaker_until,
    ),
    load_only(Call.started_at, Call.status, Call.error, Call.ms),
).order_by(Connection.name)


def modules_using(session: Session, connection_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module)
        .where(Module.connection_id == connection_id)
        .options(joinedload(Module.form))
        .order_by(Module.id)
    ).all()
