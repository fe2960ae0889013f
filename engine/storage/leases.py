"""The lease of a connection: at most one drain at a time, and none that lost its lease writes again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from engine.storage.database import database_now
from engine.storage.models import Connection

LEASE = timedelta(seconds=60)


class LeaseLost(Exception):
    """Another drain owns the connection now; nothing more may be written on behalf of this one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """``fence`` grows with each lease of a connection; only the newest one's holder may write."""

    connection_id: int
    owner: str
    fence: int


def take_lease(session: Session, connection_id: int, owner: str) -> Lease | None:
    """Take the connection if nobody has it, or whoever had it let it run out."""
    at = database_now(session)
    fence = session.scalar(
        update(Connection)
        .where(
            Connection.id == connection_id,
            or_(Connection.lease_until.is_(None), Connection.lease_until < at),
        )
        .values(lease_owner=owner, lease_until=at + LEASE, fence=Connection.fence + 1)
        .returning(Connection.fence)
    )
    return None if fence is None else Lease(connection_id, owner, fence)


def hold(session: Session, lease: Lease) -> None:
    """Prolong the lease. Every transaction of a drain begins with this. Raises LeaseLost."""
    held = session.scalar(
        update(Connection)
        .where(
            Connection.id == lease.connection_id,
            Connection.fence == lease.fence,
            Connection.lease_owner == lease.owner,
        )
        .values(lease_until=database_now(session) + LEASE)
        .returning(Connection.id)
    )
    if held is None:
        raise LeaseLost(f"connection {lease.connection_id} belongs to another drain now")


def held_leases(session: Session) -> list[Lease]:
    """Every lease that somebody has, or had when they died."""
    rows = session.execute(
        select(Connection.id, Connection.lease_owner, Connection.fence).where(
            Connection.lease_owner.is_not(None)
        )
    )
    return [Lease(id, owner or "", fence) for id, owner, fence in rows]


def release(session: Session, lease: Lease) -> None:
    """Give the connection back; nothing happens when it was lost already."""
    session.execute(
        update(Connection)
        .where(Connection.id == lease.connection_id, Connection.fence == lease.fence)
        .values(lease_owner=None, lease_until=None)
    )
