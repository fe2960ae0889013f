"""Notices as people read them: each with what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from engine.storage.models import Connection, Form, Notice, Submission


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A standing notice and, where it names them, the form, connection and latest submission."""

    notice: Notice
    form: Form | None
    connection: Connection | None
    submission: Submission | None


def notices_with_links(session: Session, *, most: int | None = None) -> Sequence[NoticeRow]:
    """Notices not yet cleared, the latest first, with as much of what they are about as names it."""
    rows = session.execute(_STANDING if most is None else _STANDING.limit(most))
    return [NoticeRow(*row) for row in rows]


_STANDING = (
    select(Notice, Form, Connection, Submission)
    .outerjoin(Form, Form.id == Notice.form_id)
    .outerjoin(Connection, Connection.id == Notice.connection_id)
    .outerjoin(Submission, Submission.id == Notice.submission_id)
    .where(Notice.cleared_at.is_(None))
    .options(
        load_only(Form.key, Form.name),
        load_only(Connection.key, Connection.name),
        load_only(Submission.public_id, Submission.number),
    )
    .order_by(Notice.last_at.desc(), Notice.id.desc())
)
