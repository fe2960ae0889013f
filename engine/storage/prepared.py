"""Statements that SQLAlchemy puts together once: from then on the driver gets their text and values.

Even from its cache SQLAlchemy takes several times as long for a statement as SQLite does to carry it
out, and a website waits for a dozen of them. So this is for what each post asks, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, Delete, Dialect, Engine, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler

Row: TypeAlias = tuple[Any, ...]
Values: TypeAlias = Mapping[str, Any]


class Prepared:
    """A statement with named values, which its columns' types make fit for the database.

    What it returns comes as the driver gives it, so let it be numbers, texts and bytes. In what it
    inserts, columns that get no value have their defaults.
    """

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._drafts: dict[tuple[str, ...], _Draft] = {}

    def rows(self, connection: Connection, values: Values) -> Sequence[Row]:
        """All that it returns. Raises what SQLAlchemy does, as do the others."""
        draft = self._draft(connection.dialect, values)
        try:
            return draft.rows(connection.connection, values)
        except draft.errors as error:
            raise draft.told(error, connection) from error

    def row(self, connection: Connection, values: Values) -> Row | None:
        """The first that it returns."""
        return next(iter(self.rows(connection, values)), None)

    def run(self, connection: Connection, *many: Values) -> None:
        """Have it done with each of these, which are alike; it returns nothing."""
        draft = self._draft(connection.dialect, many[0])
        try:
            draft.run(connection.connection, many)
        except draft.errors as error:
            raise draft.told(error, connection) from error

    def seen(self, engine: Engine, values: Values) -> Row | None:
        """The first row, as it stands at this moment: for who needs no transaction around it."""
        draft = self._draft(engine.dialect, values)
        try:
            with closing(engine.raw_connection()) as connection:
                return next(iter(draft.rows(connection, values)), None)
        except draft.errors as error:
            raise draft.told(error) from error

    def _draft(self, dialect: Dialect, values: Values) -> _Draft:
        key = (dialect.name, *values)
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = _Draft.of(self._statement, dialect, list(values))
        return draft


@dataclass(frozen=True, slots=True)
class _Draft:
    """The statement as one kind of database takes it.

    ``names`` are its values in the order of its text; None where they go by name. ``makers`` make
    defaults, one for each row.
    """

    dialect: Dialect
    text: str
    names: Sequence[str] | None
    fixed: Values
    makers: Sequence[tuple[str, Callable[[Any], Any]]]
    processors: Sequence[tuple[str, Callable[[Any], Any]]]

    @classmethod
    def of(cls, statement: Any, dialect: Dialect, given: list[str]) -> _Draft:
        columns = given if statement.is_insert else None
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        assert isinstance(compiled, SQLCompiler)
        defaults: dict[str, Any] = {each.key: each.default for each in compiled.insert_prefetch}
        scalars = {name: each.arg for name, each in defaults.items() if each.is_scalar}
        makers = [(name, each.arg) for name, each in defaults.items() if each.is_callable]
        processors, fixed = [], scalars
        for name, bind in compiled.binds.items():
            if process := bind.type.dialect_impl(dialect).bind_processor(dialect):
                processors.append((name, process))
            if not bind.required and name not in defaults:
                fixed[name] = bind.effective_value
        return cls(dialect, str(compiled), compiled.positiontup, fixed, makers, processors)

    def given(self, values: Values) -> Any:
        """What the driver gets for ``values``."""
        all = {**self.fixed, **values}
        for name, make in self.makers:
            all[name] = make(None)
        for name, process in self.processors:
            all[name] = process(all[name])
        return all if self.names is None else [all[name] for name in self.names]

    @property
    def errors(self) -> type[Exception]:
        """The driver's."""
        errors: type[Exception] = self.dialect.loaded_dbapi.Error
        return errors

    def rows(self, connection: PoolProxiedConnection, values: Values) -> Sequence[Row]:
        cursor = connection.cursor()
        try:
            cursor.execute(self.text, self.given(values))
            return cursor.fetchall()
        finally:
            cursor.close()

    def run(self, connection: PoolProxiedConnection, many: Sequence[Values]) -> None:
        cursor = connection.cursor()
        try:
            cursor.executemany(self.text, [self.given(values) for values in many])
        finally:
            cursor.close()

    def told(self, error: Exception, connection: Connection | None = None) -> BaseException:
        """SQLAlchemy's error for the driver's. A connection that is lost is not used again."""
        lost = False
        if connection is not None:
            used = connection.connection.dbapi_connection
            lost = self.dialect.is_disconnect(error, used, None)  # type: ignore[arg-type]
            if lost:
                connection.invalidate(error)
        return DBAPIError.instance(
            self.text,
            None,  # a visitor's values stand in no error
            error,
            self.errors,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self.dialect,
        )
