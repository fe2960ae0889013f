"""Modules as people look them up and switch them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.deciding.module import load_module
from engine.storage.forms import live_revision, save_module
from engine.storage.models import Form, Module, Revision


def module_with_form(session: Session, form_key: str, module_key: str) -> Module | None:
    return session.scalars(
        select(Module)
        .join(Form)
        .where(Form.key == form_key, Module.key == module_key)
        .options(joinedload(Module.form), joinedload(Module.connection))
    ).first()


def modules_of(session: Session, form_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module)
        .where(Module.form_id == form_id)
        .options(joinedload(Module.connection))
        .order_by(Module.id)
    ).all()


def revisions_of(session: Session, module_id: int) -> Sequence[Revision]:
    """Every saved version, the newest first."""
    return session.scalars(
        select(Revision).where(Revision.module_id == module_id).order_by(Revision.number.desc())
    ).all()


def switch_module(session: Session, module: Module, *, on: bool, author: str) -> None:
    """Let new submissions run through the module, or not: a revision of its own, so that it shows."""
    config = load_module(live_revision(session, module.id).document)
    active = config.active.model_copy(update={"enabled": on})
    save_module(session, config.model_copy(update={"active": active}), author=author)
