"""Whose turn it is to write, where only one may at a time, and who writes together.

SQLite has one lock for all writers, and whoever finds it taken may be overtaken between two tries. So
the threads of a process queue up here before they ask for it, and those that only add something short
are written by the first of them, and committed once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

WAIT_S = 15.0
MOST = 16
"""Writes that share a transaction: others wait for it."""

Result = TypeVar("Result")


def _busy() -> OperationalError:
    busy = TimeoutError("other threads have had the database for too long")
    return OperationalError("BEGIN IMMEDIATE", None, busy)


class Turn:
    """To write, among the threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises OperationalError when it does not come in time."""
        if not self._lock.acquire(timeout=WAIT_S):
            raise _busy()
        try:
            yield
        finally:
            self._lock.release()


class _Waiting(Generic[Result]):
    """A write that waits, and what comes of it. With neither result nor error it is to be done alone."""

    def __init__(self, act: Callable[[Session], Result]) -> None:
        self.act = act
        self.result: list[Result] = []
        self.error: BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class Together:
    """Has the writes that wait for their turn at the same time share one transaction.

    The thread that leads does all of them, in the order in which they came, and commits; then the
    first that came meanwhile leads. ``write`` begins a transaction.
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Any]] = deque()
        self._leader: _Waiting[Any] | None = None

    def write(self, act: Callable[[Session], Result]) -> Result:
        """What ``act`` returns, once it is committed. Raises its error, or the commit's.

        When one of those that share a transaction fails, all is taken back, and each is done anew by
        a transaction of its own.
        """
        mine = _Waiting(act)
        with self._lock:
            self._queue.append(mine)
            leads = self._leader is None
            if leads:
                self._leader = mine
        if not leads:
            self._wait(mine)
        if self._leader is mine:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        for result in mine.result:
            return result
        with self._write() as session:
            return act(session)

    def _wait(self, mine: _Waiting[Any]) -> None:
        """Until it is done, or is to lead."""
        if mine.woken.acquire(timeout=WAIT_S):
            return
        with self._lock:
            if mine in self._queue and mine is not self._leader:
                self._queue.remove(mine)
                raise _busy()
        mine.woken.acquire()  # somebody is at it, or lets it lead: that takes no longer than a write

    def _lead(self, mine: _Waiting[Any]) -> None:
        batch, done, results = [mine], False, []
        try:
            with self._write() as session:
                session.connection()  # more may come while it waits for SQLite's lock
                batch = self._first()
                for one in batch:
                    results.append(one.act(session))
                    session.flush()
                done = True
        except BaseException as error:  # each thread raises its own
            if done or len(batch) == 1 or not isinstance(error, Exception):
                for one in batch:
                    one.error = error
        else:
            for one, result in zip(batch, results, strict=True):
                one.result.append(result)
        finally:
            self._hand_over(batch)

    def _first(self) -> list[_Waiting[Any]]:
        with self._lock:
            return [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]

    def _hand_over(self, batch: list[_Waiting[Any]]) -> None:
        """Let the next one lead, then tell those of ``batch``; the first of them is the present leader."""
        with self._lock:
            if batch[0] in self._queue:  # its transaction did not begin
                self._queue.remove(batch[0])
            self._leader = self._queue[0] if self._queue else None
            if self._leader is not None:
                self._leader.woken.release()
        for one in batch[1:]:
            one.woken.release()
