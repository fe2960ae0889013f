"""Breaker, grants, bulk orders, channels, audit, erasure, sessions, invitations, 2-step"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import engine.storage.base
from engine.storage.base import public_id

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index("ix_audit_entry_noun_target", "audit_entry", ["noun", "target"], unique=False)

    op.create_table(
        "bulk_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("verb", sa.String(length=12), nullable=False),
        sa.Column("choice", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("created_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_order")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulk_order_public_id")),
    )
    op.create_index(op.f("ix_bulk_order_state"), "bulk_order", ["state"], unique=False)

    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("told_until", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("public_id", name=op.f("uq_channel_public_id")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("public_id", name=op.f("uq_erasure_public_id")),
    )
    op.create_index(op.f("ix_erasure_identity"), "erasure", ["identity"], unique=False)

    op.create_table(
        "spent_proof",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_proof")),
    )
    op.create_index(op.f("ix_spent_proof_expires_at"), "spent_proof", ["expires_at"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_message_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_public_id")),
    )
    op.create_index(op.f("ix_message_channel_id"), "message", ["channel_id"], unique=False)
    op.create_index(op.f("ix_message_state"), "message", ["state"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_web_session_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_person_id"), "web_session", ["person_id"], unique=False)
    op.create_index(op.f("ix_web_session_used_at"), "web_session", ["used_at"], unique=False)

    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    for column in ("account", "address", "at"):
        op.create_index(op.f(f"ix_sign_in_try_{column}"), "sign_in_try", [column], unique=False)

    op.create_table(
        "bulk_item",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("queued_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["queued_id"], ["run.id"], name=op.f("fk_bulk_item_queued_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["bulk_order.id"], name=op.f("fk_bulk_item_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_bulk_item_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "run_id", name=op.f("pk_bulk_item")),
    )
    op.create_index(op.f("ix_bulk_item_run_id"), "bulk_item", ["run_id"], unique=False)
    op.create_index(op.f("ix_bulk_item_queued_id"), "bulk_item", ["queued_id"], unique=False)
    op.create_index(
        "ix_bulk_item_open",
        "bulk_item",
        ["order_id", "run_id"],
        unique=False,
        sqlite_where=sa.text("outcome = ''"),
        postgresql_where=sa.text("outcome = ''"),
    )

    _people()

    # Columns are added in place: to rebuild a table would delete what refers to its rows.
    op.add_column("connection", sa.Column("grant", sa.LargeBinary(), nullable=True))
    op.add_column(
        "connection",
        sa.Column("renew_at", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column("connection", _number("failures", sa.Integer(), "0"))
    op.add_column(
        "connection",
        sa.Column("breaker_until", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column("connection", _number("pace", sa.Integer(), "2"))
    op.add_column("connection", _number("waves", sa.Integer(), "0"))
    op.add_column("connection", _number("lag_s", sa.Double(), "0"))
    op.add_column("run", sa.Column("wait", sa.String(length=12), nullable=True))
    op.add_column(
        "run",
        sa.Column("restored_at", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_run_standing", "run", ["connection_id", "state", "wait"])
    op.drop_index(op.f("ix_call_started_at"), table_name="call")
    op.create_index("ix_call_recent", "call", ["started_at", "connection_id", "status"])
    op.add_column(
        "step", sa.Column("effect", sa.String(length=1), nullable=False, server_default="B")
    )
    op.create_index(op.f("ix_step_record_id"), "step", ["record_id"], unique=False)


def _people() -> None:
    """Addresses and last sign-ins of people, invitations, and the second step at sign-in."""
    op.add_column(
        "person",
        sa.Column("public_id", sa.String(length=20), nullable=False, server_default=""),
    )
    op.add_column(
        "person",
        sa.Column("last_sign_in_at", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
    )
    person = sa.table("person", sa.column("id"), sa.column("public_id"))
    connection = op.get_bind()
    for id in connection.scalars(sa.select(person.c.id)).all():
        connection.execute(sa.update(person).where(person.c.id == id).values(public_id=public_id()))
    op.create_index(op.f("ix_person_public_id"), "person", ["public_id"], unique=True)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_invitation_author_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitation_digest")),
        sa.UniqueConstraint("email", name=op.f("uq_invitation_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
    )
    op.create_index(op.f("ix_invitation_author_id"), "invitation", ["author_id"], unique=False)
    op.create_index(op.f("ix_invitation_expires_at"), "invitation", ["expires_at"], unique=False)

    op.create_table(
        "second_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("used_step", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", engine.storage.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", engine.storage.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_second_step_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_step")),
        sa.UniqueConstraint("person_id", name=op.f("uq_second_step_person_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_recovery_code_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
    )
    op.create_index(
        op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"], unique=False
    )


def _number(name: str, type: Any, first: str) -> sa.Column[Any]:
    return sa.Column(name, type, nullable=False, server_default=first)
