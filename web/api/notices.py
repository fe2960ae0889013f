"""Notices: what a person should know or do."""

from __future__ import annotations

from datetime import datetime

from engine.deciding.documents import Document, Key
from engine.storage.notice_pages import NoticeRow, notices_with_links
from engine.storage.notices import clear_notices, standing_count
from engine.storage.tokens import Scope
from web.acting import note
from web.api.operations import Operation, Told
from web.api.reading import PublicId
from web.database import db


class NoticeDetail(Document):
    """Something a person should know or do, and what it is about.

    Equal ones are one with a ``count``; its ``submission`` is the latest.
    """

    message: str
    remedy: str
    count: int
    first_at: datetime
    last_at: datetime
    form: Key | None
    connection: Key | None
    submission: PublicId | None


class NoticeList(Document):
    """Every notice not yet cleared, the latest first."""

    items: tuple[NoticeDetail, ...]


class Cleared(Document):
    """How many notices were put away."""

    cleared: int


def list_notices() -> Told:
    """List the notices that stand."""
    return NoticeList(items=tuple(map(_notice, notices_with_links(db.session()))))


def clear_all_notices() -> Told:
    """Put away every notice that stands."""
    session = db.session()
    count = standing_count(session)
    clear_notices(session)
    note("clear", "notices", "", count=count)
    session.commit()
    return Cleared(cleared=count)


def _notice(row: NoticeRow) -> NoticeDetail:
    return NoticeDetail(
        message=row.notice.message,
        remedy=row.notice.remedy,
        count=row.notice.count,
        first_at=row.notice.first_at,
        last_at=row.notice.last_at,
        form=row.form.key if row.form else None,
        connection=row.connection.key if row.connection else None,
        submission=row.submission.public_id if row.submission else None,
    )


OPERATIONS = (
    Operation("GET", "/notices", list_notices, Scope.NOTICES_READ, NoticeList),
    Operation("POST", "/notices/clear", clear_all_notices, Scope.NOTICES_WRITE, Cleared),
)
