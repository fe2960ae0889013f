"""People who sign in to the studio, and their roles."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.storage.base import Plain
from engine.storage.database import SETTINGS, alone
from engine.storage.model_people import Person, Role
from engine.storage.web_sessions import end_sessions_of

# Argon2id as OWASP's password storage cheat sheet has it: 19 MiB, two rounds, one thread.
ARGON2_MEMORY_KIB = 19 * 1024
ARGON2_ROUNDS = 2
NORMAL_FORM: Final = "NFKD"  # of passwords, both when they are set and when they are checked

ROLES: Mapping[str, str] = {
    "owner": "May do everything, and make other owners.",
    "administrator": "Connects CRMs, manages people, and all that a marketer may.",
    "marketer": "Edits forms and modules, and tries runs again.",
    "viewer": "Sees everything, changes nothing.",
}


def person_by_email(session: Session, email: str) -> Person | None:
    kept = func.lower(Person.email, type_=Plain())
    return session.scalars(select(Person).where(kept == email.strip().lower())).first()


def all_people(session: Session) -> Sequence[Person]:
    return session.scalars(select(Person).order_by(Person.email)).all()


def create_person(
    session: Session, email: str, password: str, *, role: str, name: str = ""
) -> Person:
    """Let somebody sign in. Raises KeyError for an unknown role."""
    alone(session, SETTINGS)
    person = Person(
        email=email.strip().lower(),
        name=name,
        password=password_hash(password),
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
    person.password = password_hash(password)
    end_sessions_of(session, person.id, but=here)


def set_role(session: Session, person: Person, role: str) -> None:
    """Let the person do what ``role`` allows, once they sign in anew. Raises KeyError."""
    person.roles = [_role(session, role)]
    end_sessions_of(session, person.id)


def set_active(session: Session, person: Person, active: bool) -> None:
    """Let the person sign in, or not any more."""
    person.active = active
    end_sessions_of(session, person.id)


def password_hash(password: str) -> str:
    hasher = PasswordHasher(time_cost=ARGON2_ROUNDS, memory_cost=ARGON2_MEMORY_KIB, parallelism=1)
    return hasher.hash(unicodedata.normalize(NORMAL_FORM, password))


def _role(session: Session, name: str) -> Role:
    description = ROLES[name]
    role = session.scalars(select(Role).where(Role.name == name)).first()
    if role is None:
        role = Role(name=name, description=description)
        session.add(role)
    return role
