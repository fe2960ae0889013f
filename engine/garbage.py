"""How often a process looks for circular garbage."""

from __future__ import annotations

import gc

_ALLOCATIONS = 20_000
"""Python's own 700 makes a collection of nearly every plan and page, which leave few circles behind."""


def collect_rarely() -> None:
    """For a process that has loaded all its code: what is there now is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 20, 20)
