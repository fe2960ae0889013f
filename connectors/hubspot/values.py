"""One property's value, from HubSpot's form to ours and back. On the wire every value is a text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal

from connectors.base import Json
from connectors.catalog import Field, FieldType
from connectors.hubspot.catalog import RICH
from connectors.phones import same_number

BETWEEN = ";"
"""What stands between the values of a list in one property."""

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6])>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def decimal_text(value: Json) -> str:
    """A number without exponent and without needless zeros."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def same_value(field: Field, wanted: str, there: Json) -> bool:
    """Whether two values of a field mean the same."""
    if field.type is FieldType.PHONE:
        return same_number(wanted, str(there))
    if field.type is FieldType.EMAIL:
        return wanted.strip().casefold() == str(there).strip().casefold()
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return decimal_text(wanted) == decimal_text(there)
    return bool(wanted == there)


def listed(text: str | None) -> list[str]:
    """The values of a property that holds a list."""
    return [one.strip() for one in (text or "").split(BETWEEN) if one.strip()]


def with_tags(tags: Sequence[str], present: str | None) -> str | None:
    """The property's text with ``tags`` added; None when they are there already."""
    before = listed(present)
    known = {tag.casefold() for tag in before}
    # A tag is one value of the list, so what stands between the values cannot be part of it.
    wanted = [tag.replace(BETWEEN, ",").strip() for tag in tags]
    new = [tag for tag in dict.fromkeys(wanted) if tag and tag.casefold() not in known]
    return BETWEEN.join([*before, *new]) if new else None


def rich(text: str) -> str:
    """Plain text as HTML that shows the same."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def plain(rich_text: str) -> str:
    """What HTML shows, as plain text; HubSpot may put its own tags around what it was given."""
    broken = _BREAK.sub("\n", rich_text.replace("\n", " "))
    lines = html.unescape(_TAG.sub("", broken)).replace("\xa0", " ").split("\n")
    return "\n".join(line.strip() for line in lines).strip()


def milliseconds(value: str, zone: tzinfo = UTC) -> str:
    """Unix time of an ISO 8601 moment; one without offset is meant in ``zone``."""
    moment = datetime.fromisoformat(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return str(int(moment.timestamp() * 1000))


def instant(text: str) -> datetime:
    """A moment in either of HubSpot's forms. Raises ValueError."""
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# --- HubSpot to us ---------------------------------------------------------------------------


def from_hubspot(field: Field, text: str, zone: tzinfo) -> Json:
    """A property's value in the form its FieldType gives."""
    if field.id.endswith(RICH):
        return plain(text)
    read = _READERS.get(field.type)
    return read(text, zone) if read else text


def _date(text: str, zone: tzinfo) -> str:
    # A date is midnight in UTC, whatever the account's zone.
    return instant(text).astimezone(UTC).date().isoformat()


_READERS: Mapping[FieldType, Callable[[str, tzinfo], Json]] = {
    FieldType.NUMBER: lambda text, zone: decimal_text(text),
    FieldType.MONEY: lambda text, zone: decimal_text(text),
    FieldType.YES_NO: lambda text, zone: text.lower() == "true",
    FieldType.DATE: _date,
    FieldType.DATETIME: lambda text, zone: instant(text).astimezone(zone).isoformat(),
    FieldType.CHOICES: lambda text, zone: list(listed(text)),
}


# --- us to HubSpot ---------------------------------------------------------------------------


def to_hubspot(field: Field, value: Json, zone: tzinfo) -> str:
    """A field's value as HubSpot takes it; an empty text clears.

    Raises ValueError, TypeError or ArithmeticError when the value does not fit the field.
    """
    if value is None:
        return ""
    if field.id.endswith(RICH):
        return rich(str(value))
    write = _WRITERS.get(field.type)
    return write(value, zone) if write else str(value)


def _midnight(value: Json, zone: tzinfo) -> str:
    day = datetime.combine(date.fromisoformat(value), time(), UTC)
    return str(int(day.timestamp() * 1000))


_WRITERS: Mapping[FieldType, Callable[[Json, tzinfo], str]] = {
    FieldType.NUMBER: lambda value, zone: decimal_text(value),
    FieldType.MONEY: lambda value, zone: decimal_text(value),
    FieldType.YES_NO: lambda value, zone: "true" if value else "false",
    FieldType.DATE: _midnight,
    FieldType.DATETIME: lambda value, zone: milliseconds(value, zone),
    FieldType.CHOICES: lambda value, zone: BETWEEN.join(value),
}
