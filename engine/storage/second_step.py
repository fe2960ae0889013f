"""The second step at sign-in: the secret of a person's authenticator app, and recovery codes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine import totp
from engine.storage.digests import digest_of
from engine.storage.model_people import Person, RecoveryCode, SecondStep
from engine.storage.secrets import Vault

RECOVERY_CODES = 10
# 24 of 31 signs are 118 random bits: enough that a plain hash will do (OWASP ASVS 6.5.2).
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 4, 6
_BETWEEN = re.compile(r"[\s-]+")


class Proof(StrEnum):
    """By what somebody showed that they have the second step."""

    APP = "app"
    RECOVERY_CODE = "recovery code"


class AlreadyOn(Exception):
    """The second step is switched on: it must be switched off before it can begin anew."""


def is_on(session: Session, person_id: int) -> bool:
    """Whether the person is asked for a code at sign-in."""
    return bool(with_second_step(session, [person_id]))


def with_second_step(session: Session, person_ids: Collection[int]) -> Collection[int]:
    """Those of the people who are asked for a code at sign-in."""
    wanted = select(SecondStep.person_id).where(
        SecondStep.person_id.in_(person_ids), SecondStep.confirmed_at.is_not(None)
    )
    return set(session.scalars(wanted))


def begin_second_step(session: Session, vault: Vault, person: Person) -> None:
    """Draw the secret that the person's app is to share. Raises AlreadyOn."""
    if is_on(session, person.id):
        raise AlreadyOn
    session.execute(delete(SecondStep).where(SecondStep.person_id == person.id))
    sealed = vault.seal(_owner(person), {"secret": totp.new_secret()})
    session.add(SecondStep(person_id=person.id, secret=sealed))
    session.flush()


def begun_secret(session: Session, vault: Vault, person: Person) -> str | None:
    """The secret that waits to be confirmed. Raises SecretsUnreadable."""
    row = _row(session, person)
    waits = row is not None and row.confirmed_at is None
    return _secret(row, vault, person) if row is not None and waits else None


def confirm_second_step(
    session: Session, vault: Vault, person: Person, code: str, at: datetime
) -> Sequence[str] | None:
    """Switch the second step on and answer its recovery codes; None when ``code`` is not the app's.

    Raises SecretsUnreadable.
    """
    row = _row(session, person)
    if row is None or row.confirmed_at is not None or not _spend(session, vault, person, code, at):
        return None
    session.execute(update(SecondStep).where(SecondStep.id == row.id).values(confirmed_at=at))
    return new_recovery_codes(session, person.id)


def check_second_step(
    session: Session, vault: Vault, person: Person, code: str, at: datetime
) -> Proof | None:
    """By what ``code`` proves the second step, which it can do once; None when it does not.

    Raises SecretsUnreadable.
    """
    if not is_on(session, person.id):
        return None
    code = _BETWEEN.sub("", code).lower()
    if len(code) == _GROUPS * _GROUP:
        return Proof.RECOVERY_CODE if _spend_recovery_code(session, person.id, code) else None
    return Proof.APP if _spend(session, vault, person, code, at) else None


def new_recovery_codes(session: Session, person_id: int) -> Sequence[str]:
    """Fresh recovery codes in place of all others; nobody can read them again."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]
    for code in codes:
        session.add(RecoveryCode(digest=digest_of(_BETWEEN.sub("", code)), person_id=person_id))
    session.flush()
    return codes


def recovery_codes_left(session: Session, person_id: int) -> int:
    wanted = select(func.count()).where(RecoveryCode.person_id == person_id)
    return session.scalars(wanted).one()


def end_second_step(session: Session, person_id: int) -> bool:
    """Ask the person for no code any more; whether they were asked before."""
    was_on = is_on(session, person_id)
    session.execute(delete(SecondStep).where(SecondStep.person_id == person_id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    return was_on


def _row(session: Session, person: Person) -> SecondStep | None:
    return session.scalars(select(SecondStep).where(SecondStep.person_id == person.id)).first()


def _spend(session: Session, vault: Vault, person: Person, code: str, at: datetime) -> bool:
    """Whether the app shows ``code``, and no such code or a later one was taken before."""
    row = _row(session, person)
    step = (
        totp.matching_step(_secret(row, vault, person), _BETWEEN.sub("", code), at) if row else None
    )
    if row is None or step is None:
        return False
    spent = session.scalar(
        update(SecondStep)
        .where(SecondStep.id == row.id, SecondStep.used_step < step)
        .values(used_step=step)
        .returning(SecondStep.id)
    )
    return spent is not None


def _spend_recovery_code(session: Session, person_id: int, code: str) -> bool:
    spent = session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.digest == digest_of(code), RecoveryCode.person_id == person_id)
        .returning(RecoveryCode.person_id)
    )
    return spent is not None


def _secret(row: SecondStep, vault: Vault, person: Person) -> str:
    return vault.open(_owner(person), row.secret)["secret"]


def _owner(person: Person) -> str:
    return f"second step of {person.public_id}"
