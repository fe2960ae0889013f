"""The brake on guessing passwords: failed sign-ins, counted for all web processes together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from engine.storage.database import alone
from engine.storage.model_people import SignInTry


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``tries`` failures within ``span``, of those that have the named things in common."""

    tries: int
    span: timedelta
    same_account: bool = True
    same_address: bool = True


# One address may try one account so often, any account so often; and one account may be tried so
# often from everywhere together: rarely enough to be guessed, too often to be locked out by a
# stranger in passing. Several windows make the wait grow.
WINDOWS = (
    Window(5, timedelta(minutes=1)),
    Window(20, timedelta(hours=1)),
    Window(20, timedelta(minutes=1), same_account=False),
    Window(100, timedelta(hours=1), same_account=False),
    Window(60, timedelta(hours=1), same_address=False),
)
REMEMBERED = max(window.span for window in WINDOWS)


class TooManyTries(Exception):
    """Nobody may try now. ``until`` is when somebody may again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"no sign-in before {until:%H:%M:%S}")
        self.until = until


def begin_try(session: Session, account: str, address: str, at: datetime) -> int:
    """Count a try as failed until `forgive` says otherwise, so that tries side by side all count.

    Answers the try's id. Raises TooManyTries; what is turned away is not counted.
    """
    alone(session, "sign-in")
    digest = _digest(account)
    tries = session.scalars(
        select(SignInTry)
        .where(
            or_(SignInTry.account == digest, SignInTry.address == address),
            SignInTry.at > at - REMEMBERED,
        )
        .order_by(SignInTry.at)
    ).all()
    until = free_at(tries, digest, address, at)
    if until > at:
        raise TooManyTries(until)
    begun = SignInTry(account=digest, address=address, at=at)
    session.add(begun)
    session.flush()
    return begun.id


def free_at(tries: Sequence[SignInTry], account: str, address: str, at: datetime) -> datetime:
    """When the tightest window has room again; ``at`` if it has room now. The oldest try comes first."""
    free = at
    for window in WINDOWS:
        counted = [
            one.at
            for one in tries
            if one.at > at - window.span
            and (one.account == account or not window.same_account)
            and (one.address == address or not window.same_address)
        ]
        if len(counted) >= window.tries:
            free = max(free, counted[-window.tries] + window.span)
    return free


def forgive(session: Session, id: int) -> None:
    """The try succeeded: it counts no more."""
    session.execute(delete(SignInTry).where(SignInTry.id == id))


def sweep_tries(session: Session, at: datetime) -> None:
    """Delete the tries that no window looks at any more."""
    session.execute(delete(SignInTry).where(SignInTry.at <= at - REMEMBERED))


def _digest(account: str) -> str:
    return hashlib.sha256(account.encode(errors="replace")).hexdigest()
