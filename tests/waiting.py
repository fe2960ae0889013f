"""Threads that wait for their turn to write, as many as a test wants, before any of them gets it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

from engine.storage.database import Database

PATIENCE_S = 10.0


class Queue:
    """Has the turn itself until `let_go`. To be used by one thread."""

    def __init__(self, database: Database) -> None:
        assert database._turn is not None
        assert database._together is not None
        self._database, self._together = database, database._together
        self._pool = ThreadPoolExecutor(16)
        self._turn = ExitStack()
        self._turn.enter_context(database._turn.taken())

    def fill(self, *acts: Callable[[Any], Any]) -> list[Future[Any]]:
        """Have each of ``acts`` wait to be written together with the others, in this order."""
        return self.call(*(partial(self._database.write_together, act) for act in acts))

    def call(self, *calls: Callable[[], Any]) -> list[Future[Any]]:
        """Have each of ``calls``, which write together, wait in this order."""
        futures: list[Future[Any]] = []
        for call in calls:
            futures.append(self._pool.submit(call))
            end = time.monotonic() + PATIENCE_S
            while len(self._together._queue) < len(futures) and not futures[-1].done():
                assert time.monotonic() < end, "it does not come to write"
                time.sleep(0.001)
        return futures

    def let_go(self) -> None:
        self._turn.close()

    def close(self) -> None:
        self.let_go()
        self._pool.shutdown()
