"""Taking personal content out of the tables for good; that something happened, and when, stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from connectors.base import Kind
from engine.storage.base import Plain, now
from engine.storage.model_calls import Call, CallRun
from engine.storage.model_cases import SavedCase
from engine.storage.model_memories import KnownRecord, WrittenValue
from engine.storage.models import (
    UNFINISHED,
    Connection,
    Event,
    JournalStep,
    Notice,
    Run,
    RunIdentity,
    RunState,
    Submission,
    SubmissionState,
)
from engine.storage.tables import TABLES

BATCH = 500

# Settings, people of the studio, and the chain of what they did: a person decides about those.
KEPT = frozenset(
    {
        "api_token",
        "audit_entry",
        "channel",
        "connection",
        "draft",
        "erasure",
        "form",
        "module",
        "person",
        "revision",
        "role",
        "web_session",
    }
)

Match = Callable[[str], bool]


def submissions_that(session: Session, matches: Match) -> Iterator[int]:
    """Ids of the submissions that say something which ``matches``, in their content or its bytes."""
    last = 0
    while True:
        rows = session.execute(
            select(
                Submission.id,
                Submission.answers,
                Submission.technical,
                Submission.files,
                Submission.headers,
                Submission.raw,
            )
            .where(Submission.id > last, Submission.state != SubmissionState.ERASED)
            .order_by(Submission.id)
            .limit(BATCH)
        ).all()
        for id, *documents, raw in rows:
            last = id
            texts = (json.dumps(one, ensure_ascii=False) for one in documents)
            if any(map(matches, texts)) or matches(raw.decode(errors="replace")):
                yield id
        if len(rows) < BATCH:
            return


def submissions_of_records(session: Session, keys: Iterable[str], ids: Sequence[int]) -> set[int]:
    """Submissions that led to the same contacts as ``ids`` did, or to those known by ``keys``."""
    known = session.execute(
        select(KnownRecord.connection_id, KnownRecord.record_id).where(
            KnownRecord.key.in_(list(keys))
        )
    )
    written = session.execute(
        select(Run.connection_id, JournalStep.record_id)
        .join(Run, Run.id == JournalStep.run_id)
        .where(
            Run.submission_id.in_(ids),
            JournalStep.kind == Kind.CONTACT,
            JournalStep.record_id.is_not(None),
        )
    )
    records = {(connection, record) for connection, record in [*known, *written]}
    rows = session.execute(
        select(Run.submission_id, Run.connection_id, JournalStep.record_id)
        .join(Run, Run.id == JournalStep.run_id)
        .where(
            JournalStep.kind == Kind.CONTACT,
            JournalStep.record_id.in_({record for _, record in records}),
        )
    )
    return {id for id, connection, record in rows if (connection, record) in records}


def free(session: Session, ids: Sequence[int]) -> list[int]:
    """Those of the submissions ``ids`` that no worker carries out; none begins to before this
    transaction ends."""
    mine = select(Run.id).where(Run.submission_id.in_(ids)).order_by(Run.id)
    session.execute(mine.with_for_update(key_share=True)).all()
    busy = under_way(session, ids)
    return [id for id in ids if id not in busy]


def under_way(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of the submissions ``ids`` that a worker carries out right now."""
    return set(
        session.scalars(
            select(Run.submission_id).where(
                Run.submission_id.in_(ids), Run.state == RunState.RUNNING
            )
        )
    )


def records_of(session: Session, ids: Sequence[int]) -> list[dict[str, str | None]]:
    """What the submissions ``ids`` left in CRMs: connection, kind, id and address of each record."""
    rows = session.execute(
        select(
            Connection.key,
            JournalStep.kind,
            JournalStep.record_id,
            func.max(JournalStep.record_url),
        )
        .join(Run, Run.id == JournalStep.run_id)
        .join(Connection, Connection.id == Run.connection_id)
        .where(Run.submission_id.in_(ids), JournalStep.record_id.is_not(None))
        .group_by(Connection.key, JournalStep.kind, JournalStep.record_id)
        .order_by(Connection.key, JournalStep.kind, JournalStep.record_id)
    )
    names = ("connection", "kind", "id", "url")
    return [dict(zip(names, row, strict=True)) for row in rows]


def erase_submissions(session: Session, ids: Sequence[int]) -> dict[str, int]:
    """Empty these submissions and all that was made of them; say how many rows of what.

    Runs that had something left to do are given up. The caller has made sure that none is under way: see `free`.
    """
    runs = list(session.scalars(select(Run.id).where(Run.submission_id.in_(ids))))
    calls = list(
        session.scalars(select(CallRun.call_id).where(CallRun.run_id.in_(runs)).distinct())
    )
    _forget_records(session, runs)
    session.execute(
        update(Run)
        .where(Run.id.in_(runs), Run.state.in_([*UNFINISHED, RunState.HELD]))
        .values(state=RunState.DISCARDED, wait=None, finished_at=now())
    )
    session.execute(update(Run).where(Run.id.in_(runs)).values(plan=None, trace=None, reason=""))
    session.execute(
        update(JournalStep)
        .where(JournalStep.run_id.in_(runs))
        .values(record_id=None, record_url=None, error="")
    )
    session.execute(delete(RunIdentity).where(RunIdentity.run_id.in_(runs)))
    empty_calls(session, calls)
    session.execute(update(Event).where(Event.submission_id.in_(ids)).values(message=""))
    session.execute(delete(SavedCase).where(SavedCase.submission_id.in_(ids)))
    session.execute(delete(Notice).where(Notice.submission_id.in_(ids), Notice.count == 1))
    session.execute(update(Notice).where(Notice.submission_id.in_(ids)).values(submission_id=None))
    _empty_submissions(session, ids)
    return {"submissions": len(ids), "runs": len(runs), "calls": len(calls)}


def _empty_submissions(session: Session, ids: Sequence[int]) -> None:
    session.execute(
        update(Submission)
        .where(Submission.id.in_(ids))
        .values(
            raw=b"",
            content_type="",
            headers={},
            source_ip="",
            answers={},
            technical={},
            files=[],
            labels={},
            wait_until=None,
            reason="",
            idem_key=func.concat("erased:", Submission.public_id),
            state=SubmissionState.ERASED,
        )
    )
    session.add_all(Event(submission_id=id, type="erased") for id in ids)


def _forget_records(session: Session, runs: Sequence[int]) -> None:
    """Drop what is remembered of the people that these runs wrote."""
    rows = session.execute(
        select(Run.connection_id, JournalStep.record_id)
        .join(Run, Run.id == JournalStep.run_id)
        .where(JournalStep.run_id.in_(runs), JournalStep.record_id.is_not(None))
        .distinct()
    )
    by_connection: dict[int, list[str]] = {}
    for connection, record in rows:
        by_connection.setdefault(connection, []).append(record or "")
    for table in (KnownRecord, WrittenValue):
        for connection, records in by_connection.items():
            session.execute(
                delete(table).where(table.connection_id == connection, table.record_id.in_(records))
            )


def empty_calls(session: Session, ids: Sequence[int]) -> None:
    """Take the content out of exchanges: bodies, and what their addresses ask for."""
    for call in session.scalars(select(Call).where(Call.id.in_(ids))):
        call.request = call.response = call.error = ""
        call.url = call.url.partition("?")[0]


# Every table ------------------------------------------------------------------------------------


def mentions(session: Session, matches: Match, tables: Iterable[Table]) -> dict[str, list[Any]]:
    """Table name to the keys of its rows that say something which ``matches``."""
    found: dict[str, list[Any]] = {}
    for table in tables:
        columns = [column for column in table.columns if _is_text(column)]
        rows = session.execute(select(*table.primary_key.columns, *columns)).yield_per(BATCH)
        width = len(table.primary_key.columns)
        keys = [tuple(row[:width]) for row in rows if any(map(matches, map(_text, row[width:])))]
        if keys:
            found[table.name] = keys
    return found


def redact(
    session: Session, found: Mapping[str, Sequence[Any]], redacted: Callable[[str], str]
) -> None:
    """Rewrite the texts of the rows that `mentions` found. A row whose key speaks of it is deleted."""
    for name, keys in found.items():
        table = TABLES.tables[name]
        columns = [column for column in table.columns if _is_text(column)]
        for key in keys:
            where = [
                part == value for part, value in zip(table.primary_key.columns, key, strict=True)
            ]
            row = session.execute(select(*columns).where(*where)).first()
            if row is None:
                continue
            if any(isinstance(part, str) and redacted(part) != part for part in key):
                session.execute(delete(table).where(*where))
                continue
            values = {
                column.name: _redacted(value, redacted)
                for column, value in zip(columns, row, strict=True)
                if not column.primary_key
            }
            session.execute(update(table).where(*where).values(values))


def open_tables() -> list[Table]:
    """The tables that may be rewritten: all but settings and people of the studio."""
    return [table for table in TABLES.sorted_tables if table.name not in KEPT]


def kept_tables() -> list[Table]:
    return [TABLES.tables[name] for name in sorted(KEPT)]


def _is_text(column: Any) -> bool:
    return isinstance(column.type, Plain | JSON | LargeBinary)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _redacted(value: Any, redacted: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bytes):
        text = value.decode(errors="surrogateescape")
        return redacted(text).encode(errors="surrogateescape")
    if isinstance(value, list):
        return [_redacted(one, redacted) for one in value]
    if isinstance(value, dict):
        return {redacted(key): _redacted(one, redacted) for key, one in value.items()}
    return value


# What has become old ----------------------------------------------------------------------------


def aged_submissions(
    session: Session, form_id: int, *, accepted_before: datetime, others_before: datetime
) -> Sequence[int]:
    """Some submissions of a form that were kept long enough, and that nothing is left to do about."""
    busy = select(Run.submission_id).where(Run.state.in_(UNFINISHED))
    accepted = Submission.state == SubmissionState.ACCEPTED
    return session.scalars(
        select(Submission.id)
        .where(
            Submission.form_id == form_id,
            Submission.state.not_in([SubmissionState.ERASED, SubmissionState.PARTIAL]),
            or_(
                accepted & (Submission.received_at < accepted_before),
                ~accepted & (Submission.received_at < others_before),
            ),
            Submission.id.not_in(busy),
        )
        .order_by(Submission.id)
        .limit(BATCH)
    ).all()


def aged_addresses(session: Session, form_id: int, before: datetime) -> Sequence[Submission]:
    """Some submissions of a form whose visitor's address was kept whole for long enough."""
    return session.scalars(
        select(Submission)
        .where(
            Submission.form_id == form_id,
            Submission.received_at < before,
            Submission.source_ip != "",
            Submission.source_ip.not_like("%/%"),
        )
        .order_by(Submission.id)
        .limit(BATCH)
    ).all()


def aged_calls(session: Session, before: datetime, form_id: int | None) -> Sequence[int]:
    """Some calls, for a form's runs or for none, whose bodies were kept for long enough."""
    told = or_(Call.request != "", Call.response != "", Call.error != "")
    served = select(CallRun.call_id).where(CallRun.call_id == Call.id)
    if form_id is not None:
        served = (
            served.join(Run, Run.id == CallRun.run_id)
            .join(Submission, Submission.id == Run.submission_id)
            .where(Submission.form_id == form_id)
        )
    wanted = ~served.exists() if form_id is None else served.exists()
    return session.scalars(
        select(Call.id).where(Call.started_at < before, told, wanted).order_by(Call.id).limit(BATCH)
    ).all()
