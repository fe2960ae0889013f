"""A wave's independent calls, side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Pool:
    """A few threads that keep the caller's context, so that the call log knows what calls are for.

    ``pace`` says how many may be at work at once; it may change at any time, and is 1 or more.
    """

    def __init__(self, threads: int, pace: Callable[[], int] | None = None) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="crm")
        self._pace = pace or (lambda: threads)
        self._busy = 0
        self._left = threading.Condition()

    def map(self, work: Callable[[_In], _Out], items: Sequence[_In]) -> list[_Out]:
        """The results in order; one item is done in the calling thread."""
        if len(items) == 1:
            return [work(items[0])]
        futures = [
            self._executor.submit(copy_context().run, self._in_turn, work, item) for item in items
        ]
        return [future.result() for future in futures]

    def close(self) -> None:
        self._executor.shutdown()

    def _in_turn(self, work: Callable[[_In], _Out], item: _In) -> _Out:
        with self._left:
            self._left.wait_for(lambda: self._busy < self._pace())
            self._busy += 1
        try:
            return work(item)
        finally:
            with self._left:
                self._busy -= 1
                self._left.notify_all()


def chunks(items: Sequence[_In], size: int) -> list[Sequence[_In]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
