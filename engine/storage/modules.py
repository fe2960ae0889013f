"""Modules as people look them up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from engine.storage.models import Connection, Form, Module, Revision


def module_with_form(session: Session, form_key: str, module_key: str) -> Module | None:
    return session.scalars(_WITH_FORM, {"form": form_key, "module": module_key}).first()


# Every page of a module asks for it, so it is put together once.
_WITH_FORM = (
    select(Module)
    .join(Form)
    .where(Form.key == bindparam("form"), Module.key == bindparam("module"))
    .options(joinedload(Module.form), joinedload(Module.connection), joinedload(Module.draft))
)


def modules_of(session: Session, form_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module)
        .where(Module.form_id == form_id)
        .options(joinedload(Module.connection).defer(Connection.catalog))
        .order_by(Module.id)
    ).all()


def modules_for(session: Session, connector: str) -> Sequence[Module]:
    """All modules whose connection is of that connector, by form.

    What their accounts offer is long, and read only when it is asked for.
    """
    return session.scalars(
        select(Module)
        .join(Form)
        .join(Connection)
        .where(Connection.connector == connector)
        .options(
            contains_eager(Module.form).load_only(Form.key, Form.name),
            contains_eager(Module.connection).load_only(Connection.key, Connection.name),
        )
        .order_by(Form.name, Module.id)
    ).all()


def revisions_of(session: Session, module_id: int) -> Sequence[Revision]:
    """Every saved version, the newest first."""
    return session.scalars(
        select(Revision).where(Revision.module_id == module_id).order_by(Revision.number.desc())
    ).all()


def revision_by_number(session: Session, module_id: int, number: int) -> Revision | None:
    return session.scalars(
        select(Revision).where(Revision.module_id == module_id, Revision.number == number)
    ).first()
