"""How often a process looks for circular garbage."""

from __future__ import annotations

import gc

WORKING = 20_000
"""Allocations of a worker, whom a pause does not hurt: Python's own 700 are less than a plan."""
SERVING = 3_000
"""Allocations of a web process: more than a page makes, and few enough to be looked through at once."""


def collect_rarely(allocations: int) -> None:
    """After so many ``allocations``, and what is there now never: for who has loaded all its code."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(allocations, 20, 20)
