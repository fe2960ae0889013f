"""In which language people are written to"""

import sqlalchemy as sa
from alembic import op

import engine.storage.base

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column(
        "person",
        sa.Column("language", engine.storage.base.Plain(16), nullable=False, server_default=""),
    )
