"""The request's database session, by Flask-SQLAlchemy over `engine.storage.database`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine

from engine.storage.database import Database

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestSession(Session):
    """Reads with an engine that cannot write while the request's method is a safe one."""

    def get_bind(self, *args: Any, **options: Any) -> Engine | Connection:
        if has_request_context() and (request.method in SAFE_METHODS or "looking_only" in g):
            return self._db.engines["reader"]
        return super().get_bind(*args, **options)


class RequestDatabase(SQLAlchemy):
    """Flask-SQLAlchemy with the engines that the rest of Formwire uses."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        database: Database = app.extensions["database"]
        return database.reader if bind_key == "reader" else database.writer


db = RequestDatabase(session_options={"class_": RequestSession, "expire_on_commit": False})


@contextmanager
def looking_only() -> Iterator[None]:
    """Have the request's session read with the engine that cannot write, whatever its method.

    Else a mere look would take SQLite's write lock and keep it until the request's end.
    """
    g.looking_only = True
    try:
        yield
    finally:
        del g.looking_only


def init_database(app: Flask, url: str) -> Database:
    """Give ``app`` its database; ``db.session`` is the request's session from here on."""
    database = Database(url)
    app.extensions["database"] = database
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_BINDS"] = {"reader": url}
    db.init_app(app)
    return database
