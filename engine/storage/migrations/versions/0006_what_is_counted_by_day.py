"""What is counted of runs by the time at which their submissions came"""

import sqlalchemy as sa
from alembic import op

import engine.storage.base

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "run",
        sa.Column(
            "received_at",
            engine.storage.base.UtcDateTime(timezone=True),
            nullable=False,
            server_default="1970-01-01 00:00:00+00:00",
        ),
    )
    op.execute(
        "UPDATE run SET received_at ="
        " (SELECT received_at FROM submission WHERE submission.id = run.submission_id)"
    )
    op.create_index(
        "ix_run_outcome", "run", ["state", "received_at", "submission_id", "lane", "finished_at"]
    )
    op.create_index("ix_run_of_submission", "run", ["submission_id", "state"])
    op.drop_index("ix_run_submission", "run")
