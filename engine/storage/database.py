"""Opening the database: SQLite by default, PostgreSQL at scale.

On SQLite every transaction that may write begins IMMEDIATE, since a deferred one that turns into a
writer fails at once with "database is locked" under load. So writers are alone there, and what they
read stays true until they commit. On PostgreSQL they run side by side, READ COMMITTED: who reads
and then writes what it read locks the row, or is `alone`. Readers have an engine of their own that
refuses to write.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import (
    CTE,
    URL,
    Connection,
    Engine,
    Executable,
    Select,
    create_engine,
    event,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from engine.storage.base import now
from engine.storage.turns import WAIT_S, Result, Together, Turn

SAFE_SQLITE = (3, 51, 3)
MIGRATIONS = Path(__file__).with_name("migrations")
INSIST_S = 30.0  # within a lease
_INSIST_EVERY_S = 0.5
_BUSY_MS = round(WAIT_S * 1000)

DATABASE_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""The database is away, full, locked, read-only or restarting: what was asked did not happen."""

# A host that vanishes with a transaction open holds its row locks until the server gives it up:
# that, too, must fit into a lease.
_POSTGRES_SESSION: Mapping[str, str] = {
    "default_transaction_isolation": "read committed",
    "statement_timeout": "30s",
    "lock_timeout": f"{_BUSY_MS}ms",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
# The same for us, when it is the server that vanishes. Seconds, but the last: milliseconds.
_POSTGRES_CLIENT: Mapping[str, str] = {
    "application_name": "formwire",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
# A commit that is not on disk when it is answered would be a false yes. What is stricter stays.
_HONEST_COMMITS = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""


class Database:
    """The two engines of one database: ``writer`` for all that may change, ``reader`` for the rest."""

    _turn: Turn | None = None  # where writers are alone
    _together: Together | None = None

    def __init__(self, url: str) -> None:
        self.url = url
        self.writer = _engine(url, reads_only=False)
        self.reader = _engine(url, reads_only=True)
        if self.writer.dialect.name == "sqlite":
            self._turn, self._together = Turn(), Together(self.write)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end. Keep it short: never across a network call."""
        with (
            self._turn.taken() if self._turn else nullcontext(),
            Session(self.writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def write_together(self, act: Callable[[Session], Result]) -> Result:
        """What ``act`` returns, once what it wrote is committed.

        It shares its transaction with others that wait for SQLite's lock; nothing of theirs can undo
        it. It may be called twice, when nothing is left of the first time, so let it do nothing but
        write, and be short. Raises its error, or the commit's.
        """
        if self._together:
            return self._together.write(act)
        with self.write() as session:
            return act(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    def insist(self, write: Callable[[Session], None], *, for_s: float = INSIST_S) -> None:
        """Run ``write`` in a transaction, and again while the database is away, for so many seconds.

        Only for what must not be forgotten: a call's outcome. Raises the last error.
        """
        end = time.monotonic() + for_s
        while True:
            try:
                with self.write() as session:
                    write(session)
            except DATABASE_AWAY:
                if time.monotonic() > end:
                    raise
                time.sleep(_INSIST_EVERY_S)
            else:
                return

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def rows_of(
    session: Session, statement: Executable, asked: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """What ``statement`` finds, as rows of columns: for less than by a session, which looks for objects."""
    return session.connection().execute(statement, asked).all()


def give_pages_back(database: Database) -> None:
    """Have what was deleted leave the disk: on SQLite the log of changes still holds it."""
    if database.writer.dialect.name == "sqlite":
        connection = database.writer.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def database_now(session: Session) -> datetime:
    """The clock of the database's host, by which leases are judged."""
    if session.get_bind().dialect.name == "sqlite":
        return now()
    return session.scalars(select(func.clock_timestamp())).one()


def apart(rows: Select[*tuple[Any, ...]]) -> CTE:
    """``rows`` as a table that is found before anything is asked of it.

    SQLite would else walk the whole table in the order of what is grouped by, rather than find the
    latest rows by their time.
    """
    return rows.cte().prefix_with("MATERIALIZED")


SETTINGS = "settings"
"""What people set up: forms, modules, connections and the people themselves."""


def alone(session: Session, what: str) -> None:
    """Let nobody else who is to be alone with ``what`` go on before this transaction ends.

    For what has no row yet that could be locked. On SQLite whoever may write is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def alone_to_upgrade(connection: Connection) -> None:
    """Let hosts that start together upgrade one after another, however long it takes.

    The wait for a table stays bounded: whoever waits for one makes all others wait behind it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("upgrade", 0))))
        connection.execute(text(f"SET LOCAL lock_timeout = {_BUSY_MS}"))


def upgrade(url: str) -> None:
    """Bring the database's tables to this version of Formwire, making them at first."""
    from alembic import command, config  # here, since few processes ever need it

    ours = config.Config()
    ours.set_main_option("script_location", str(MIGRATIONS))
    ours.attributes["url"] = url
    command.upgrade(ours, "head")


def _engine(url: str, *, reads_only: bool) -> Engine:
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return _sqlite_engine(where, reads_only=reads_only)
    return _postgres_engine(where, reads_only=reads_only)


def _postgres_engine(url: URL, *, reads_only: bool) -> Engine:
    asked = {name: value for name, value in _POSTGRES_CLIENT.items() if name not in url.query}
    engine = create_engine(
        url,
        connect_args=asked,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
    )
    settings = {
        **_POSTGRES_SESSION,
        "default_transaction_read_only": "on" if reads_only else "off",
    }

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_HONEST_COMMITS)
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()  # else a rollback would take the settings back

    return engine


def _sqlite_engine(url: URL, *, reads_only: bool) -> Engine:
    engine = create_engine(
        url,
        module=_sqlite(),
        connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False},
        pool_size=20,
        max_overflow=20,
        hide_parameters=True,  # a failed statement is logged; visitors' values are not
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        # secure_delete: what is erased is overwritten
        pragmas = "journal_mode=WAL synchronous=FULL foreign_keys=ON mmap_size=0 secure_delete=ON"
        for pragma in [*pragmas.split(), f"query_only={'ON' if reads_only else 'OFF'}"]:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if reads_only:
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_alone(connection)

    return engine


def _begin_alone(connection: Connection) -> None:
    """Take SQLite's one write lock, asking for it every millisecond.

    Left to itself SQLite sleeps longer and longer, up to 100 ms, and so finds it taken again and again
    while another process has much to write.
    """
    driver: Any = connection.connection.dbapi_connection
    taken = connection.dialect.loaded_dbapi.OperationalError
    end = time.monotonic() + _BUSY_MS / 1000
    driver.execute("PRAGMA busy_timeout=1")
    try:
        while time.monotonic() < end:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except taken as error:
                if "locked" not in str(error):
                    break
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises SQLAlchemy's error for the driver's
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")


def _sqlite() -> ModuleType:
    """The newest SQLite at hand. Releases before 3.51.3 can corrupt a WAL file that is being reset."""
    try:
        import pysqlite3 as sqlite
    except ImportError:  # no wheel for this platform
        import sqlite3 as sqlite
    if sqlite.sqlite_version_info < SAFE_SQLITE:
        logging.getLogger(__name__).warning(
            "SQLite %s is older than 3.51.3 and may lose data; use PostgreSQL in production",
            sqlite.sqlite_version,
        )
    module: ModuleType = sqlite
    return module
