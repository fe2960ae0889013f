"""Times, numbers and stored text, written for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from babel.dates import TIMEDELTA_UNITS, format_date, format_datetime, format_timedelta
from babel.units import format_unit
from flask import Flask
from flask_babel import format_decimal, get_locale, get_timezone, ngettext
from flask_babel import gettext as _

from connectors.base import Rate
from engine.deciding.senders import sender_by_key
from engine.deciding.senders.signatures import body_without_secrets
from engine.deciding.suggesting import Source, meaning_of
from engine.storage.base import now
from engine.storage.models import Form
from web.language import known_zone

_MOST_RAW = 65_536


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        exact=exact,
        iso=datetime.isoformat,
        moment=moment,
        number=number,
        per_time=per_time,
        plain=plain,
        pretty=pretty,
        raw_text=raw_text,
        readable=unquote,
        seconds=seconds,
        sender_name=sender_name,
        sentence=sentence,
        size=size,
        web_link=web_link,
        when=when,
        who=who,
    )


def moment(instant: datetime, form: Form | None = None) -> str:
    """Date and time in the viewer's zone; in the form's as long as we do not know the viewer's."""
    zone = get_timezone()
    if form is not None and not known_zone():
        zone = ZoneInfo(form.config.get("zone", "UTC"))
    same_year = instant.astimezone(zone).year == now().astimezone(zone).year
    pattern = "d MMM, HH:mm:ss" if same_year else "d MMM y, HH:mm"
    return format_datetime(instant, pattern, tzinfo=zone, locale=get_locale())


def when(text: str) -> str:
    """A plan's instant as `moment` writes it; any other text, also a day alone, stays as it is."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(instant) if instant.tzinfo else text


def exact(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'milliseconds')} UTC"


def weekdays(instants: Sequence[datetime]) -> list[str]:
    """The day of the week of each, in short."""
    return _days(instants, "EEE")


def short_days(instants: Sequence[datetime]) -> list[str]:
    """Days as lists of days name them."""
    return _days(instants, "EEE, d MMM")


def _days(instants: Sequence[datetime], pattern: str) -> list[str]:
    zone, locale = get_timezone(), get_locale().language
    return [_day(instant.astimezone(zone).date(), pattern, locale) for instant in instants]


# These are kept, since Babel takes long for them and pages have few different ones, again and again.
@lru_cache(maxsize=1024)
def _day(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def number(value: float) -> str:
    """A number as in the language. Short ones are the same in all that people can choose, and many."""
    return str(value) if type(value) is int and 0 <= value < 1000 else str(format_decimal(value))


def ago(instant: datetime) -> str:
    span = instant - now()
    return _ago(_in_one_unit(span.days * 86_400 + span.seconds), get_locale().language)


@lru_cache(maxsize=1024)
def _ago(total_s: int, locale: str) -> str:
    span = timedelta(seconds=total_s)
    return format_timedelta(span, threshold=1, add_direction=True, locale=locale)


def _in_one_unit(total_s: int) -> int:
    """As many whole units as people are told, the unit being the largest that is nearly filled."""
    nearly = (size for _, size in TIMEDELTA_UNITS if abs(total_s) >= _NEARLY * size)
    size = next(nearly, 1)
    return round(abs(total_s) / size) * (size if total_s > 0 else -size)


_NEARLY = 0.85


def seconds(span: timedelta) -> str:
    """A span as people compare spans: exact while it is short."""
    total = span.total_seconds()
    if abs(total) < 60:
        return _("%(seconds)s s", seconds=format_decimal(round(total, 2)))
    return format_timedelta(span, locale=get_locale())


def size(count: int) -> str:
    """A number of bytes."""
    if count < 1000:
        return ngettext("%(num)d byte", "%(num)d bytes", count)
    if count < 1_000_000:
        return _("%(count)s kB", count=format_decimal(round(count / 1000, 1)))
    return _("%(count)s MB", count=format_decimal(round(count / 1_000_000, 1)))


def span(total_s: float) -> str:
    """A typical time, as charts name it: in the largest unit that it fills."""
    return spans()(total_s)


def spans() -> Callable[[float], str]:
    """What tells typical times, with the language looked up once and not for each."""
    locale = get_locale().language

    def told(total_s: float) -> str:
        unit, size_s = next((one for one in _UNITS if total_s >= one[1]), _UNITS[-1])
        return _unit(round(total_s / size_s, 1), unit, locale)

    return told


@lru_cache(maxsize=1024)
def _unit(value: float, unit: str, locale: str) -> str:
    return format_unit(value, unit, "short", locale=locale)


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def per_time(rate: Rate) -> str:
    """A limit, such as ``7 per 1 s``."""
    return _per_time(rate, get_locale().language)


@lru_cache(maxsize=1024)
def _per_time(rate: Rate, locale: str) -> str:
    return _(
        "%(calls)s per %(span)s",
        calls=format_decimal(rate.calls),
        span=seconds(timedelta(seconds=rate.seconds)),
    )


def sentence(text: str) -> str:
    """``text`` as it begins a sentence; what is a name further on stays as it is."""
    return text[:1].upper() + text[1:]


def web_link(address: Any) -> str | None:
    """``address`` when a browser may follow it, else None: never ``javascript:`` and the like."""
    text = str(address or "")
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def plain(value: Any) -> str:
    """An answer as one text: lists by commas, everything else as JSON writes it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def pretty(text: str) -> str:
    """A recorded body, indented when it is JSON."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def raw_text(raw: bytes) -> str:
    """What arrived, as far as it is text and as long as a page can bear, without senders' secrets."""
    text = body_without_secrets(raw[:_MOST_RAW].decode("utf-8", errors="backslashreplace"))
    return text if len(raw) <= _MOST_RAW else f"{text}…"


_NAMES = ("name", "full_name", "first_name", "your-name", "fullname", "email", "phone", "tel")


def sender_name(key: str) -> str:
    """Who sent a submission, by its key in the table of senders; "" for an unknown one."""
    sender = sender_by_key(key)
    return sender.name if sender else ""


def who(answers: Mapping[str, Any]) -> str:
    """The answer by which a person recognises a submission; empty when there is none."""
    fields = {key.lower(): value for key, value in answers.get("field", {}).items()}
    first = next((plain(fields[name]) for name in _NAMES if fields.get(name)), "")
    last = plain(fields.get("last_name")) if fields.get("first_name") else ""
    return (f"{first} {last}".strip() or _by_question(fields))[:80]


def _by_question(fields: Mapping[str, Any]) -> str:
    """The same, for senders that name answers by their questions."""
    meant: dict[str | None, str] = {}
    for name, value in fields.items():
        if value:
            meant.setdefault(meaning_of(Source(name)), plain(value))
    first = next((meant[what] for what in _MEANINGS if what in meant), "")
    last = meant.get("last name", "") if first == meant.get("first name") else ""
    return f"{first} {last}".strip()


_MEANINGS = ("name", "first name", "email", "phone")
