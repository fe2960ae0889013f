"""Lists: pages of 50, told by "total" and "next" beside the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.bitrix24.simulator.crm import Params, whole

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; its facts stand beside the result."""

    result: Any
    total: int | None
    next: int | None

    @property
    def facts(self) -> Mapping[str, int]:
        known = {"total": self.total, "next": self.next}
        return {name: value for name, value in known.items() if value is not None}


def page_of(params: Params, rows: Sequence[Any], name: str = "") -> Page:
    """The page that starts at ``start``; with -1 the first, uncounted."""
    start = whole(params.get("start", 0)) or 0
    counted = start >= 0
    first = max(0, start) // PAGE * PAGE
    shown = list(rows[first : first + PAGE])
    more = first + PAGE if counted and first + PAGE < len(rows) else None
    return Page({name: shown} if name else shown, len(rows) if counted else None, more)


def in_order(rows: list[Any], order: Any, usual: str) -> list[Any]:
    """Rows sorted by the first key of ``order``; ids count as numbers."""
    key, direction = (
        next(iter(order.items()), (usual, "ASC")) if isinstance(order, dict) else (usual, "ASC")
    )
    if rows and key not in rows[0]:
        return rows

    def place(row: Mapping[str, Any]) -> tuple[float, str]:
        value = row[key]
        number = whole(value)
        return (float(number), "") if number is not None else (0.0, str(value or ""))

    return sorted(rows, key=place, reverse=str(direction).upper() == "DESC")
