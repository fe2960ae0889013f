"""Modules as people look them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from engine.storage.database import rows_of
from engine.storage.models import Connection, Form, Module, Revision


def module_with_form(session: Session, form_key: str, module_key: str) -> Module | None:
    return session.scalars(_WITH_FORM, {"form": form_key, "module": module_key}).first()


# Every page of a module asks for it, so it is put together once.
_WITH_FORM = (
    select(Module)
    .join(Form)
    .where(Form.key == bindparam("form"), Module.key == bindparam("module"))
    .options(contains_eager(Module.form), joinedload(Module.connection), joinedload(Module.draft))
)


def modules_of(session: Session, form_id: int) -> Sequence[Module]:
    return session.scalars(_OF_FORM, {"form": form_id}).all()


_OF_FORM = (
    select(Module)
    .where(Module.form_id == bindparam("form"))
    .options(joinedload(Module.connection).defer(Connection.catalog))
    .order_by(Module.id)
)


def beside(session: Session, module: Module) -> list[tuple[str, str]]:
    """Key and name of the other modules of a module's form."""
    rows = rows_of(session, _BESIDE, {"form": module.form_id, "module": module.id})
    return [(key, name) for key, name in rows]


_BESIDE = (
    select(Module.key, Module.name)
    .where(Module.form_id == bindparam("form"), Module.id != bindparam("module"))
    .order_by(Module.id)
)


class Named(NamedTuple):
    """A module as lists of modules name it."""

    form_key: str
    key: str
    form: str
    name: str
    connection: str

    @property
    def path(self) -> str:
        """Such as ``callback/sales``."""
        return f"{self.form_key}/{self.key}"


def modules_for(session: Session, connector: str, *, but: int) -> list[Named]:
    """All modules but one whose connection is of that connector, by form."""
    return [Named(*row) for row in rows_of(session, _NAMED, {"connector": connector, "but": but})]


_NAMED = (
    select(Form.key, Module.key, Form.name, Module.name, Connection.name)
    .select_from(Module)
    .join(Form)
    .join(Connection)
    .where(Connection.connector == bindparam("connector"), Module.id != bindparam("but"))
    .order_by(Form.name, Module.id)
)


def revisions_of(session: Session, module_id: int) -> Sequence[Revision]:
    """Every saved version, the newest first."""
    return session.scalars(
        select(Revision).where(Revision.module_id == module_id).order_by(Revision.number.desc())
    ).all()


def revision_by_number(session: Session, module_id: int, number: int) -> Revision | None:
    return session.scalars(
        select(Revision).where(Revision.module_id == module_id, Revision.number == number)
    ).first()
