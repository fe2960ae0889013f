"""How often a process looks for circular garbage."""

from __future__ import annotations

import gc

_ALLOCATIONS = 20_000
"""Python's own 700 makes a collection of nearly every plan; a plan leaves no circles behind."""


def never_collect_what_is_loaded() -> None:
    """Spare a process that has loaded all its code: what is there now is never looked at again."""
    gc.collect()
    gc.freeze()


def collect_rarely() -> None:
    """For a worker, whom a pause does not hurt: what pages leave behind is better collected often."""
    never_collect_what_is_loaded()
    gc.set_threshold(_ALLOCATIONS, 20, 20)
