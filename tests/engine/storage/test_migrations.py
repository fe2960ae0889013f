"""The migrations make exactly the tables that the models speak of."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.storage.database import Database, upgrade
from engine.storage.tables import TABLES
from tests.databases import Databases


def test_nothing_is_left_to_migrate(databases: Databases, tmp_path: Path) -> None:
    database = Database(databases.fresh(tmp_path))
    with database.reader.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


def test_upgrading_again_changes_nothing(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh(tmp_path)
    upgrade(url)
