"""Browsers in which somebody is signed in. Only the digest of what a browser shows is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from engine.storage.base import now
from engine.storage.digests import digest_of
from engine.storage.model_people import Person, WebSession

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
USED_EVERY = timedelta(minutes=1)
"""How exactly a session's last use is known; spares a write with each request."""


def begin_session(
    session: Session, uniquifier: str, content: Mapping[str, Any]
) -> tuple[str, Person]:
    """A new session of the person with Flask-Security's ``uniquifier``.

    Answers what the browser's cookie must hold, which nobody can read again, and the person.
    """
    person = session.scalars(select(Person).where(Person.fs_uniquifier == uniquifier)).one()
    person.last_sign_in_at = now()
    secret = secrets.token_urlsafe(32)
    session.add(WebSession(digest=digest_of(secret), person_id=person.id, content=dict(content)))
    return secret, person


class LiveSession(NamedTuple):
    """A session that somebody may go on with, and who, with their roles."""

    content: dict[str, Any]
    used_at: datetime
    person: Person


def live_session(
    session: Session, secret: str, at: datetime, people: type[Person] = Person
) -> LiveSession | None:
    """The session of the cookie ``secret``, unless it has ended or its person may not sign in.

    ``people`` is what the person is made of: `Person`, or what a website makes of that table.
    """
    limits = {"used_after": at - IDLE, "begun_after": at - ABSOLUTE}
    rows = session.execute(_live(people), {"digest": digest_of(secret)} | limits).unique()
    row = rows.first()
    return LiveSession(*row) if row else None


def keep_session(session: Session, digest: str, content: Mapping[str, Any]) -> None:
    """Store what changed. A session that was ended meanwhile stays ended."""
    session.execute(
        update(WebSession)
        .where(WebSession.digest == digest)
        .values(content=dict(content), used_at=now())
    )


def note_session_use(session: Session, digest: str) -> None:
    session.execute(update(WebSession).where(WebSession.digest == digest).values(used_at=now()))


def sessions_of(session: Session, person_id: int, at: datetime) -> Sequence[WebSession]:
    """The sessions in which a person is signed in, the latest used first."""
    return session.scalars(
        select(WebSession)
        .where(WebSession.person_id == person_id, is_live(at))
        .order_by(WebSession.used_at.desc())
    ).all()


def is_live(at: datetime) -> ColumnElement[bool]:
    """That a session has not ended by itself."""
    return _since(at - IDLE, at - ABSOLUTE)


def _since(used: Any, begun: Any) -> ColumnElement[bool]:
    return and_(WebSession.used_at > used, WebSession.created_at > begun)


@cache  # every page asks for it
def _live(people: type[Person]) -> Select[Any]:
    return (
        select(WebSession.content, WebSession.used_at, people)
        .join(people, people.id == WebSession.person_id)
        .options(joinedload(people.roles))
        .where(
            WebSession.digest == bindparam("digest"),
            _since(bindparam("used_after"), bindparam("begun_after")),
            people.active,
        )
    )


def end_session(session: Session, digest: str) -> None:
    session.execute(delete(WebSession).where(WebSession.digest == digest))


def end_sessions_of(session: Session, person_id: int, *, but: str | None = None) -> None:
    """Sign a person out everywhere, except from the session with the digest ``but``."""
    ended = delete(WebSession).where(WebSession.person_id == person_id)
    session.execute(ended if but is None else ended.where(WebSession.digest != but))


def sweep_sessions(session: Session, at: datetime) -> None:
    """Delete the sessions that have ended by themselves."""
    session.execute(
        delete(WebSession).where(
            or_(WebSession.used_at <= at - IDLE, WebSession.created_at <= at - ABSOLUTE)
        )
    )
