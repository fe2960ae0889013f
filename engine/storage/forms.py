"""Forms and their modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from engine.deciding.documents import Document
from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.storage.database import SETTINGS, alone
from engine.storage.models import Connection, Form, Module, Revision


class NoSuchThing(LookupError):
    """A document names a form or connection that is not there."""


class Named(NamedTuple):
    """As much of a form or connection as names it."""

    key: str
    name: str


def named(thing: Form | Connection | None) -> Named | None:
    return Named(thing.key, thing.name) if thing else None


def document_of(config: Document) -> dict[str, Any]:
    """``config`` as it is stored and written: without what it leaves to the defaults."""
    return config.model_dump(mode="json", exclude_defaults=True)


def form_by_key(session: Session, key: str) -> Form | None:
    return session.scalars(_BY_KEY, {"key": key}).first()


_BY_KEY = select(Form).where(Form.key == bindparam("key"))


def all_forms(session: Session) -> Sequence[Form]:
    return session.scalars(select(Form).order_by(Form.id)).all()


def first_form(session: Session) -> Named | None:
    """The first of all forms by name; None when there are no forms yet."""
    row = session.execute(_FIRST).first()
    return Named(*row) if row else None


_FIRST = select(Form.key, Form.name).order_by(Form.name, Form.id).limit(1)


def save_form(session: Session, config: FormConfig) -> Form:
    """Create or change the form that ``config`` describes."""
    alone(session, SETTINGS)
    form = form_by_key(session, config.form)
    if form is None:
        form = Form(key=config.form)
        session.add(form)
    form.name = config.name
    form.enabled = config.enabled
    form.config = document_of(config)
    session.flush()
    return form


def form_config(form: Form) -> FormConfig:
    return FormConfig.model_validate(form.config)


def module_by_key(session: Session, form_key: str, module_key: str) -> Module | None:
    return session.scalars(
        select(Module).join(Form).where(Form.key == form_key, Module.key == module_key)
    ).first()


def named_connection(session: Session, config: ModuleConfig) -> Connection:
    """The connection that ``config`` is for. Raises NoSuchThing."""
    found = session.scalars(select(Connection).where(Connection.key == config.connection)).first()
    if found is None:
        raise NoSuchThing(f"there is no connection {config.connection!r}")
    return found


def save_module(
    session: Session, config: ModuleConfig, *, author: str = "", comment: str = ""
) -> Module:
    """Create or change the module that ``config`` describes; a changed document is a new revision.

    Raises NoSuchThing when its form or connection is not there.
    """
    alone(session, SETTINGS)
    form = form_by_key(session, config.form)
    if form is None:
        raise NoSuchThing(f"there is no form {config.form!r}")
    connection = named_connection(session, config)
    module = module_by_key(session, config.form, config.module)
    if module is None:
        module = Module(form_id=form.id, key=config.module)
        session.add(module)
    module.name = config.name or config.module
    module.enabled = config.active.enabled
    module.connection_id = connection.id
    session.flush()
    _save_revision(
        session, module, Revision(document=document_of(config), author=author, comment=comment)
    )
    return module


def live_revision(session: Session, module_id: int) -> Revision:
    """The revision that new submissions run through: the newest."""
    return session.scalars(_LIVE, {"module_id": module_id}).one()


_LIVE = (
    select(Revision)
    .where(Revision.module_id == bindparam("module_id"))
    .order_by(Revision.number.desc())
    .limit(1)
)


def enabled_modules(session: Session, form_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module)
        .where(Module.form_id == form_id, Module.enabled)
        .options(joinedload(Module.connection))
        .order_by(Module.id)
    ).all()


def _save_revision(session: Session, module: Module, revision: Revision) -> None:
    newest = session.scalars(
        select(Revision)
        .where(Revision.module_id == module.id)
        .order_by(Revision.number.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.document == revision.document:
        return
    revision.module_id, revision.number = module.id, newest.number + 1 if newest else 1
    session.add(revision)
    session.flush()
