"""Runs migrations; called by `engine.storage.database.upgrade`."""

from alembic import context

from engine.storage.database import Database, alone_to_upgrade
from engine.storage.tables import TABLES

database = Database(context.config.attributes["url"])
try:
    with database.writer.connect() as connection:
        context.configure(connection=connection, target_metadata=TABLES, render_as_batch=True)
        with context.begin_transaction():
            alone_to_upgrade(connection)
            context.run_migrations()
finally:
    database.close()
