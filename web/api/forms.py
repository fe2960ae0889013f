"""Forms, and the fields they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engine.deciding.documents import Document, Key
from engine.deciding.form import FormConfig, FormField
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.models import Form
from engine.storage.seen_fields import SeenField, seen_fields
from engine.storage.tokens import Scope
from web.acting import note
from web.api.finding import found
from web.api.operations import Operation, Told
from web.database import db


class FormSummary(Document):
    """A form. ``submissions`` counts all it ever got; ``modules`` are the keys of its modules."""

    form: Key
    name: str
    enabled: bool
    submissions: int
    modules: tuple[Key, ...]
    created_at: datetime


class FormDetail(FormSummary):
    """A form with its document."""

    config: FormConfig


class FormList(Document):
    """Every form, by name."""

    items: tuple[FormSummary, ...]


class FieldDetail(Document):
    """A field of a form.

    ``aliases`` are further names of it. ``seen`` says in how many of the latest 200 submissions it was, and ``last_seen_at`` when last.
    One that is not ``declared`` was only ever seen; its ``label`` is what was asked, else its name.
    """

    key: str
    label: str
    type: str
    required: bool
    options: tuple[str, ...]
    aliases: tuple[str, ...]
    sample: str
    declared: bool
    seen: int
    last_seen_at: datetime | None


class FieldList(Document):
    """Every field of a form: those declared, in their order, then those only seen."""

    items: tuple[FieldDetail, ...]


def list_forms() -> Told:
    """List the forms."""
    forms = db.session.scalars(
        select(Form).options(selectinload(Form.modules)).order_by(Form.name, Form.id)
    )
    return FormList(items=tuple(FormSummary(**_summary(form)) for form in forms))


def get_form(form: str) -> Told:
    """Get a form with its document."""
    return _detail(found(form_by_key(db.session(), form), "form", form))


def put_form(form: str, body: FormConfig) -> Told:
    """Create a form, or replace its document.

    A form with `"enabled": false` takes no submissions.
    """
    session = db.session()
    is_new = form_by_key(session, form) is None
    saved = save_form(session, body)
    detail = _detail(saved)
    note("save", "form", form)
    session.commit()
    return detail, 201 if is_new else 200


def list_fields(form: str) -> Told:
    """List a form's fields, declared or seen in submissions."""
    session = db.session()
    row = found(form_by_key(session, form), "form", form)
    return FieldList(items=tuple(_fields(form_config(row), seen_fields(session, row.id))))


def _summary(form: Form) -> dict[str, Any]:
    return {
        "form": form.key,
        "name": form.name,
        "enabled": form.enabled,
        "submissions": form.submissions,
        "modules": tuple(module.key for module in form.modules),
        "created_at": form.created_at,
    }


def _detail(form: Form) -> FormDetail:
    return FormDetail(**_summary(form), config=form_config(form))


def _fields(config: FormConfig, seen: Mapping[str, SeenField]) -> Iterator[FieldDetail]:
    for field in config.fields:
        names = (field.key, *field.aliases)
        yield _field(field, next(filter(None, map(seen.get, names)), None), declared=True)
    declared = {field.key for field in config.fields} | config.aliases.keys()
    for name, sight in seen.items():
        if name not in declared:
            field = FormField.model_construct(key=name, label=sight.label or name)
            yield _field(field, sight, declared=False)


def _field(field: FormField, sight: SeenField | None, *, declared: bool) -> FieldDetail:
    return FieldDetail(
        **field.model_dump(),
        declared=declared,
        seen=sight.count if sight else 0,
        last_seen_at=sight.last_at if sight else None,
    )


OPERATIONS = (
    Operation("GET", "/forms", list_forms, Scope.FORMS_READ, FormList),
    Operation("GET", "/forms/{form}", get_form, Scope.FORMS_READ, FormDetail),
    Operation(
        "PUT",
        "/forms/{form}",
        put_form,
        Scope.FORMS_WRITE,
        FormDetail,
        body=FormConfig,
        statuses=(200, 201),
    ),
    Operation("GET", "/forms/{form}/fields", list_fields, Scope.FORMS_READ, FieldList),
)
