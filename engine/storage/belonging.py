"""To which form, module and connection runs belong, as their keys say."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, select

from engine.storage.models import Connection, Form, Module, Run

Key = str | BindParameter[str]


def belonging(
    form: Key | None, module: Key | None, connection: Key | None
) -> Iterator[ColumnElement[bool]]:
    """What a query of runs asks for, to have those of these keys. Modules of several forms may share one."""
    if form is not None or module is not None:
        modules = select(Module.id)
        if form is not None:
            modules = modules.where(Module.form_id == form_called(form))
        if module is not None:
            modules = modules.where(Module.key == module)
        yield Run.module_id.in_(modules)
    if connection is not None:
        called = select(Connection.id).where(Connection.key == connection)
        yield Run.connection_id == called.scalar_subquery()


def form_called(key: Key) -> ScalarSelect[int]:
    return select(Form.id).where(Form.key == key).scalar_subquery()
