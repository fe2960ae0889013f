"""How two texts of plans differ."""

from __future__ import annotations

import difflib


def text_diff(before: str, after: str, was: str, is_: str) -> tuple[str, ...]:
    """The lines of a unified diff, under the names ``was`` and ``is_``; none for equal texts."""
    return tuple(
        difflib.unified_diff(before.splitlines(), after.splitlines(), was, is_, lineterm="")
    )
