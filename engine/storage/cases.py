"""Saved cases: submissions with the plan that a person approved of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from engine.storage.base import now
from engine.storage.model_cases import SavedCase
from engine.storage.models import Submission


def cases_of(session: Session, module_id: int) -> Sequence[SavedCase]:
    """The module's cases, by name."""
    return session.scalars(
        select(SavedCase)
        .where(SavedCase.module_id == module_id)
        .options(joinedload(SavedCase.submission).joinedload(Submission.form))
        .order_by(SavedCase.name)
    ).all()


def save_case(
    session: Session,
    *,
    module_id: int,
    submission_id: int,
    name: str,
    seen: list[Any],
    expected: str,
) -> SavedCase:
    """Keep a case; one of the same name is replaced."""
    remove_case(session, module_id, name)
    case = SavedCase(
        module_id=module_id,
        submission_id=submission_id,
        name=name,
        seen=seen,
        expected=expected,
        created_at=now(),
    )
    session.add(case)
    session.flush()
    return case


def expect(session: Session, module_id: int, name: str, expected: str) -> None:
    """Let the case expect another plan of what the CRM had said."""
    session.execute(
        update(SavedCase)
        .where(SavedCase.module_id == module_id, SavedCase.name == name)
        .values(expected=expected)
    )


def remove_case(session: Session, module_id: int, name: str) -> bool:
    """Whether there was one."""
    gone = session.execute(
        delete(SavedCase)
        .where(SavedCase.module_id == module_id, SavedCase.name == name)
        .returning(SavedCase.id)
    ).all()
    return bool(gone)
