"""A prepared statement does what SQLAlchemy would do with it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.models import Event, Form, Lane, Module, Revision, Run, RunState, Submission
from engine.storage.prepared import Prepared
from tests.databases import WITH_POSTGRES, Databases

ADDED = Prepared(insert(Submission).returning(Submission.id))
QUEUED = Prepared(insert(Run).returning(Run.id))
NOTED = Prepared(insert(Event))
NAME_OF = Prepared(select(Form.name).where(Form.key == bindparam("key")))


def columns(form: Form, **others: Any) -> dict[str, Any]:
    given = {"form_id": form.id, "number": 1, "idem_key": "key", "raw": b"a=1", "state": "accepted"}
    json = {"headers": {}, "answers": {"field": {"a": ["1", "ї"]}}, "technical": {}, "files": []}
    return {**given, **json, **others}


def test_types_and_defaults_are_those_of_the_columns(
    database: Database, form: Form, module: Module
) -> None:
    at = now()
    with database.write() as session:
        connection = session.connection()
        ((submission,),) = ADDED.rows(connection, columns(form, sender="a\x00b"))
        revision = session.scalar(select(Revision.id))
        row = {"submission_id": submission, "module_id": module.id, "revision_id": revision}
        of = {"connection_id": module.connection_id, "received_at": at}
        ids = [QUEUED.row(connection, {**row, **of}) for _ in range(2)]
    with database.read() as session:
        kept = session.get_one(Submission, submission)
        runs = session.scalars(select(Run).order_by(Run.id)).all()
    assert kept.answers == {"field": {"a": ["1", "ї"]}}
    assert (kept.sender, kept.hits, kept.labels, kept.wait_until) == ("a\ufffdb", 1, {}, None)
    assert kept.received_at >= at
    assert [(run.id,) for run in runs] == ids
    assert {(run.state, run.lane, run.received_at) for run in runs} == {
        (RunState.QUEUED, Lane.LIVE, at)
    }
    assert runs[0].public_id != runs[1].public_id, "each gets a default of its own"
    assert runs[0].plan is None


def test_many_go_at_once(database: Database, form: Form) -> None:
    with database.write() as session:
        ((id,),) = ADDED.rows(session.connection(), columns(form))
        told = [{"submission_id": id, "type": "x", "message": word} for word in ("one", "two")]
        NOTED.run(session.connection(), *told)
    with database.read() as session:
        assert session.scalars(select(Event.message).order_by(Event.id)).all() == ["one", "two"]


def test_what_another_transaction_committed_is_seen(database: Database, form: Form) -> None:
    assert NAME_OF.seen(database.reader, {"key": form.key}) == ("Call me back",)
    with database.write() as session:
        session.get_one(Form, form.id).name = "Ring me"
        session.flush()
        assert NAME_OF.row(session.connection(), {"key": form.key}) == ("Ring me",)
        assert NAME_OF.seen(database.reader, {"key": form.key}) == ("Call me back",)
    assert NAME_OF.seen(database.reader, {"key": form.key}) == ("Ring me",)
    assert NAME_OF.seen(database.reader, {"key": "nothing"}) is None


def test_errors_are_those_of_sqlalchemy_and_tell_no_values(database: Database, form: Form) -> None:
    with database.write() as session:
        connection, twice = session.connection(), columns(form, source_ip="Mallory")
        ADDED.rows(connection, twice)
        with pytest.raises(IntegrityError) as refusal:
            ADDED.rows(connection, twice)
        session.rollback()
    assert "Mallory" not in str(refusal.value)


def test_a_value_that_is_missing_is_a_mistake(database: Database, form: Form) -> None:
    with pytest.raises(KeyError, match="key"):
        NAME_OF.seen(database.reader, {})


def test_a_database_that_is_gone_is_told(database: Database, databases: Databases) -> None:
    database.close()
    databases.take_away(database.url)
    with pytest.raises(OperationalError):
        NAME_OF.seen(database.reader, {"key": "callback"})


@pytest.mark.skipif(not WITH_POSTGRES, reason="an SQLite file is never lost on the way")
def test_a_connection_that_was_lost_is_not_used_again(database: Database, form: Form) -> None:
    with database.writer.connect() as connection:
        _end(database.reader, connection.scalar(text("SELECT pg_backend_pid()")))
        with pytest.raises(OperationalError) as lost:
            NAME_OF.row(connection, {"key": form.key})
    assert lost.value.connection_invalidated
    assert NAME_OF.seen(database.writer, {"key": form.key}) == ("Call me back",)


def _end(engine: Engine, pid: int | None) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def test_a_table_that_is_not_there_is_told(database: Database, form: Form) -> None:
    with database.write() as session:
        session.execute(text("ALTER TABLE event RENAME TO gone"))
    try:
        with pytest.raises((OperationalError, ProgrammingError)), database.write() as session:
            NOTED.run(session.connection(), {"submission_id": 1, "type": "x", "message": ""})
    finally:
        with database.write() as session:
            session.execute(text("ALTER TABLE gone RENAME TO event"))
