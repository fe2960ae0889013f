"""The audit log's chain: what was done stays told as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.storage.audit import (
    Actor,
    Wanted,
    add_entry,
    digest_of,
    entries_page,
    entries_slice,
    verify,
)
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.model_audit import AuditEntry

GRACE = Actor("grace@example.org", "studio")
ADA = Actor("ada@example.org, by the token “nightly”", "api")


@pytest.fixture
def filled(database: Database) -> Database:
    """Five entries."""
    for actor, act, noun, target in (
        (GRACE, "save", "form", "callback"),
        (GRACE, "publish", "module", "callback/sales"),
        (ADA, "retry", "run", "r1"),
        (ADA, "retry", "run", "r2"),
        (GRACE, "clear", "notices", ""),
    ):
        with database.write() as session:
            add_entry(session, actor, act, noun, target, {"numbers": [1, 2]})
    return database


def number(session: Session, at: int) -> int:
    """The id of the entry at this position."""
    return session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()[at]


def test_a_log_that_nobody_touched_is_whole(filled: Database) -> None:
    with filled.read() as session:
        verdict = verify(session)
    assert (verdict.entries, verdict.bad, verdict.holds) == (5, None, True)
    assert len(verdict.head) == 64


def test_an_empty_log_is_whole(database: Database) -> None:
    with database.read() as session:
        assert verify(session).bad is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "mallory@example.org"},
        {"source": "cli"},
        {"act": "discard"},
        {"noun": "form"},
        {"target": "r9"},
        {"details": {"numbers": [1, 3]}},
        {"at": now() - timedelta(days=1)},
        {"digest": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_the_first_that_does_not_fit(
    filled: Database, change: dict[str, object]
) -> None:
    with filled.write() as session:
        third = number(session, 2)
        session.execute(update(AuditEntry).where(AuditEntry.id == third).values(**change))
    with filled.read() as session:
        verdict = verify(session)
    assert verdict.bad is not None
    assert (verdict.entries, verdict.bad.id) == (2, third)


def test_after_a_removed_entry_the_next_does_not_fit(filled: Database) -> None:
    with filled.write() as session:
        second, third = number(session, 1), number(session, 2)
        session.execute(delete(AuditEntry).where(AuditEntry.id == second))
    with filled.read() as session:
        bad = verify(session).bad
    assert bad is not None
    assert bad.id == third


def rewrite(session: Session) -> None:
    """Change the first entry, and seal all of them anew."""
    before = ""
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        entry.actor = "mallory@example.org"
        entry.digest = before = digest_of(entry, before)


def cut(session: Session) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.id == number(session, -1)))


@pytest.mark.parametrize("forge", [rewrite, cut])
def test_a_digest_kept_elsewhere_tells_of_a_log_cut_or_written_anew(
    filled: Database, forge: Callable[[Session], None]
) -> None:
    with filled.read() as session:
        kept = verify(session).head
        assert verify(session, holds=kept).holds
    with filled.write() as session:
        forge(session)
    with filled.read() as session:
        verdict = verify(session, holds=kept)
    assert (verdict.bad, verdict.holds) == (None, False)


def test_a_deed_that_is_undone_leaves_no_entry(filled: Database) -> None:
    with filled.write() as session:
        add_entry(session, GRACE, "save", "form", "other")
        session.rollback()
    with filled.read() as session:
        assert verify(session).entries == 5


def test_many_at_once_make_one_chain(database: Database) -> None:
    def act() -> None:
        for _ in range(10):
            with database.write() as session:
                add_entry(session, GRACE, "retry", "run", "r")

    threads = [Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        verdict = verify(session)
    assert (verdict.entries, verdict.bad) == (40, None)


@pytest.mark.parametrize(
    ("wanted", "acts"),
    [
        (Wanted(), ["clear", "retry", "retry", "publish", "save"]),
        (Wanted(actor="NIGHTLY"), ["retry", "retry"]),
        (Wanted(actor="%"), []),
        (Wanted(noun="run", target="r2"), ["retry"]),
        (Wanted(since=now() + timedelta(days=1)), []),
        (Wanted(until=now() - timedelta(days=1)), []),
    ],
)
def test_entries_are_found_by_who_what_and_when(
    filled: Database, wanted: Wanted, acts: list[str]
) -> None:
    with filled.read() as session:
        page = entries_page(session, wanted, 1)
        rows, _ = entries_slice(session, wanted, limit=10)
    assert [row.act for row in page.rows] == [row.act for row in rows] == acts
    assert page.total == len(acts)


def test_a_slice_goes_on_after_the_last(filled: Database) -> None:
    with filled.read() as session:
        first, after = entries_slice(session, Wanted(), limit=3)
        second, end = entries_slice(session, Wanted(), limit=3, after=after)
    assert [row.act for row in (*first, *second)] == ["clear", "retry", "retry", "publish", "save"]
    assert end is None
