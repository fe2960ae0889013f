"""The tables. Times are aware UTC instants; ``public_id`` is what addresses and people see."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.storage.base import Base, Plain, now, public_id

# What people set up -----------------------------------------------------------------------------


class Form(Base):
    """A web form. ``config`` is its FormConfig document.

    ``sender_secret`` is sealed: what the sender of the form's posts signs them with.
    """

    __tablename__ = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Plain(64), unique=True)
    name: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    config: Mapped[dict[str, Any]]
    sender_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    submissions: Mapped[int] = mapped_column(default=0)  # the last number given to one
    created_at: Mapped[datetime] = mapped_column(default=now)
    modules: Mapped[list[Module]] = relationship(back_populates="form", order_by="Module.id")


class ConnectionState(StrEnum):
    OK = "ok"
    PAUSED = "paused"  # a person switched it off for now
    BLOCKED = "blocked"  # the CRM refuses our credentials; a person must mend them


class Connection(Base):
    """One authorised CRM account, and the lease of the worker that drains it."""

    __tablename__ = "connection"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Plain(64), unique=True)
    name: Mapped[str]
    connector: Mapped[str] = mapped_column(Plain(40))
    settings: Mapped[bytes]  # encrypted
    state: Mapped[ConnectionState] = mapped_column(Plain(20), default=ConnectionState.OK)
    reason: Mapped[str] = mapped_column(default="")
    account: Mapped[str] = mapped_column(default="")  # as the CRM calls it, once tested
    catalog: Mapped[dict[str, Any] | None]
    catalog_at: Mapped[datetime | None]
    grant: Mapped[bytes | None]  # encrypted: what the account's owner granted us by OAuth
    renew_at: Mapped[datetime | None]  # the grant, lest it lapse for want of use
    not_before: Mapped[datetime | None]  # the CRM asked us to wait
    failures: Mapped[int] = mapped_column(default=0)  # transient ones in a row
    breaker_until: Mapped[datetime | None]  # nothing is sent before, then one probe
    pace: Mapped[int] = mapped_column(default=2)  # calls side by side
    waves: Mapped[int] = mapped_column(default=0)  # claimed so far
    lag_s: Mapped[float] = mapped_column(default=0.0)  # the longest a write took to show itself
    lease_owner: Mapped[str | None] = mapped_column(Plain(80))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Module(Base):
    """A form's recipe for one connection. Its documents are revisions; the newest one is live."""

    __tablename__ = "module"
    __table_args__ = (UniqueConstraint("form_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    key: Mapped[str] = mapped_column(Plain(64))
    name: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    form: Mapped[Form] = relationship(back_populates="modules")
    connection: Mapped[Connection] = relationship()
    revisions: Mapped[list[Revision]] = relationship(
        back_populates="module", order_by="Revision.number"
    )
    draft: Mapped[Draft | None] = relationship(cascade="all, delete-orphan")


class Draft(Base):
    """What a module's next revision will say; nothing runs through it. ``base`` is the number of
    the revision that it was last put on top of."""

    __tablename__ = "draft"

    module_id: Mapped[int] = mapped_column(
        ForeignKey("module.id", ondelete="CASCADE"), primary_key=True
    )
    document: Mapped[dict[str, Any]]
    base: Mapped[int]
    author: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime] = mapped_column(default=now)


class Revision(Base):
    """One published version of a module. Never changed. ``comment`` is why, if its author says."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("module_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    module: Mapped[Module] = relationship(back_populates="revisions")


# What websites send -----------------------------------------------------------------------------


class SubmissionState(StrEnum):
    ACCEPTED = "accepted"
    HELD = "held"  # looks like spam; a person decides
    UNREADABLE = "unreadable"  # kept as bytes; a person must look
    PARTIAL = "partial"  # its sender may send the rest before `wait_until`
    DISCARDED = "discarded"
    ERASED = "erased"  # its content is gone for good, by a person's wish or by age


class Submission(Base):
    """One filling-in. ``raw`` is what arrived, byte for byte; ``reading`` what we made of it.

    ``idem_key`` makes repeated posts one submission; ``hits`` counts them. ``answers`` is the
    mapping that rules and macros see. ``sender`` is a key of the table of senders, and ``labels``
    what the visitor was asked, by the answer's name. Until ``wait_until`` the sender may complete it.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("form_id", "idem_key"),
        Index("ix_submission_form", "form_id", "received_at"),
        Index("ix_submission_received", "received_at", "form_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id", ondelete="CASCADE"))
    number: Mapped[int]
    idem_key: Mapped[str] = mapped_column(Plain(120))
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_type: Mapped[str] = mapped_column(default="")
    headers: Mapped[dict[str, Any]]
    source_ip: Mapped[str] = mapped_column(Plain(45), default="")
    answers: Mapped[dict[str, Any]]
    technical: Mapped[dict[str, Any]]
    files: Mapped[list[Any]]
    sender: Mapped[str] = mapped_column(Plain(40), default="")
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[SubmissionState] = mapped_column(Plain(20))
    reason: Mapped[str] = mapped_column(default="")
    hits: Mapped[int] = mapped_column(default=1)
    received_at: Mapped[datetime] = mapped_column(default=now)
    wait_until: Mapped[datetime | None] = mapped_column(index=True)
    form: Mapped[Form] = relationship()
    runs: Mapped[list[Run]] = relationship(back_populates="submission", order_by="Run.id")


# What is carried out ----------------------------------------------------------------------------


class Lane(StrEnum):
    """Which runs go first; see `engine.storage.runs.Turn`."""

    LIVE = "live"
    RETRY = "retry"
    BULK = "bulk"


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # will be tried again at due_at
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"
    DELIVERED = "delivered"
    DISCARDED = "discarded"


UNFINISHED = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING)


class Wait(StrEnum):
    """What a waiting run waits for."""

    RETRY = "retry"
    LIMIT = "limit"
    BREAKER = "breaker"
    AUTH = "auth"
    RECONCILE = "reconcile"  # a write without an answer
    MODULE = "module"  # the outcome of another module of its form


def _when_received(context: Any) -> datetime:
    """For a run that is stored without saying when its submission came."""
    submission_id = context.get_current_parameters()["submission_id"]
    found = select(Submission.received_at).where(Submission.id == submission_id)
    received_at: datetime = context.connection.scalar(found)
    return received_at


class Run(Base):
    """One submission through one revision of a module.

    ``fence`` is that of the drain that claimed it; ``deaths`` counts drains that died holding it.
    ``plan`` is set once decided and never decided again after a step was sent. ``restored_at``: the
    database came back from a backup then, which may not know what the run has done.
    ``received_at`` is its submission's, which never changes: what is counted by it is read from one
    index.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index(
            "ix_run_due",
            "connection_id",
            "state",
            "due_at",
            sqlite_where=text("state IN ('queued', 'waiting', 'running')"),
            postgresql_where=text("state IN ('queued', 'waiting', 'running')"),
        ),
        Index("ix_run_standing", "state", "connection_id", "wait", "submission_id"),
        Index("ix_run_of_submission", "submission_id", "state"),
        Index("ix_run_of_module", "module_id", "submission_id"),
        Index("ix_run_of_connection", "connection_id", "submission_id"),
        Index("ix_run_outcome", "state", "received_at", "submission_id", "lane", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    lane: Mapped[Lane] = mapped_column(Plain(10), default=Lane.LIVE)
    state: Mapped[RunState] = mapped_column(Plain(12), default=RunState.QUEUED)
    reason: Mapped[str] = mapped_column(default="")
    wait: Mapped[Wait | None] = mapped_column(Plain(12))
    due_at: Mapped[datetime] = mapped_column(default=now)
    fence: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0)
    approved: Mapped[bool] = mapped_column(default=False)  # by a person, after a hold rule
    first_try_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(default=_when_received)
    finished_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    plan: Mapped[dict[str, Any] | None]
    trace: Mapped[list[Any] | None]
    submission: Mapped[Submission] = relationship(back_populates="runs")
    module: Mapped[Module] = relationship()
    revision: Mapped[Revision] = relationship()
    connection: Mapped[Connection] = relationship()
    steps: Mapped[list[JournalStep]] = relationship(
        back_populates="run", order_by="JournalStep.number"
    )


class RunIdentity(Base):
    """By whom a run must wait for an earlier one. Rows of finished runs are deleted."""

    __tablename__ = "run_identity"
    __table_args__ = (Index("ix_run_identity_key", "connection_id", "key", "run_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Plain(400), primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))


class StepState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"  # a person decided that it is not to be


class JournalStep(Base):
    """The ledger of one step of a plan: intent before the call, outcome after it."""

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("run_id", "key"),
        Index(
            "ix_step_unknown",
            "run_id",
            sqlite_where=text("state = 'unknown'"),
            postgresql_where=text("state = 'unknown'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(Plain(80))
    kind: Mapped[str] = mapped_column(Plain(12))
    action: Mapped[str] = mapped_column(Plain(12))
    op_key: Mapped[str] = mapped_column(Plain(120), unique=True)
    effect: Mapped[str] = mapped_column(Plain(1), default="B")  # connectors.base.Effect
    state: Mapped[StepState] = mapped_column(Plain(10), default=StepState.PLANNED)
    attempt: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    settle_until: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    record_id: Mapped[str | None] = mapped_column(Plain(80), index=True)
    record_url: Mapped[str | None]
    adopted: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(default="")
    run: Mapped[Run] = relationship(back_populates="steps")


COMPLETED = "completed"
"""The type of an event: a later post of its filling-in completed a submission."""


class Event(Base):
    """Something that happened to a submission or run. Append only: the run's timeline."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), index=True
    )
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    step_key: Mapped[str] = mapped_column(Plain(80), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    type: Mapped[str] = mapped_column(Plain(40))
    message: Mapped[str] = mapped_column(default="")


class Notice(Base):
    """Something a person should know or do. Equal ones are one row with a count."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(Plain(200))  # groups equal ones
    message: Mapped[str]
    remedy: Mapped[str] = mapped_column(default="")
    form_id: Mapped[int | None] = mapped_column(ForeignKey("form.id", ondelete="CASCADE"))
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("connection.id", ondelete="CASCADE")
    )
    submission_id: Mapped[int | None] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE")
    )
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)
    cleared_at: Mapped[datetime | None] = mapped_column(index=True)
