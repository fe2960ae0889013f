"""Indexes that hold all that counting needs, so that no row is read for it"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_submission_form", "submission", ["form_id", "received_at"])
    op.create_index("ix_submission_received", "submission", ["received_at", "form_id", "state"])
    op.create_index("ix_run_submission", "run", ["submission_id", "state", "lane", "finished_at"])
    op.drop_index("ix_submission_form_id", "submission")
    op.drop_index("ix_submission_received_at", "submission")
    op.drop_index("ix_run_submission_id", "run")

    op.drop_index("ix_run_standing", "run")
    op.create_index("ix_run_standing", "run", ["state", "connection_id", "wait", "submission_id"])
