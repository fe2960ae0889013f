"""Connections as people watch them: state, last call, and what waits for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer

from engine.storage.models import UNFINISHED, Call, Connection, Module, Run


@dataclass(frozen=True, slots=True)
class Health:
    """How one connection is. ``waiting`` counts its unfinished runs, ``modules`` who uses it."""

    connection: Connection
    last_call: Call | None
    waiting: int
    modules: int


def health_of_connections(session: Session) -> list[Health]:
    """Every connection with its health, by name; their catalogs are left where they are."""
    connections = session.scalars(
        select(Connection).options(defer(Connection.catalog)).order_by(Connection.name)
    ).all()
    return _health_of(session, connections)


def health_of(session: Session, connection: Connection) -> Health:
    return _health_of(session, [connection])[0]


def _health_of(session: Session, connections: Sequence[Connection]) -> list[Health]:
    ids = [connection.id for connection in connections]
    newest = select(func.max(Call.id)).where(Call.connection_id == Connection.id)
    each = select(newest.correlate(Connection).scalar_subquery()).where(Connection.id.in_(ids))
    last = select(Call).where(Call.id.in_(each))
    calls = {call.connection_id: call for call in session.scalars(last)}
    waiting = _count_by_connection(
        session, select(Run.connection_id).where(Run.state.in_(UNFINISHED))
    )
    modules = _count_by_connection(session, select(Module.connection_id))
    return [Health(one, calls.get(one.id), waiting[one.id], modules[one.id]) for one in connections]


def _count_by_connection(session: Session, rows: Select[int]) -> Counter[int]:
    """How many of ``rows``, which are connections' ids, each connection has."""
    found = rows.subquery()
    (id,) = found.c
    counted = session.execute(select(id, func.count()).group_by(id))
    return Counter(dict(counted.all()))


def modules_using(session: Session, connection_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module).where(Module.connection_id == connection_id).order_by(Module.id)
    ).all()
