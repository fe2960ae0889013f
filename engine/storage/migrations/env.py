"""Runs migrations; called by `engine.storage.database.upgrade`."""

from alembic import context

import engine.storage.model_cases
import engine.storage.model_people  # noqa: F401 - both fill the metadata
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
