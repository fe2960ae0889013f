"""What the charts of the first page show: a table each, from which the browser draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from engine.storage.days import Days
from web.studio.formats import number, short_days, spans

CAUSES = 4
"""So many causes of failures have a colour of their own; the rest share one."""
MEDIAN, MOST = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """One series: what it is called, its value on each day (None: there is none), and as a whole."""

    label: str
    values: Sequence[float | None]
    whole: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """``shape`` is how the lines are drawn: as ``bars``, ``stack`` or ``lines``; these are times."""

    name: str
    shape: str
    title: str
    lines: Sequence[Line]
    days: Sequence[str]

    @property
    def empty(self) -> bool:
        return not any(value for line in self.lines for value in line.values)

    @property
    def rows(self) -> Markup:
        """Each day as a row of a table: as numbers for the script, and for people.

        Put together as text, since there are many; what is told is escaped here.
        """
        lines = tuple(tuple(line.values) for line in self.lines)
        return _rows(self.shape, tuple(self.days), lines, get_locale().language)

    def told(self, value: float | None) -> str:
        return _NONE if value is None else _teller(self.shape)(value)


_NONE = "–"
_Values = tuple[float | None, ...]


# Kept, since the page is asked for more often than its numbers change.
@lru_cache(maxsize=64)
def _rows(shape: str, days: Sequence[str], lines: Sequence[_Values], locale: str) -> Markup:
    tell = _teller(shape)
    cells = [[_cell(value, tell) for value in line] for line in lines]
    heads = [f'<th scope="row">{escape(day)}</th>' for day in days]
    rows = "\n".join(f"<tr>{''.join(row)}</tr>" for row in zip(heads, *cells, strict=True))
    return Markup(rows)  # noqa: S704


def _cell(value: float | None, tell: Callable[[float], str]) -> str:
    if value is None:
        return f'<td data-value="">{_NONE}</td>'
    return f'<td data-value="{value}">{escape(tell(value))}</td>'


def _teller(shape: str) -> Callable[[float], str]:
    return spans() if shape == "lines" else number


def charts_of(days: Days) -> tuple[Chart, Chart, Chart]:
    names = short_days(days.begin)
    delivered = [delay.count for delay in days.delays]
    amounts = (
        Line(_("received"), days.received, sum(days.received)),
        Line(_("delivered"), delivered, sum(delivered)),
    )
    times = tuple(
        Line(
            label,
            [delay.quantile_s(share) for delay in days.delays],
            days.all_delays.quantile_s(share),
        )
        for label, share in ((_("half within"), MEDIAN), (_("95 of 100 within"), MOST))
    )
    return (
        Chart("amounts", "bars", _("Received and delivered"), amounts, names),
        Chart("times", "lines", _("Time to the CRM"), times, names),
        Chart("failures", "stack", _("Failures by cause"), _causes(days), names),
    )


def soon_percent(days: Days) -> int | None:
    """How many of a hundred deliveries took a minute at most; None when nothing was delivered."""
    count = days.all_delays.count
    return round(100 * days.all_delays.soon / count) if count else None


def _causes(days: Days) -> list[Line]:
    lines = [
        Line(cause or _("without a reason"), counts, sum(counts))
        for cause, counts in days.failures.items()
    ]
    shown, rest = lines[:CAUSES], lines[CAUSES:]
    if not rest:
        return shown
    sums = [sum(values) for values in zip(*(list(days.failures.values())[CAUSES:]), strict=True)]
    return [*shown, Line(_("other causes"), sums, sum(sums))]
