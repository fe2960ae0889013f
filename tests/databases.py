"""Databases for tests: SQLite files, or a PostgreSQL of our own when FORMWIRE_TEST_POSTGRES is set.

Each test gets a copy of a blank database with all tables, since migrations take a while.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import make_url

from engine.storage.database import upgrade
from engine.storage.tables import TABLES

WITH_POSTGRES = bool(os.environ.get("FORMWIRE_TEST_POSTGRES"))
BLANK = "blank"


class Databases(Protocol):
    """Makes databases that have all tables and no rows."""

    def fresh(self, folder: Path) -> str:
        """The URL of a new one, for a Formwire whose data folder is ``folder``."""

    def give_back(self, url: str) -> None:
        """Say that the one at ``url`` is not needed any more."""

    def take_away(self, url: str) -> None:
        """Let it answer nobody any more."""

    def close(self) -> None:
        """Leave nothing running."""


class SqliteFiles:
    """A file in each data folder, where Formwire keeps it by itself."""

    def __init__(self, folder: Path) -> None:
        self._blank = folder / "blank.db"
        upgrade(f"sqlite:///{self._blank}")

    def fresh(self, folder: Path) -> str:
        path = folder / "formwire.db"
        shutil.copy(self._blank, path)
        return f"sqlite:///{path}"

    def give_back(self, url: str) -> None:
        """It goes with its folder."""

    def take_away(self, url: str) -> None:
        path = Path(make_url(url).database or "")
        path.unlink()
        path.mkdir()

    def close(self) -> None:
        """Files of a temporary folder go with it."""


class Postgres:
    """A private cluster on a socket, of Debian's PostgreSQL. It is fast, and forgets all at a power cut."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="formwire-pg-"))
        self._user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._folder, self._user)
        self._unused: list[str] = []
        self._away: set[str] = set()
        self._names = (f"formwire{number}" for number in count(1))
        data = self._folder / "data"
        self._run("initdb", "--pgdata", data, "--username=formwire", "--auth=trust", "--no-sync")
        self.start()
        self.execute(f"CREATE DATABASE {BLANK}")
        upgrade(self.url(BLANK))
        ((self._version,),) = self.execute("SELECT version_num FROM alembic_version", BLANK)

    def start(self) -> None:
        options = (
            f"-k {self._folder} -c listen_addresses= -c fsync=off -c full_page_writes=off "
            "-c max_connections=300 -c shared_buffers=64MB"
        )
        data, log = self._folder / "data", self._folder / "log"
        self._run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", log, "--options", options)

    def stop(self, mode: str = "immediate") -> None:
        data = self._folder / "data"
        self._run("pg_ctl", "stop", "--wait", "--pgdata", data, "--mode", mode)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://formwire@/{name}?host={self._folder}"

    def fresh(self, folder: Path) -> str:
        if self._unused:
            return self._unused.pop()
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {BLANK}")
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Empty it for the next one: that is much quicker than another copy."""
        name = _name(url)
        if name in self._away:
            return
        names = [table.name for table in reversed(TABLES.sorted_tables)]
        self.execute(";".join(f'DELETE FROM "{table}"' for table in names), name)
        self.execute(f"UPDATE alembic_version SET version_num = '{self._version}'", name)
        self._unused.append(self.url(name))

    def take_away(self, url: str) -> None:
        name = _name(url)
        self._away.add(name)
        self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def execute(self, statement: str, name: str = "postgres") -> psycopg.Cursor[Any]:
        where = f"postgresql://formwire@/{name}?host={self._folder}"
        with psycopg.connect(where, autocommit=True) as connection:
            return connection.execute(statement.encode())

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [_binary(program), *map(str, arguments)],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )


def _name(url: str) -> str:
    """The database of a URL, however that is written."""
    return make_url(url).database or ""


def _binary(name: str) -> Path:
    """The newest PostgreSQL's program: Debian keeps them off the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (installed[-1] if installed else None)
    if found is None:
        raise LookupError("there is no PostgreSQL here: apt-get install postgresql")
    return Path(found)
