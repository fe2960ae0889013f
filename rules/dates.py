"""Dates and times of day in the two orders that leave no doubt: 2026-01-31 and 31.01.2026."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

MAX_LENGTH = 40

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
_DATE = re.compile(
    r"(?:(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"|(?P<day_first>\d{1,2})\.(?P<month_next>\d{1,2})\.(?P<year_last>\d{4}))"
    rf"(?P<timed>(?:t|,? ){_CLOCK} ?(?P<offset>z|[+-]\d{{2}}:?\d{{2}})?)?",
    re.IGNORECASE | re.ASCII,
)
_TIME = re.compile(_CLOCK, re.ASCII)


def read_date(text: str) -> date | None:
    """The date that ``text`` writes, a datetime when it says the time too; else None.

    Numbers with slashes are no date here: 03/04 is March in one country and April in the next.
    """
    written = _DATE.fullmatch(text.strip()) if len(text) <= MAX_LENGTH else None
    if written is None:
        return None
    year, month, day = (
        written["year"] or written["year_last"],
        written["month"] or written["month_next"],
        written["day"] or written["day_first"],
    )
    try:
        bare = date(int(year), int(month), int(day))
        if not written["timed"]:
            return bare
        return datetime.combine(bare, _clock(written), _offset(written["offset"]))
    except ValueError:  # no such day or hour
        return None


def read_time(text: str) -> time | None:
    """The time of day that ``text`` writes, such as 9:30 or 18:00:05; else None."""
    written = _TIME.fullmatch(text.strip()) if len(text) <= MAX_LENGTH else None
    try:
        return _clock(written) if written else None
    except ValueError:  # no such hour
        return None


def aligned(left: date, right: date) -> tuple[date, date]:
    """Two dates such that Python compares them.

    A date without a time means its whole day, so the other one's time does not count. Of two times
    of which only one says its offset, both count as written.
    """
    if not (isinstance(left, datetime) and isinstance(right, datetime)):
        return _day(left), _day(right)
    if left.tzinfo and right.tzinfo:
        return left, right
    return left.replace(tzinfo=None), right.replace(tzinfo=None)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _clock(written: re.Match[str]) -> time:
    return time(int(written["hour"]), int(written["minute"]), int(written["second"] or 0))


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in "zZ":
        return timezone(timedelta())
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone((-1 if text[0] == "-" else 1) * timedelta(minutes=minutes))
