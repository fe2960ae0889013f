"""Dates and times as people write them.

A pattern is written with ``yyyy yy mm dd hh mm ss`` in either case; ``mm`` behind ``hh`` is minutes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
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
        naive = datetime(int(match["year"]), month, day) + _time_of_day(match.groupdict())  # noqa: DTZ001
        offset = _offset(match["offset"])
        moment = naive.replace(tzinfo=offset or ZoneInfo(zone))
        return moment.astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):  # no such day or hour
        return None


def _time_of_day(parts: Mapping[str, str | None]) -> timedelta:
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a twelve-hour clock")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
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


# Patterns

_WRITTEN = re.compile(r"(yyyy|yy|mm|dd|hh|ss)", re.I)
_READ = re.compile(r"(yyyy|yy|[ap]m|mm?|dd?|hh?|ss?)", re.I)
_UNITS = {
    "y": "year",
    "m": "month",
    "d": "day",
    "h": "hour",
    "s": "second",
    "a": "half",
    "p": "half",
}
_WRITE: dict[str, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: moment.second,
}
_NEEDS = {"minute": "hour", "second": "minute", "half": "hour"}


def format_moment(moment: datetime, pattern: str) -> str:
    """``pattern`` with its tokens replaced; all else stays."""
    return "".join(
        _digits(_WRITE[unit](moment), len(token)) if unit else token
        for token, unit in _tokens(pattern, _WRITTEN)
    )


def _digits(number: int, width: int) -> str:
    return f"{number % 10**width:0{width}}"


def read_by_pattern(text: str, pattern: str, *, zone: str) -> str | None:
    """What ``text`` writes, as ISO 8601: a date, or with hours in the pattern a time with its offset.

    Days, months and hours may have one digit when something stands between them. Of years with two
    digits, 69 to 99 are of the 20th century. Raises ValueError when `pattern_mistake` finds one.
    """
    if len(text) > MAX_LENGTH or not (match := _reader(pattern).fullmatch(text.strip())):
        return None
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= 69 else 2000
    try:
        day = datetime(year, int(parts["month"]), int(parts["day"]))  # noqa: DTZ001
        if "hour" not in parts:
            return day.date().isoformat()
        moment = (day + _time_of_day(parts)).replace(tzinfo=ZoneInfo(zone))
        return moment.isoformat(timespec="seconds")
    except ValueError:  # no such day or hour
        return None


def pattern_mistake(pattern: str) -> str | None:
    """What is wrong with a pattern that dates are to be read by; None when nothing is."""
    try:
        _reader(pattern)
    except ValueError as error:
        return str(error)
    return None


def _tokens(pattern: str, known: re.Pattern[str]) -> list[tuple[str, str | None]]:
    """The pieces of ``pattern``: tokens with their unit, and the texts between them with None."""
    tokens: list[tuple[str, str | None]] = []
    before = None
    for number, piece in enumerate(known.split(pattern)):
        unit = _UNITS[piece[0].lower()] if number % 2 else None
        if unit == "month" and before == "hour":
            unit = "minute"
        before = unit or before
        tokens.append((piece, unit))
    return tokens


@lru_cache(maxsize=256)
def _reader(pattern: str) -> re.Pattern[str]:
    tokens = _tokens(pattern, _READ)
    units = [unit for _, unit in tokens if unit]
    for unit in ("day", "month", "year"):
        if unit not in units:
            raise ValueError(f"{pattern!r} has no {unit}; write a pattern such as DD.MM.YYYY")
    for unit in units:
        if units.count(unit) > 1:
            raise ValueError(f"{pattern!r} has more than one {unit}")
        if _NEEDS.get(unit, unit) not in units:
            raise ValueError(f"{pattern!r} has a {unit} without {_NEEDS[unit]}s")
    return re.compile("".join(_expressions(tokens, pattern)), re.I | re.A)


def _expressions(tokens: list[tuple[str, str | None]], pattern: str) -> Iterator[str]:
    """Tokens with nothing between them have all their digits, else nobody could tell them apart."""
    nothing = {number for number in range(2, len(tokens) - 2, 2) if not tokens[number][0]}
    for number, (piece, unit) in enumerate(tokens):
        if unit is None:
            yield _between(piece, pattern)
        else:
            tight = not nothing.isdisjoint((number - 1, number + 1))
            yield f"(?P<{unit}>{_width(piece, unit, tight)})"


def _between(piece: str, pattern: str) -> str:
    if unknown := re.search(r"[a-su-z]+", piece, re.I):
        raise ValueError(
            f"{unknown[0]!r} in {pattern!r} is not known; use YYYY YY MM DD hh mm ss am"
        )
    return re.sub(r"(?:\\\s)+", r"\\s+", re.escape(piece))


def _width(token: str, unit: str, tight: bool) -> str:
    if unit == "half":
        return r"[ap]\.?m\.?"
    if unit == "year":
        return rf"\d{{{len(token)}}}"
    return r"\d{2}" if tight else r"\d{1,2}"
