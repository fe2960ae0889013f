"""Forms as people overlook them: each with what came and where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from engine.storage.database import apart, rows_of
from engine.storage.days import named_days, number_of_day
from engine.storage.models import Form, Module, Submission
from engine.storage.submissions import Page, Strip, strips

FORMS_PER_PAGE = 20
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form; its strip is of the time that was asked for, its last submission of all time.

    ``days`` are how many came on each of the days that were asked for; ``modules_on`` is how many
    of its modules are switched on.
    """

    key: str
    name: str
    enabled: bool
    modules: int
    modules_on: int
    last_at: datetime | None
    strip: Strip
    days: Sequence[int]


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
    wanted = list(_wanted(named, on))
    total = session.scalar(_COUNTED.where(*wanted)) or 0
    number = min(number, max(1, -(-total // FORMS_PER_PAGE)))
    page = {"most": FORMS_PER_PAGE, "before": (number - 1) * FORMS_PER_PAGE}
    forms = rows_of(session, _LISTED.where(*wanted), page)
    ids = [id for id, *_ in forms]
    by_form, counts = strips(session, days[0], ids), _by_day(session, days, ids)
    rows = [
        FormRow(
            key,
            name,
            enabled,
            modules,
            modules_on,
            last_at,
            by_form.get(id, Strip()),
            [counts.get((id, day), 0) for day in range(len(days))],
        )
        for id, key, name, enabled, modules, modules_on, last_at in forms
    ]
    return Page(rows, number, total, FORMS_PER_PAGE)


def _wanted(named: str, on: bool | None) -> Iterator[ColumnElement[bool]]:
    if named:
        yield Form.name.icontains(named, autoescape=True) | Form.key.icontains(
            named, autoescape=True
        )
    if on is not None:
        yield Form.enabled == on


def _of_form(asked: Select[_R]) -> ScalarSelect[_R]:
    """What is asked of each form beside it."""
    return asked.correlate(Form).scalar_subquery()


_MODULES = select(func.count()).where(Module.form_id == Form.id)
_COUNTED = select(func.count()).select_from(Form)
_LISTED = (
    select(
        Form.id,
        Form.key,
        Form.name,
        Form.enabled,
        _of_form(_MODULES),
        _of_form(_MODULES.where(Module.enabled)),
        _of_form(select(func.max(Submission.received_at)).where(Submission.form_id == Form.id)),
    )
    .order_by(Form.name, Form.id)
    .limit(bindparam("most", type_=Integer()))
    .offset(bindparam("before", type_=Integer()))
)


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
    rows = rows_of(session, _came(len(days)), {**named_days(days), "forms": form_ids})
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
