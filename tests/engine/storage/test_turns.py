"""Threads that write wait for one another, and those that add something short are written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine.storage import turns
from engine.storage.database import Database
from engine.storage.models import Notice
from tests.databases import WITH_POSTGRES
from tests.waiting import Queue

TROUBLE = OperationalError("COMMIT", None, Exception("database or disk is full"))
pytestmark = pytest.mark.skipif(WITH_POSTGRES, reason="there writers go side by side")


@pytest.fixture
def queue(database: Database) -> Iterator[Queue]:
    made = Queue(database)
    yield made
    made.close()


@contextmanager
def at(database: Database, moment: str, do: Callable[[object], object]) -> Iterator[None]:
    """``do`` something whenever a transaction begins or commits."""
    event.listen(database.writer, moment, do)
    yield
    event.remove(database.writer, moment, do)


def fail(_connection: object) -> None:
    raise TROUBLE


def tell(message: str) -> Callable[[Session], str]:
    def act(session: Session) -> str:
        session.add(Notice(cause=message, message=message))
        return message

    return act


def refuse(_session: Session) -> str:
    raise ValueError("no")


def told(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Notice.message).order_by(Notice.id)))


def test_those_that_wait_are_committed_once_in_the_order_in_which_they_came(
    database: Database, queue: Queue
) -> None:
    seen: list[object] = []
    with at(database, "commit", seen.append):
        futures = queue.fill(tell("one"), tell("two"), tell("three"))
        queue.let_go()
        assert [each.result() for each in futures] == ["one", "two", "three"]
    assert told(database) == ["one", "two", "three"]
    assert len(seen) == 1


def test_nobody_is_answered_before_the_commit(database: Database, queue: Queue) -> None:
    answered: list[bool] = []
    futures = queue.fill(tell("one"), tell("two"))
    with at(database, "commit", lambda _: answered.extend(each.done() for each in futures)):
        queue.let_go()
        assert [each.result() for each in futures] == ["one", "two"]
    assert answered == [False, False]


def test_each_sees_what_was_written_before_it(queue: Queue) -> None:
    def count(session: Session) -> int:
        found = len(session.scalars(select(Notice.id)).all())
        session.add(Notice(cause=str(found), message=""))
        return found

    futures = queue.fill(count, count, count)
    queue.let_go()
    assert [each.result() for each in futures] == [0, 1, 2]


def test_one_that_fails_sinks_no_other(database: Database, queue: Queue) -> None:
    def half(session: Session) -> None:
        tell("half")(session)
        session.flush()
        raise ValueError("no")

    good, bad, also = queue.fill(tell("one"), half, tell("two"))
    queue.let_go()
    assert (good.result(), also.result()) == ("one", "two")
    with pytest.raises(ValueError, match="no"):
        bad.result()
    assert sorted(told(database)) == ["one", "two"]


@pytest.mark.parametrize("acts", [[refuse], [refuse, tell("one")], [tell("one"), refuse]])
def test_after_one_that_fails_others_go_on(
    database: Database, queue: Queue, acts: list[Callable[[Session], str]]
) -> None:
    futures = queue.fill(*acts)
    queue.let_go()
    assert sum(each.exception() is not None for each in futures) == 1
    assert database.write_together(tell("later")) == "later"


def test_a_commit_that_fails_fails_all_of_it(database: Database, queue: Queue) -> None:
    futures = queue.fill(tell("one"), tell("two"))
    with at(database, "commit", fail):
        queue.let_go()
        assert [each.exception() for each in futures] == [TROUBLE, TROUBLE]
    assert told(database) == []
    assert database.write_together(tell("later")) == "later"


def test_a_transaction_that_cannot_begin_fails_one_after_the_other(
    database: Database, queue: Queue
) -> None:
    futures = queue.fill(tell("one"), tell("two"))
    with at(database, "begin", fail):
        queue.let_go()
        assert [each.exception() for each in futures] == [TROUBLE, TROUBLE]
    assert told(database) == []
    assert database.write_together(tell("later")) == "later"


def test_more_than_a_transaction_takes_are_written_by_the_next(
    database: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST", 2)
    seen: list[object] = []
    with at(database, "commit", seen.append):
        futures = queue.fill(*(tell(str(number)) for number in range(5)))
        queue.let_go()
        assert [each.result() for each in futures] == list("01234")
    assert told(database) == list("01234")
    assert len(seen) == 3


def test_whoever_waits_for_too_long_is_refused_and_nothing_of_it_is_kept(
    database: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.05)
    futures = queue.fill(tell("one"), tell("two"), tell("three"))
    for each in futures:
        assert isinstance(each.exception(), OperationalError)
    queue.let_go()
    assert told(database) == []
    assert database.write_together(tell("later")) == "later"


def test_a_writer_that_waits_for_too_long_is_refused(
    database: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.01)

    def write() -> None:
        with database.write() as session:
            tell("one")(session)

    with ThreadPoolExecutor(1) as pool:
        refused: Future[None] = pool.submit(write)
        assert isinstance(refused.exception(), OperationalError)
    queue.let_go()
    assert told(database) == []


def test_many_at_once_are_each_written_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: database.write_together(tell(str(n))), range(200)))
    assert answers == [str(n) for n in range(200)]
    assert sorted(told(database), key=int) == answers
