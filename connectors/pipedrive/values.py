"""One value, from Pipedrive's form to ours and back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from connectors.base import Json
from connectors.catalog import Field, FieldType
from connectors.phones import same_number

BETWEEN = ", "
"""What stands between the phones or e-mails that one text field of a company holds."""


def decimal_text(value: Json) -> str:
    """A number without exponent and without needless zeros."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_number(value: Json) -> int | float:
    """A number as JSON has it. A float of at most 15 digits prints as the digits it was read from."""
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else float(number)


def moment(text: str | None) -> datetime | None:
    """A time in UTC: RFC 3339 in v2, ``YYYY-MM-DD HH:MM:SS`` in v1."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def same_value(field: Field, wanted: str, there: Json) -> bool:
    """Whether two values of a field mean the same."""
    if field.type is FieldType.PHONE:
        return same_number(wanted, str(there))
    if field.type in (FieldType.EMAIL, FieldType.MESSENGER):
        return wanted.strip().casefold() == str(there).strip().casefold()
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return decimal_text(wanted) == decimal_text(there)
    return bool(wanted == there)


def added(field: Field, new: Sequence[str], present: Sequence[str]) -> list[str]:
    """The values of ``present`` and those of ``new`` that mean something else."""
    values = list(present)
    for one in new:
        if not any(same_value(field, one, other) for other in values):
            values.append(one)
    return values


# --- Pipedrive to us -------------------------------------------------------------------------


def from_pipedrive(field: Field, value: Json) -> Json:
    """A custom field's value in the form its FieldType gives; None when it is empty."""
    if isinstance(value, dict):
        value = value.get("value")
    if value in (None, "", []):
        return None
    if field.many:
        return [one.strip() for one in re.split(r"[,;\n]", str(value)) if one.strip()]
    if field.type is FieldType.CHOICES:
        return [str(one) for one in value]
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return decimal_text(value)
    return str(value)


# --- us to Pipedrive -------------------------------------------------------------------------


def to_pipedrive(field: Field, value: Json) -> Json:
    """A field's value in Pipedrive's form, None to clear it.

    Raises ValueError, TypeError or ArithmeticError when the value does not fit the field.
    """
    if value in (None, "", []):
        return None
    if field.many:
        return BETWEEN.join(value)
    if field.type is FieldType.MONEY:
        return {"value": json_number(value), "currency": field.currency}
    return _WRITERS.get(field.type, str)(value)


def _ids(value: Sequence[str]) -> list[int]:
    return [int(one) for one in value]


def day(value: str) -> str:
    """A date as Pipedrive has it. Raises ValueError."""
    return date.fromisoformat(value).isoformat()


def time_of_day(value: str) -> str:
    """A time such as 9:30 as Pipedrive has it. Raises ValueError."""
    hour, _, rest = value.strip().partition(":")
    return time.fromisoformat(f"{hour:0>2}:{rest or '00'}").isoformat()


_WRITERS: Mapping[FieldType, Callable[[Any], Json]] = {
    FieldType.NUMBER: json_number,
    FieldType.DATE: day,
    FieldType.CHOICE: int,
    FieldType.CHOICES: _ids,
    FieldType.USER: int,
}


# --- texts that Pipedrive keeps as HTML ------------------------------------------------------


def as_html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def as_text(markup: str) -> str:
    """What a person reads of HTML, line by line."""
    lines = re.sub(r"(?i)<br\s*/?>|</(p|div|li|h\d)>", "\n", markup)
    return html.unescape(re.sub(r"<[^>]*>", "", lines)).replace("\xa0", " ").strip()


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for spaces and line breaks, which cleaning may change."""
    return one.split() == other.split()
