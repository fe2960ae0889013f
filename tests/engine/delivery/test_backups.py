"""A backup is put back: what went out since is found in the CRM again, and done no second time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, update

from connectors.base import Kind
from connectors.memory import MEMORY
from engine.delivery.journal import Journal
from engine.instance import Instance
from engine.storage.models import Connection, RunState
from tests.databases import WITH_POSTGRES
from tests.engine.delivery.world import World, make_world

pytestmark = pytest.mark.skipif(WITH_POSTGRES, reason="copies SQLite files")


@pytest.fixture
def world(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(instance, monkeypatch, MEMORY)


def copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def test_a_backup_of_any_moment_is_carried_on_from(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Path(make_url(world.instance.settings.database_url).database or "")
    backups: list[Path] = []

    def backed_up(method: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> None:
            method(*arguments)
            backups.append(tmp_path / f"backup{len(backups)}.db")
            copy(database, backups[-1])

        return noted

    for name in ("keep_plans", "intend", "conclude"):
        monkeypatch.setattr(Journal, name, backed_up(getattr(Journal, name)))
    world.post()
    world.drain()
    assert world.run().state == RunState.DELIVERED
    assert len(backups) > 4

    taken = list(backups)
    for backup in taken:
        copy(backup, database)
        with world.instance.database.write() as session:  # the lease that it speaks of runs out
            session.execute(update(Connection).values(lease_owner=None, lease_until=None))
        world.drain_all()
        assert world.run().state == RunState.DELIVERED
        assert world.counts() == dict.fromkeys(Kind, 1), backup.name
