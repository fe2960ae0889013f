"""The migrations make exactly the tables that the models speak of."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.storage.database import Database, upgrade
from engine.storage.tables import TABLES


def test_nothing_is_left_to_migrate(blank_database: Path) -> None:
    database = Database(f"sqlite:///{blank_database}")
    with database.reader.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/twice.db"
    upgrade(url)
    upgrade(url)
