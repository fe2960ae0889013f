"""Notices are put away as far as somebody saw them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine.storage.database import Database
from engine.storage.models import Notice
from engine.storage.notice_pages import notices_with_links
from engine.storage.notices import clear_notices, give_notice


def test_clearing_leaves_what_came_since(database: Database):
    with database.write() as session:
        for cause in ("seen", "seen, and again", "new"):
            give_notice(session, cause, cause)
        session.flush()
        seen = session.scalars(select(Notice).where(Notice.cause == "seen")).one()
        until = seen.last_at
        for notice in session.scalars(select(Notice).where(Notice.cause != "seen")):
            notice.last_at = until + timedelta(seconds=1)
        clear_notices(session, until=until)
        assert {row.notice.cause for row in notices_with_links(session)} == {
            "seen, and again",
            "new",
        }
        clear_notices(session)
        assert notices_with_links(session) == []
