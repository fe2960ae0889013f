"""Forms as people overlook them: each with what came and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from engine.storage.database import apart
from engine.storage.days import number_of_day
from engine.storage.models import Form, Submission
from engine.storage.submissions import Strip, last_received, strips


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form; its strip is of the time that was asked for, its last submission of all time.

    ``days`` are how many came on each of the days that were asked for.
    """

    form: Form
    strip: Strip
    last_at: datetime | None
    days: Sequence[int] = ()

    @property
    def modules_on(self) -> int:
        return sum(module.enabled for module in self.form.modules)


def form_rows(
    session: Session, days: Sequence[datetime], *, named: str = "", on: bool | None = None
) -> Sequence[FormRow]:
    """Forms by name, with their strips since the first of ``days`` (when each begins, in order).

    Only those with ``named`` in their name or key, and of one state if ``on`` says which.
    """
    wanted = select(Form).options(selectinload(Form.modules)).order_by(Form.name, Form.id)
    if named:
        wanted = wanted.where(
            Form.name.icontains(named, autoescape=True) | Form.key.icontains(named, autoescape=True)
        )
    if on is not None:
        wanted = wanted.where(Form.enabled == on)
    forms = session.scalars(wanted).all()
    by_form, last = strips(session, days[0]), last_received(session)
    counts = _by_day(session, days)
    return [
        FormRow(
            form,
            by_form.get(form.id, Strip()),
            last.get(form.id),
            [counts.get((form.id, number), 0) for number in range(len(days))],
        )
        for form in forms
    ]


def _by_day(session: Session, days: Sequence[datetime]) -> dict[tuple[int, int], int]:
    """How many submissions came, by form id and the number of the day."""
    day = number_of_day(days).label("day")
    came = apart(select(Submission.form_id, day).where(Submission.received_at >= days[0]))
    rows = session.execute(
        select(came.c.form_id, came.c.day, func.count()).group_by(came.c.form_id, came.c.day)
    )
    return {(form_id, number): count for form_id, number, count in rows}
