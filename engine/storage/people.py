"""People who sign in to the studio, and their roles."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NewType

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from engine.storage.base import Plain
from engine.storage.database import SETTINGS, alone
from engine.storage.model_people import Invitation, Person, Role
from engine.storage.web_sessions import end_sessions_of

# Argon2id as OWASP's password storage cheat sheet has it: 19 MiB, two rounds, one thread.
ARGON2_MEMORY_KIB = 19 * 1024
ARGON2_ROUNDS = 2
NORMAL_FORM: Final = "NFKD"  # of passwords, both when they are set and when they are checked

FEWEST_CHARACTERS = 12
"""Of a password."""

OWNER = "owner"
ROLES: Mapping[str, str] = {
    "owner": "May do everything, and make other owners.",
    "administrator": "Connects CRMs, manages people, and all that a marketer may.",
    "marketer": "Edits forms and modules, and tries runs again.",
    "viewer": "Sees everything, changes nothing.",
}

PasswordHash = NewType("PasswordHash", str)
"""A password as it is kept. To make one takes long: so it is made before a transaction begins."""


class SomebodyIsThere(Exception):
    """The first owner cannot be made: there are people already."""


class EmailTaken(Exception):
    """Somebody signs in with this e-mail already."""


class LastOwner(Exception):
    """Without this person nobody could manage owners any more."""


def anybody(session: Session) -> bool:
    """Whether there are people at all, those who are switched off included."""
    return session.scalars(select(Person.id).limit(1)).first() is not None


def person_by_public_id(session: Session, public_id: str) -> Person | None:
    return session.scalars(select(Person).where(Person.public_id == public_id)).first()


def person_by_email(session: Session, email: str) -> Person | None:
    return session.scalars(select(Person).where(has_email(email))).first()


def has_email(email: str) -> ColumnElement[bool]:
    """That of a person, in capitals or not."""
    return func.lower(Person.email, type_=Plain()) == email.strip().lower()


def language_of(session: Session, email: str) -> str:
    """The code of the language in which whoever has this address reads; "" when nobody knows."""
    person = person_by_email(session, email)
    return person.language if person else ""


def all_people(session: Session) -> Sequence[Person]:
    return session.scalars(select(Person).order_by(Person.email)).all()


def create_person(
    session: Session, email: str, password: str, *, role: str, name: str = ""
) -> Person:
    """Let somebody sign in. Raises EmailTaken, and KeyError for an unknown role."""
    return add_person(session, email, password_hash(password), role=role, name=name)


def create_first_owner(session: Session, email: str, hashed: PasswordHash, name: str) -> Person:
    """Make the owner of a new Formwire. Raises SomebodyIsThere."""
    alone(session, SETTINGS)  # so that of two at once one is the second
    if anybody(session):
        raise SomebodyIsThere
    return add_person(session, email, hashed, role=OWNER, name=name)


def add_person(
    session: Session, email: str, hashed: PasswordHash, *, role: str, name: str = ""
) -> Person:
    """Let somebody sign in. Raises EmailTaken, and KeyError for an unknown role."""
    alone(session, SETTINGS)
    if person_by_email(session, email) is not None:
        raise EmailTaken(email)
    person = Person(
        email=email.strip().lower(),
        name=name,
        password=hashed,
        fs_uniquifier=secrets.token_hex(32),
        roles=[_role(session, role)],
    )
    session.add(person)
    session.flush()
    return person


def set_password(
    session: Session, person: Person, password: str, *, here: str | None = None
) -> None:
    """Change the password. It ends the person's sessions but that with the digest ``here``."""
    set_password_hash(session, person, password_hash(password), here=here)


def set_password_hash(
    session: Session, person: Person, hashed: PasswordHash, *, here: str | None = None
) -> None:
    """As `set_password`, with what was made of the password before."""
    person.password = hashed
    end_sessions_of(session, person.id, but=here)


def set_role(session: Session, person: Person, role: str) -> None:
    """Let the person do what ``role`` allows, once they sign in anew. Raises LastOwner, KeyError."""
    if role != OWNER:
        _keep_an_owner(session, person)
    person.roles = [_role(session, role)]
    _disown(session, person)


def set_active(session: Session, person: Person, active: bool) -> None:
    """Let the person sign in, or not any more. Raises LastOwner."""
    if not active:
        _keep_an_owner(session, person)
    person.active = active
    _disown(session, person)


def has_role(person: Person, role: str) -> bool:
    return any(one.name == role for one in person.roles)


def password_hash(password: str) -> PasswordHash:
    return PasswordHash(_hasher().hash(_normal(password)))


def password_fits(person: Person, password: str) -> bool:
    try:
        return _hasher().verify(person.password or "", _normal(password))
    except VerifyMismatchError:
        return False


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=ARGON2_ROUNDS, memory_cost=ARGON2_MEMORY_KIB, parallelism=1)


def _normal(password: str) -> str:
    return unicodedata.normalize(NORMAL_FORM, password)


def _keep_an_owner(session: Session, person: Person) -> None:
    """Raise LastOwner when ``person`` is the only owner who may sign in."""
    alone(session, SETTINGS)  # two owners may demote each other at once
    if not has_role(person, OWNER):
        return
    other = select(Person.id).where(
        Person.active, Person.id != person.id, Person.roles.any(Role.name == OWNER)
    )
    if session.scalars(other.limit(1)).first() is None:
        raise LastOwner(person.email)


def _disown(session: Session, person: Person) -> None:
    """End what the person began with the rights of before: sessions and open invitations."""
    end_sessions_of(session, person.id)
    session.execute(delete(Invitation).where(Invitation.author_id == person.id))


def _role(session: Session, name: str) -> Role:
    description = ROLES[name]
    role = session.scalars(select(Role).where(Role.name == name)).first()
    if role is None:
        role = Role(name=name, description=description)
        session.add(role)
    return role
