"""What every session with PostgreSQL is told, whatever the server is set to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError

from engine.storage.database import Database, alone
from tests.databases import WITH_POSTGRES, Databases, Postgres

pytestmark = pytest.mark.skipif(not WITH_POSTGRES, reason="SQLite has no server to be set")


@pytest.fixture
def postgres(databases: Databases) -> Postgres:
    assert isinstance(databases, Postgres)
    return databases


@pytest.fixture
def careless(postgres: Postgres) -> Iterator[Postgres]:
    """A server that says yes before it is true, and whose transactions may clash."""
    settings = {"synchronous_commit": "off", "default_transaction_isolation": "serializable"}
    for name, value in settings.items():
        postgres.execute(f"ALTER ROLE formwire SET {name} = '{value}'")
    yield postgres
    postgres.execute("ALTER ROLE formwire RESET ALL")


def shown(database: Database, name: str) -> str:
    with database.write() as session:
        return str(session.scalar(text(f"SHOW {name}")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("synchronous_commit", "on"),
        ("transaction_isolation", "read committed"),
        ("statement_timeout", "30s"),
        ("lock_timeout", "15s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("application_name", "formwire"),
    ],
)
def test_a_careless_server_is_told_better(
    careless: Postgres, database: Database, name: str, value: str
) -> None:
    assert shown(database, name) == value


def test_what_is_stricter_stays(careless: Postgres, database: Database) -> None:
    careless.execute("ALTER ROLE formwire SET synchronous_commit = 'remote_apply'")
    assert shown(database, "synchronous_commit") == "remote_apply"


def test_what_an_operator_put_into_the_address_counts(database: Database) -> None:
    named = Database(f"{database.url}&application_name=left")
    assert shown(named, "application_name") == "left"
    named.close()


def test_the_reader_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises(InternalError, match="read-only"):
        session.execute(text("DELETE FROM notice"))


def test_nobody_waits_for_ever_to_be_alone(database: Database) -> None:
    with database.write() as session, database.write() as other:
        alone(session, "settings")
        alone(other, "something else")
        other.execute(text("SET LOCAL lock_timeout = '10ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            alone(other, "settings")
        other.rollback()


def test_hosts_that_start_together_upgrade_one_after_the_other(postgres: Postgres) -> None:
    postgres.execute("CREATE DATABASE virgin")
    upgrade = f"from engine.storage.database import upgrade; upgrade({postgres.url('virgin')!r})"
    both = [subprocess.Popen([sys.executable, "-c", upgrade]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
