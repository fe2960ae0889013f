"""Submissions are found by the module and by the connection of their runs"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_run_of_module", "run", ["module_id", "submission_id"])
    op.create_index("ix_run_of_connection", "run", ["connection_id", "submission_id"])
    op.drop_index("ix_run_module_id", "run")
