"""Runs migrations; called by `engine.storage.database.upgrade`."""

from alembic import context

import engine.storage.model_cases  # noqa: F401 - fills the metadata
from engine.storage.base import Base
from engine.storage.database import Database

database = Database(context.config.attributes["url"])
try:
    with database.writer.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True
        )
        with context.begin_transaction():
            context.run_migrations()
finally:
    database.close()
