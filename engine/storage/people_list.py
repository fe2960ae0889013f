"""Everybody, as the people page lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.storage.model_people import Person, WebSession
from engine.storage.people import all_people
from engine.storage.second_step import with_second_step
from engine.storage.web_sessions import is_live


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person, in how many browsers they are signed in, and whether a code is asked for there."""

    person: Person
    browsers: int
    second_step: bool


def people_rows(session: Session, at: datetime) -> Sequence[PersonRow]:
    """Those who may sign in come first."""
    people = sorted(all_people(session), key=lambda person: not person.active)
    counted = (
        select(WebSession.person_id, func.count()).where(is_live(at)).group_by(WebSession.person_id)
    )
    browsers = {row[0]: row[1] for row in session.execute(counted)}
    second = with_second_step(session, [person.id for person in people])
    return [PersonRow(person, browsers.get(person.id, 0), person.id in second) for person in people]
