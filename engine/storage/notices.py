"""Notices: what a person should know or do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.database import alone, rows_of
from engine.storage.models import Notice


def give_notice(
    session: Session,
    cause: str,
    message: str,
    *,
    remedy: str = "",
    form_id: int | None = None,
    connection_id: int | None = None,
    submission_id: int | None = None,
) -> None:
    """Tell people ``message``. While an equal ``cause`` stands uncleared it is counted, not repeated."""
    alone(session, "notices")
    standing = session.scalars(
        select(Notice).where(Notice.cause == cause, Notice.cleared_at.is_(None)).limit(1)
    ).first()
    if standing:
        standing.count += 1
        standing.last_at = now()
        standing.message = message
        standing.submission_id = submission_id or standing.submission_id
        return
    session.add(
        Notice(
            cause=cause,
            message=message,
            remedy=remedy,
            form_id=form_id,
            connection_id=connection_id,
            submission_id=submission_id,
        )
    )


def change_notice(session: Session, cause: str, message: str, *, over: bool = False) -> None:
    """Bring the notice of ``cause`` up to date while it stands; it counts no more than before.

    ``over``: nothing is left to be done about it.
    """
    values = {"message": message, "last_at": now()} | ({"remedy": ""} if over else {})
    session.execute(
        update(Notice).where(Notice.cause == cause, Notice.cleared_at.is_(None)).values(values)
    )


def was_given(session: Session, cause: str) -> bool:
    """Whether people were ever told of ``cause``, be the notice put away or not."""
    return session.scalar(select(Notice.id).where(Notice.cause == cause).limit(1)) is not None


# Every page asks for it, so it is put together once.
_STANDING_COUNT = select(func.count(Notice.id)).where(Notice.cleared_at.is_(None))


def standing_count(session: Session) -> int:
    (row,) = rows_of(session, _STANDING_COUNT)
    return int(row[0])


def clear_notices(session: Session, *, until: datetime | None = None) -> None:
    """Put away every standing notice; with ``until`` only those that nothing was added to since."""
    standing = update(Notice).where(Notice.cleared_at.is_(None))
    if until is not None:
        standing = standing.where(Notice.last_at <= until)
    session.execute(standing.values(cleared_at=now()))
