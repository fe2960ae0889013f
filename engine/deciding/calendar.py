"""When a task is due: some time, or some working time, after a submission or a date it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from engine.deciding.documents import Document
from engine.deciding.shorthand import as_text

FARTHEST_DAYS = 3660
"""How far from the submission a date in an answer may be; no task is due in the year 9999."""

_CLOSED_DAY = timedelta(hours=9)
"""The time of day on which a task is due on a day without opening hours."""


# Times of day and opening hours


def _from_sexagesimal(written: Any) -> Any:
    """YAML 1.1 reads a bare 10:00 as 600."""
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written < 24 * 60:
        return f"{written // 60:02}:{written % 60:02}"
    return written


def _minute_of_day(text: str) -> int:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.A)
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else None
    if minute is None or minute > 24 * 60:
        raise ValueError(f'{text!r} is no time of day; write one such as "10:00"')
    return minute


def _time_of_day(text: str) -> str:
    if _minute_of_day(text) == 24 * 60:
        raise ValueError('a day ends at "23:59"')
    return text


@lru_cache(maxsize=1024)
def _span(text: str) -> tuple[int, int]:
    opens, dash, closes = re.sub("[–—]", "-", text).partition("-")
    span = (_minute_of_day(opens), _minute_of_day(closes)) if dash else (0, 0)
    if span[0] >= span[1]:
        raise ValueError(f'{text!r} is no opening time; write one such as "09:00-18:00"')
    return span


def _in_order(hours: tuple[str, ...]) -> tuple[str, ...]:
    for before, after in pairwise(hours):
        if _span(before)[1] > _span(after)[0]:
            raise ValueError(f"{after!r} must begin after {before!r} has ended")
    return hours


def _known_span(text: str) -> str:
    _span(text)
    return text


def _listed(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


def _holiday(text: str) -> str:
    if re.fullmatch(r"(\d{4}-)?\d{2}-\d{2}", text, re.A):
        try:
            date.fromisoformat(text if len(text) > 5 else f"2000-{text}")
        except ValueError:  # such as 02-30
            pass
        else:
            return text
    raise ValueError(f"{text!r} is no day; write 2026-12-25, or 12-25 for every year")


TimeOfDay = Annotated[str, BeforeValidator(_from_sexagesimal), AfterValidator(_time_of_day)]
Span = Annotated[str, AfterValidator(_known_span)]
Hours = Annotated[tuple[Span, ...], BeforeValidator(_listed), AfterValidator(_in_order)]
Holiday = Annotated[str, BeforeValidator(as_text), AfterValidator(_holiday)]

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""First and last minute of the day of each opening time."""

_OFFICE: tuple[str, ...] = ("09:00-18:00",)


class WorkingCalendar(Document):
    """Opening hours by weekday, in the form's zone; none means closed.

    ``holidays`` are days such as 2026-12-25, or 12-25 for every year.
    """

    mon: Hours = _OFFICE
    tue: Hours = _OFFICE
    wed: Hours = _OFFICE
    thu: Hours = _OFFICE
    fri: Hours = _OFFICE
    sat: Hours = ()
    sun: Hours = ()
    holidays: Annotated[tuple[Holiday, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _opens_some_day(self) -> WorkingCalendar:
        if not any(self._week):
            raise ValueError("is never open; give at least one weekday opening hours")
        return self

    def spans(self, day: date) -> Spans:
        """When ``day`` is open."""
        text = day.isoformat()
        closed = text in self._closed or text[5:] in self._closed
        return () if closed else self._week[day.weekday()]

    @cached_property
    def _week(self) -> tuple[Spans, ...]:
        days = (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)
        return tuple(tuple(_span(text) for text in hours) for hours in days)

    @cached_property
    def _closed(self) -> frozenset[str]:
        return frozenset(self.holidays)


# Due


class Due(Document):
    """When a task is due, from its submission on or from the date that the text ``on`` writes.

    Days come first, then working days, then ``at`` or the minutes and hours, all of which add up.
    Days count backwards only from a date.
    """

    on: Annotated[str, Field(max_length=4096)] | None = None
    days: Annotated[int, Field(ge=-FARTHEST_DAYS, le=FARTHEST_DAYS)] = 0
    working_days: Annotated[int, Field(ge=-366, le=366)] = 0
    at: TimeOfDay | None = None
    minutes: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    hours: Annotated[int, Field(ge=0, le=20_000)] = 0
    working_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    working_hours: Annotated[int, Field(ge=0, le=2_000)] = 0

    @model_validator(mode="before")
    @classmethod
    def _on_is_no_truth_value(cls, written: Any) -> Any:
        if isinstance(written, dict) and True in written:  # YAML 1.1 reads a bare on as true
            return {"on" if key is True else key: value for key, value in written.items()}
        return written

    @field_validator("days", "working_days")
    @classmethod
    def _backwards_from_a_date_only(cls, days: int, context: Any) -> int:
        if days < 0 and not context.data.get("on"):
            raise ValueError("goes backwards; that is possible only together with on: a date")
        return days

    @model_validator(mode="after")
    def _has_one_time_of_day(self) -> Due:
        if self.at and (self.elapsed or self.worked):
            raise ValueError("has at, a time of day, so it can have days but no minutes or hours")
        return self

    @property
    def elapsed(self) -> timedelta:
        """Minutes and hours."""
        return timedelta(hours=self.hours, minutes=self.minutes)

    @property
    def worked(self) -> timedelta:
        """Working minutes and hours."""
        return timedelta(hours=self.working_hours, minutes=self.working_minutes)


def due(
    at: datetime,
    spec: Due,
    calendar: WorkingCalendar,
    zone: str,
    *,
    on: datetime | None = None,
) -> datetime:
    """When a task of a submission of ``at`` is due, in ``zone``; never before ``at``.

    ``on`` is what ``spec.on`` writes, at midnight when that is a bare date. Without it, or when it is
    ten years away, the task is counted from ``at``.
    """
    here = ZoneInfo(zone)
    start = at.astimezone(here)
    if on is not None and abs((on.date() - at.date()).days) > FARTHEST_DAYS:
        on = None
    moment = start
    if on or spec.at or spec.days or spec.working_days:
        moment = _on_day(start, spec, calendar, on.astimezone(here) if on else None)
    moment = (moment.astimezone(UTC) + spec.elapsed).astimezone(here)
    if spec.worked:
        moment = _worked(moment, spec.worked, calendar)
    return max(moment, start, key=datetime.timestamp)  # a wall clock shows some hours twice


def _on_day(start: datetime, spec: Due, calendar: WorkingCalendar, on: datetime | None) -> datetime:
    """Days, working days and the time of day."""
    origin = on or start
    days, working_days = spec.days, spec.working_days
    if on is None:
        days, working_days = max(days, 0), max(working_days, 0)
    day = _working_day(origin.date() + timedelta(days=days), working_days, calendar)
    clock = _since_midnight(origin)
    if spec.at is not None:
        clock = timedelta(minutes=_minute_of_day(spec.at))
    elif on is not None and not clock:
        clock = _opening(day, calendar)
    elif working_days:
        clock = _within_hours(clock, calendar.spans(day))
    moment = _local(day, clock, origin)
    if on is None and spec.at is not None and moment.timestamp() <= start.timestamp():
        moment = _local(day + timedelta(days=1), clock, origin)
    return moment


def _working_day(day: date, count: int, calendar: WorkingCalendar) -> date:
    """The day ``count`` working days after ``day``, or before it."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    for _ in range(FARTHEST_DAYS):
        if not left:
            break
        day += step
        left -= bool(calendar.spans(day))
    return day


def _opening(day: date, calendar: WorkingCalendar) -> timedelta:
    spans = calendar.spans(day)
    return timedelta(minutes=spans[0][0]) if spans else _CLOSED_DAY


def _within_hours(clock: timedelta, spans: Spans) -> timedelta:
    """``clock``, or when the day is not open then, the next opening, else the closing time."""
    for opens, closes in spans:
        if clock <= timedelta(minutes=closes):
            return max(clock, timedelta(minutes=opens))
    return timedelta(minutes=spans[-1][1]) if spans else clock


def _worked(moment: datetime, left: timedelta, calendar: WorkingCalendar) -> datetime:
    """``moment`` and so much open time later."""
    for opens, closes in _openings(moment, calendar):
        begins = max(opens, moment.astimezone(UTC))
        if begins + left <= closes:
            return (begins + left).astimezone(moment.tzinfo)
        left -= max(closes - begins, timedelta())
    return moment


def _openings(moment: datetime, calendar: WorkingCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing instants in UTC, from the day of ``moment`` on."""
    for number in range(FARTHEST_DAYS):
        day = moment.date() + timedelta(days=number)
        for span in calendar.spans(day):
            opens, closes = (_local(day, timedelta(minutes=minute), moment) for minute in span)
            yield opens.astimezone(UTC), closes.astimezone(UTC)


def _since_midnight(moment: datetime) -> timedelta:
    return moment.replace(tzinfo=None) - datetime.combine(moment.date(), time())


def _local(day: date, clock: timedelta, like: datetime) -> datetime:
    """This day and time in the zone of ``like``; a time that clocks skip is as much later."""
    wall = datetime.combine(day, time()) + clock
    return wall.replace(tzinfo=like.tzinfo).astimezone(UTC).astimezone(like.tzinfo)
