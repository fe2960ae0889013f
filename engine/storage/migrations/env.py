"""Runs migrations; called by `engine.storage.database.upgrade`."""

from alembic import context

from engine.storage.database import Database
from engine.storage.tables import TABLES

database = Database(context.config.attributes["url"])
try:
    with database.writer.connect() as connection:
        context.configure(connection=connection, target_metadata=TABLES, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
finally:
    database.close()
