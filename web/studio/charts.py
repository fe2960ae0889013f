"""What the charts of the first page show: a table each, from which the browser draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
        tell = self._teller()
        lines = [[_cell(value, tell) for value in line.values] for line in self.lines]
        days = [f'<th scope="row">{escape(day)}</th>' for day in self.days]
        rows = "\n".join(f"<tr>{''.join(row)}</tr>" for row in zip(days, *lines, strict=True))
        return Markup(rows)  # noqa: S704

    def told(self, value: float | None) -> str:
        return _NONE if value is None else self._teller()(value)

    def _teller(self) -> Callable[[float], str]:
        return spans() if self.shape == "lines" else number


_NONE = "–"


def _cell(value: float | None, tell: Callable[[float], str]) -> str:
    if value is None:
        return f'<td data-value="">{_NONE}</td>'
    return f'<td data-value="{value}">{escape(tell(value))}</td>'


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
