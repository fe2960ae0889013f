"""Finding what an address names."""

from __future__ import annotations

from typing import TypeVar

from web.api.problems import NOT_FOUND, Problem

_T = TypeVar("_T")


def found(thing: _T | None, noun: str, name: object) -> _T:
    """``thing``, or the Problem that there is no such ``noun``."""
    if thing is None:
        raise Problem(NOT_FOUND, f"there is no {noun} {name}")
    return thing
