"""Who sent a submission, what was asked, and how long the sender may complete it"""

import sqlalchemy as sa
from alembic import op

import engine.storage.base

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("form", sa.Column("sender_secret", sa.LargeBinary(), nullable=True))
    op.add_column(
        "submission",
        sa.Column("sender", sa.String(length=40), nullable=False, server_default=""),
    )
    op.add_column("submission", sa.Column("labels", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column(
        "submission",
        sa.Column("wait_until", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f("ix_submission_wait_until"), "submission", ["wait_until"], unique=False)
