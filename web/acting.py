"""Who acts in the present request, and noting what they did in the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import g
from flask_security import current_user
from sqlalchemy.orm import Session

from engine.storage.audit import Actor, add_entry
from web.database import db
from web.instance import instance


def actor() -> Actor:
    """The person who is signed in, or the program with its person."""
    if "caller" in g:
        return Actor(g.caller.author, "api")
    return Actor(current_user.email, "studio")


def note(act: str, noun: str, target: str, **details: Any) -> None:
    """Note what is done in this request's transaction: to be called before its commit."""
    add_entry(db.session(), actor(), act, noun, target, details)


@contextmanager
def apart() -> Iterator[Session]:
    """A transaction beside the request's, which ends first: it would hold SQLite's only write lock.

    For what is about people: the request's own session knows them as `StudioPerson`, read-only.
    """
    db.session.commit()
    with instance().database.write() as session:
        yield session


def note_apart(act: str, noun: str, target: str, **details: Any) -> None:
    """Note what was done in a transaction of its own, when the request has none that writes."""
    with instance().database.write() as session:
        add_entry(session, actor(), act, noun, target, details)
