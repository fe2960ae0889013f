"""Dates and times as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

MAX_LENGTH = 40

MONTH_FIRST = frozenset({"US", "PH", "GU", "PR", "AS", "VI", "MP", "UM"})
"""Regions that write 12/31/2026 (Unicode CLDR, short date patterns)."""

_TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[ap])m)?(?: ?(?P<offset>Z|[+-]\d{2}:?\d{2}))?)?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})([-./])(?P<one>\d{{1,2}})\2(?P<two>\d{{1,2}}){_TIME}", re.I | re.A
)
_YEAR_LAST = re.compile(
    rf"(?P<one>\d{{1,2}})([-./])(?P<two>\d{{1,2}})\2(?P<year>\d{{4}}){_TIME}", re.I | re.A
)


def read_moment(text: str, *, region: str, zone: str) -> datetime | None:
    """The date or time that ``text`` writes, in ``zone``; a bare date is its midnight.

    Without an offset the text means ``zone``. Of 03/04/2026 the day comes first unless the region
    writes slashed dates month first; a number over 12 settles it.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        month, day = int(match["one"]), int(match["two"])
    elif match := _YEAR_LAST.fullmatch(text):
        day, month = int(match["one"]), int(match["two"])
        if (match[2] == "/" and region in MONTH_FIRST and day <= 12) or month > 12:
            day, month = month, day
    else:
        return None
    try:
        naive = datetime(int(match["year"]), month, day) + _time_of_day(match)  # noqa: DTZ001
        offset = _offset(match["offset"])
        moment = naive.replace(tzinfo=offset or ZoneInfo(zone))
        return moment.astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):  # no such day or hour
        return None


def _time_of_day(match: re.Match[str]) -> timedelta:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a twelve-hour clock")
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no time of day")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


_TOKENS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d", "HH": "%H", "MM": "%M", "SS": "%S"}
_TOKEN = re.compile("|".join(_TOKENS))


def format_moment(moment: datetime, pattern: str) -> str:
    """``pattern`` with yyyy, yy, mm, dd, HH, MM and SS replaced; all else stays."""
    return _TOKEN.sub(lambda token: moment.strftime(_TOKENS[token[0]]), pattern)
