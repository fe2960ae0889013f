"""How rules are put into words: English by itself, any language for whoever brings the words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Say: TypeAlias = Callable[..., str]
"""Takes a template such as ``%(one)s and %(other)s`` and its values by name."""


def in_english(template: str, **values: str) -> str:
    return template % values


def phrase(text: str) -> str:
    """``text`` itself, marked for those who translate: it is said later."""
    return text
