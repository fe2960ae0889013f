"""Small bars that show how the days compare, drawn into a row of a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup, escape

from web.studio.formats import number, weekdays

_STEP, _WIDTH, _HEIGHT, _LEAST = 9, 7, 24, 2


def bars_of(rows: Sequence[Sequence[int]], days: Sequence[datetime]) -> list[Markup]:
    """The bars of each row, one for each of ``days``, as high as its share of the busiest day of all.

    Their numbers are said in words.
    """
    most = max((count for row in rows for count in row), default=0)
    names = weekdays(days)
    return [_row(row, most, names) for row in rows]


def _row(counts: Sequence[int], most: int, names: Sequence[str]) -> Markup:
    told = [escape(f"{name} {number(count)}") for name, count in zip(names, counts, strict=True)]
    bars = [
        _bar(_STEP * place, count, most, text)
        for place, (count, text) in enumerate(zip(counts, told, strict=True))
    ]
    width = _STEP * len(counts) - 1
    # Put together as text, since a list has hundreds of bars; what is told is escaped above.
    return Markup(  # noqa: S704
        f'<svg class="bars" viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}"'
        f' role="img" aria-label="{", ".join(told)}">{"".join(bars)}</svg>'
    )


def _bar(x: int, count: int, most: int, told: str) -> str:
    height = max((_HEIGHT - 2) * count / most, _LEAST) if count else 1
    none = "" if count else ' class="none"'
    return (
        f'<rect x="{x}" y="{_HEIGHT - height:g}" width="{_WIDTH}" height="{height:g}"{none}>'
        f"<title>{told}</title></rect>"
    )
