"""Forms as people overlook them: each with what came and where it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, selectinload

from engine.storage.database import apart
from engine.storage.days import named_days, number_of_day
from engine.storage.models import Form, Module, Submission
from engine.storage.submissions import Page, Strip, last_received, strips

FORMS_PER_PAGE = 20


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
    session: Session,
    days: Sequence[datetime],
    *,
    named: str = "",
    on: bool | None = None,
    number: int = 1,
) -> Page[FormRow]:
    """Forms by name, with their strips since the first of ``days`` (when each begins, in order).

    Only those with ``named`` in their name or key, and of one state if ``on`` says which. A number
    past the end gives the last page.
    """
    wanted = select(Form)
    if named:
        wanted = wanted.where(
            Form.name.icontains(named, autoescape=True) | Form.key.icontains(named, autoescape=True)
        )
    if on is not None:
        wanted = wanted.where(Form.enabled == on)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = min(number, max(1, -(-total // FORMS_PER_PAGE)))
    forms = session.scalars(
        wanted.options(selectinload(Form.modules).load_only(Module.form_id, Module.enabled))
        .order_by(Form.name, Form.id)
        .limit(FORMS_PER_PAGE)
        .offset((number - 1) * FORMS_PER_PAGE)
    ).all()
    ids = [form.id for form in forms]
    by_form, last = strips(session, days[0], ids), last_received(session, ids)
    counts = _by_day(session, days, ids)
    rows = [
        FormRow(
            form,
            by_form.get(form.id, Strip()),
            last.get(form.id),
            [counts.get((form.id, day), 0) for day in range(len(days))],
        )
        for form in forms
    ]
    return Page(rows, number, total, FORMS_PER_PAGE)


def forms_by_name(session: Session, *, number: int = 1) -> Page[Form]:
    """Forms alone, in order of their names. A number past the end gives the last page."""
    total = session.scalar(select(func.count(Form.id))) or 0
    number = min(number, max(1, -(-total // FORMS_PER_PAGE)))
    forms = (
        select(Form)
        .order_by(Form.name, Form.id)
        .limit(FORMS_PER_PAGE)
        .offset((number - 1) * FORMS_PER_PAGE)
    )
    return Page(session.scalars(forms).all(), number, total, FORMS_PER_PAGE)


def _by_day(
    session: Session, days: Sequence[datetime], form_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    """How many submissions came, by form id and the number of the day."""
    rows = session.execute(_came(len(days)), {**named_days(days), "forms": form_ids})
    return {(form_id, number): count for form_id, number, count in rows}


@lru_cache(maxsize=8)
def _came(count: int) -> Select[*tuple[Any, ...]]:
    came = apart(
        select(Submission.form_id, number_of_day(Submission.received_at, count).label("day")).where(
            Submission.received_at >= bindparam("day_0"),
            Submission.form_id.in_(bindparam("forms", expanding=True)),
        )
    )
    return select(came.c.form_id, came.c.day, func.count()).group_by(came.c.form_id, came.c.day)
