"""The audit log: what people did, each entry sealed together with all before it.

An entry's digest covers its content and the digest of the entry before it. Whoever changes, removes
or slips in an entry later would have to write every digest after it anew, and then none equals what
was noted elsewhere before: `formwire audit verify` tells the latest digest, to be kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from engine.storage.base import now
from engine.storage.database import alone
from engine.storage.model_audit import AuditEntry
from engine.storage.submissions import PAGE_SIZE, Page

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an e-mail address, a person by a token, or the command line; ``source`` is by what."""

    name: str
    source: str  # studio, api or cli


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; nothing said is nothing asked. ``actor`` is any part of the name."""

    actor: str = ""
    noun: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain is whole. ``bad`` is the first entry that does not fit, ``head`` the digest of
    the last one that does; ``holds`` whether an entry has the digest that was asked for."""

    entries: int
    head: str
    bad: AuditEntry | None
    holds: bool


def latest_entry(session: Session, noun: str, target: str) -> AuditEntry | None:
    """What was done last to one thing."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.noun == noun, AuditEntry.target == target)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()


def add_entry(
    session: Session,
    actor: Actor,
    act: str,
    noun: str,
    target: str,
    details: Mapping[str, Any] = _NOTHING,
) -> None:
    """Note what ``actor`` did, in the transaction in which it is done.

    ``details`` are plain JSON without secrets and without anything that a visitor sent.
    """
    alone(session, "audit")  # each entry needs the digest of the one before it
    entry = AuditEntry(
        at=now(),
        actor=actor.name[:255],
        source=actor.source,
        act=act,
        noun=noun,
        target=target[:255],
        details=json.loads(json.dumps(dict(details))),
    )
    entry.digest = digest_of(entry, _last_digest(session))
    session.add(entry)
    session.flush()


def digest_of(entry: AuditEntry, before: str) -> str:
    """What seals ``entry``, when ``before`` is the digest of the one before it, empty for the first."""
    content = [
        before,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.source,
        entry.act,
        entry.noun,
        entry.target,
        entry.details,
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(session: Session, *, holds: str = "") -> Verdict:
    """Seal every entry anew, from the first on, until one does not fit."""
    head, count, held = "", 0, not holds
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)).yield_per(1_000):
        if entry.digest != digest_of(entry, head):
            return Verdict(count, head, entry, held)
        head, count = entry.digest, count + 1
        held = held or head == holds
    return Verdict(count, head, None, held)


def entries_page(session: Session, wanted: Wanted, number: int) -> Page[AuditEntry]:
    """The latest entries first. A number past the end gives the last page."""
    chosen = _matching(wanted)
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-total // PAGE_SIZE)))
    rows = session.scalars(
        chosen.order_by(AuditEntry.id.desc()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    ).all()
    return Page(rows, number, total)


def entries_slice(
    session: Session, wanted: Wanted, *, limit: int, after: int | None = None
) -> tuple[Sequence[AuditEntry], int | None]:
    """The latest entries first, those before the one numbered ``after``; and the number to go on after."""
    chosen = _matching(wanted)
    if after is not None:
        chosen = chosen.where(AuditEntry.id < after)
    rows = session.scalars(chosen.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _matching(wanted: Wanted) -> Select[AuditEntry]:
    return select(AuditEntry).where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> Iterator[Any]:
    if wanted.actor:
        yield AuditEntry.actor.icontains(wanted.actor, autoescape=True)
    if wanted.noun:
        yield AuditEntry.noun == wanted.noun
    if wanted.target:
        yield AuditEntry.target.icontains(wanted.target, autoescape=True)
    if wanted.since is not None:
        yield AuditEntry.at >= wanted.since
    if wanted.until is not None:
        yield AuditEntry.at < wanted.until


def _last_digest(session: Session) -> str:
    last = select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)
    return session.scalars(last).first() or ""
