"""Notices as people read them: each with what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from engine.storage.forms import Named
from engine.storage.models import Connection, Form, Notice, Submission


class Numbered(NamedTuple):
    """As much of a submission as names it."""

    public_id: str
    number: int


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A standing notice and, where it names them, the form, connection and latest submission."""

    notice: Notice
    form: Named | None
    connection: Named | None
    submission: Numbered | None


def notices_with_links(session: Session, *, most: int | None = None) -> Sequence[NoticeRow]:
    """Notices not yet cleared, the latest first, with as much of what they are about as names it."""
    rows = session.execute(_STANDING) if most is None else session.execute(_LATEST, {"most": most})
    return [
        NoticeRow(
            notice,
            Named(form_key, form_name) if form_key else None,
            Named(connection_key, connection_name) if connection_key else None,
            Numbered(public_id, number) if public_id else None,
        )
        for notice, form_key, form_name, connection_key, connection_name, public_id, number in rows
    ]


_STANDING = (
    select(
        Notice,
        Form.key,
        Form.name,
        Connection.key,
        Connection.name,
        Submission.public_id,
        Submission.number,
    )
    .outerjoin(Form, Form.id == Notice.form_id)
    .outerjoin(Connection, Connection.id == Notice.connection_id)
    .outerjoin(Submission, Submission.id == Notice.submission_id)
    .where(Notice.cleared_at.is_(None))
    .order_by(Notice.last_at.desc(), Notice.id.desc())
)
_LATEST = _STANDING.limit(bindparam("most", type_=Integer()))
