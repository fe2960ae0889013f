"""The migrations make exactly the tables that the models speak of."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import alembic.config
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from engine.storage.database import MIGRATIONS, Database, upgrade
from engine.storage.people import all_people
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


def test_people_of_before_get_addresses_of_their_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    alembic.command.upgrade(config, "0001")
    database = Database(url)
    with database.write() as session:
        for name in ("ada", "grace"):
            values = f"'{name}@example.org', '', TRUE, '{name}', '2026-01-01 00:00:00'"
            columns = "email, name, active, fs_uniquifier, created_at"
            session.execute(text(f"INSERT INTO person ({columns}) VALUES ({values})"))
    upgrade(url)
    with database.read() as session:
        addresses = [person.public_id for person in all_people(session)]
    assert [len(address) for address in addresses] == [20, 20]
    assert len(set(addresses)) == 2
    database.close()
