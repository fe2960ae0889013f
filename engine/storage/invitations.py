"""Invitations: by whose link somebody may make themself a person, once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.storage.database import SETTINGS, alone
from engine.storage.digests import digest_of
from engine.storage.model_people import Invitation, Person
from engine.storage.people import (
    ROLES,
    EmailTaken,
    PasswordHash,
    add_person,
    person_by_email,
)

LIFETIME = timedelta(days=3)


class InvitationGone(Exception):
    """It was accepted, withdrawn or replaced, it is too old, or there never was one."""


def invite(
    session: Session, email: str, role: str, author: Person, at: datetime
) -> tuple[Invitation, str]:
    """An invitation, and what its link must hold, which nobody can read again.

    It takes the place of an earlier one of the same e-mail. Raises EmailTaken, and KeyError for an
    unknown role.
    """
    alone(session, SETTINGS)
    email = email.strip().lower()
    if person_by_email(session, email) is not None:
        raise EmailTaken(email)
    _ = ROLES[role]
    session.execute(delete(Invitation).where(Invitation.email == email))
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        role=role,
        digest=digest_of(secret),
        author=author,
        created_at=at,
        expires_at=at + LIFETIME,
    )
    session.add(invitation)
    session.flush()
    return invitation, secret


def open_invitations(session: Session, at: datetime) -> Sequence[Invitation]:
    return session.scalars(
        select(Invitation).where(Invitation.expires_at > at).order_by(Invitation.email)
    ).all()


def invitation_by_secret(session: Session, secret: str, at: datetime) -> Invitation | None:
    return session.scalars(
        select(Invitation).where(Invitation.digest == digest_of(secret), Invitation.expires_at > at)
    ).first()


def invitation_by_public_id(session: Session, public_id: str) -> Invitation | None:
    return session.scalars(select(Invitation).where(Invitation.public_id == public_id)).first()


def withdraw(session: Session, invitation: Invitation) -> None:
    session.delete(invitation)


def accept(session: Session, secret: str, hashed: PasswordHash, name: str, at: datetime) -> Person:
    """Make the invited person. Raises InvitationGone and EmailTaken."""
    alone(session, SETTINGS)
    taken = session.execute(
        delete(Invitation)
        .where(Invitation.digest == digest_of(secret), Invitation.expires_at > at)
        .returning(Invitation.email, Invitation.role)
    ).first()
    if taken is None:
        raise InvitationGone
    return add_person(session, taken.email, hashed, role=taken.role, name=name)


def sweep_invitations(session: Session, at: datetime) -> None:
    """Delete the invitations that are too old."""
    session.execute(delete(Invitation).where(Invitation.expires_at <= at))
