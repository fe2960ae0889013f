"""The migrations make exactly the tables that the models speak of."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import engine.storage.model_cases
import engine.storage.model_people
from engine.storage.base import Base
from engine.storage.database import Database, upgrade

assert engine.storage.model_cases
assert engine.storage.model_people


def test_nothing_is_left_to_migrate(blank_database: Path) -> None:
    database = Database(f"sqlite:///{blank_database}")
    with database.reader.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    database.close()


def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/twice.db"
    upgrade(url)
    upgrade(url)
