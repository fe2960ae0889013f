"""Forms as people overlook them: each with what came and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from engine.storage.models import Form
from engine.storage.submissions import Strip, last_received, strips


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form; its strip is of the time that was asked for, its last submission of all time."""

    form: Form
    strip: Strip
    last_at: datetime | None

    @property
    def modules_on(self) -> int:
        return sum(module.enabled for module in self.form.modules)


def form_rows(session: Session, since: datetime) -> Sequence[FormRow]:
    """Every form by name, with its strip since ``since``."""
    by_form, last = strips(session, since), last_received(session)
    forms = session.scalars(select(Form).options(selectinload(Form.modules)).order_by(Form.name))
    return [FormRow(form, by_form.get(form.id, Strip()), last.get(form.id)) for form in forms]
