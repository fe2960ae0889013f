"""The audit log: what people and their programs did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from engine.deciding.documents import Document
from engine.storage.audit import Wanted, entries_slice
from engine.storage.model_audit import AuditEntry
from engine.storage.tokens import Scope
from web.api.operations import Operation, Told
from web.api.reading import Instant, Number
from web.database import db


class EntryDetail(Document):
    """One act. ``digest`` seals it together with all entries before it."""

    number: int
    at: datetime
    actor: str
    source: str
    act: str
    noun: str
    target: str
    details: dict[str, Any]
    digest: str


class EntrySlice(Document):
    """Entries, the newest first. ``next`` is null at the end."""

    items: tuple[EntryDetail, ...]
    next: int | None


class EntryFilter(Document):
    """What must be true of each entry, and which slice is wanted."""

    actor: str = Field("", max_length=255, description="Only whose actor holds this text.")
    noun: str = Field("", max_length=40, description="Only about this noun, such as run.")
    target: str = Field("", max_length=255, description="Only whose target holds this text.")
    done_from: Instant | None = Field(None, description="Only done then or later.")
    done_before: Instant | None = Field(None, description="Only done earlier.")
    after: Number | None = Field(None, description="Go on after this: the `next` of an answer.")
    limit: int = Field(50, ge=1, le=200, description="How many items at most.")


def list_audit(query: EntryFilter) -> Told:
    """List what people did, the latest first."""
    wanted = Wanted(
        actor=query.actor,
        noun=query.noun,
        target=query.target,
        since=query.done_from,
        until=query.done_before,
    )
    rows, next = entries_slice(db.session(), wanted, limit=query.limit, after=query.after)
    return EntrySlice(items=tuple(map(_entry, rows)), next=next)


def _entry(row: AuditEntry) -> EntryDetail:
    return EntryDetail(
        number=row.id,
        at=row.at,
        actor=row.actor,
        source=row.source,
        act=row.act,
        noun=row.noun,
        target=row.target,
        details=row.details,
        digest=row.digest,
    )


OPERATIONS = (
    Operation("GET", "/audit", list_audit, Scope.AUDIT_READ, EntrySlice, query=EntryFilter),
)
