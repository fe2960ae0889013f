"""The keys of what people set up, for choosing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.models import Connection, Form, Module


def form_keys(session: Session) -> Sequence[str]:
    return session.scalars(_FORMS).all()


def module_keys(session: Session) -> Sequence[str]:
    """Modules of different forms may share one."""
    return session.scalars(_MODULES).all()


def connection_keys(session: Session) -> Sequence[str]:
    return session.scalars(_CONNECTIONS).all()


_FORMS = select(Form.key).order_by(Form.key)
_MODULES = select(Module.key).distinct().order_by(Module.key)
_CONNECTIONS = select(Connection.key).order_by(Connection.key)
