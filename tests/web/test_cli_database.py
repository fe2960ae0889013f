"""``formwire backup`` and ``formwire restored``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.model_audit import AuditEntry
from engine.storage.models import Run, RunState
from tests.databases import WITH_POSTGRES
from tests.web.studio import world
from web.cli import main


@pytest.fixture
def full(instance: Instance, rings: list[int]) -> Instance:
    world.fill(instance)
    return instance


def formwire(environ: dict[str, str], *arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], env=environ)


@pytest.mark.skipif(WITH_POSTGRES, reason="PostgreSQL has its own ways")
def test_a_backup_is_whole_private_and_never_overwrites(
    environ: dict[str, str], full: Instance, tmp_path: Path
) -> None:
    file = tmp_path / "copy.db"
    assert formwire(environ, "backup", file).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(file)) as copy, full.database.read() as session:
        (copied,) = copy.execute("SELECT count(*) FROM run").fetchone()
        assert copied == len(session.scalars(select(Run)).all())
    again = formwire(environ, "backup", file)
    assert (again.exit_code, again.output) == (2, f"formwire: {file}: File exists\n")


@pytest.mark.skipif(not WITH_POSTGRES, reason="about PostgreSQL")
def test_postgresql_is_backed_up_by_its_own_tools(
    environ: dict[str, str], instance: Instance, tmp_path: Path
) -> None:
    assert "pg_dump" in formwire(environ, "backup", tmp_path / "copy.db").output


def test_after_a_restore_whatever_is_not_over_is_doubted(
    environ: dict[str, str], full: Instance
) -> None:
    over = {RunState.DELIVERED, RunState.SKIPPED, RunState.DISCARDED}
    said = formwire(environ, "restored")
    with full.database.read() as session:
        runs = session.scalars(select(Run)).all()
        assert {run.restored_at is None for run in runs if run.state in over} == {True}
        doubted = [run for run in runs if run.restored_at is not None]
        assert {run.state for run in doubted} == set(RunState) - over
        entry = session.scalars(select(AuditEntry)).one()
    assert said.output.startswith(f"{len(doubted)} unfinished runs")
    assert (entry.act, entry.noun) == ("restore", "database")
