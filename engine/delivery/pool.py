"""A wave's independent calls, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Pool:
    """A few threads that keep the caller's context, so that the call log knows what calls are for."""

    def __init__(self, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="crm")

    def map(self, work: Callable[[_In], _Out], items: Sequence[_In]) -> list[_Out]:
        """The results in order; one item is done in the calling thread."""
        if len(items) == 1:
            return [work(items[0])]
        futures = [self._executor.submit(copy_context().run, work, item) for item in items]
        return [future.result() for future in futures]

    def close(self) -> None:
        self._executor.shutdown()


def chunks(items: Sequence[_In], size: int) -> list[Sequence[_In]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
