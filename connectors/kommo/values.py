"""One custom field's values, from Kommo's form to ours and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from connectors.base import Json
from connectors.catalog import Field, FieldType
from connectors.kommo.api import Item
from connectors.phones import same_number

Values = list[dict[str, Json]]


def decimal_text(value: Json) -> str:
    """A number without exponent and without needless zeros."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_number(value: Decimal) -> int | float:
    """A number as JSON has it. A float of at most 15 digits prints as the digits it was read from."""
    return int(value) if value == value.to_integral_value() else float(value)


def same_value(field: Field, wanted: str, there: Json) -> bool:
    """Whether two values of a field mean the same."""
    if field.type is FieldType.PHONE:
        return same_number(wanted, str(there))
    if field.type is FieldType.EMAIL:
        return wanted.strip().casefold() == str(there).strip().casefold()
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return decimal_text(wanted) == decimal_text(there)
    if field.type is FieldType.MESSENGER:
        return wanted.strip().casefold() == str(there).strip().casefold()
    return bool(wanted == there)


def messenger_address(value: str) -> str:
    """What follows the messenger in "telegram:@ada"."""
    return value.partition(":")[2].strip()


# --- Kommo to us -----------------------------------------------------------------------------


def from_kommo(field: Field, values: Sequence[Item], zone: tzinfo) -> Json:
    """A custom field's value, in the form its FieldType gives, from Kommo's ``values``."""
    if field.many:
        return [_one_of_many(field, value) for value in values]
    if field.type is FieldType.CHOICES:
        return [_option(field, value) for value in values]
    if field.type is FieldType.CHOICE:
        return _option(field, values[0])
    read = _READERS.get(field.type, _text)
    return read(values[0]["value"], zone)


def _one_of_many(field: Field, value: Item) -> str:
    text = str(value["value"])
    return (
        f"{value.get('enum_code') or 'OTHER'}:{text}" if field.type is FieldType.MESSENGER else text
    )


def _option(field: Field, value: Item) -> str:
    if value.get("enum_id") is not None:
        return str(value["enum_id"])
    label = str(value.get("value"))
    option = field.option(label)
    return option.id if option else label


def _text(value: Json, zone: tzinfo) -> str:
    return str(value)


def _decimal(value: Json, zone: tzinfo) -> str:
    return decimal_text(value)


def _yes_no(value: Json, zone: tzinfo) -> bool:
    return value in (True, 1, "1", "true")


def _date(value: Json, zone: tzinfo) -> str:
    return _instant(value).astimezone(zone).date().isoformat()


def _datetime(value: Json, zone: tzinfo) -> str:
    return _instant(value).astimezone(zone).isoformat()


def _instant(value: Json) -> datetime:
    text = str(value)
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text)


_READERS: Mapping[FieldType, Callable[[Json, tzinfo], Json]] = {
    FieldType.NUMBER: _decimal,
    FieldType.MONEY: _decimal,
    FieldType.YES_NO: _yes_no,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
}


# --- us to Kommo -----------------------------------------------------------------------------


def to_kommo(field: Field, value: Json, zone: tzinfo, before: Values) -> Values:
    """Kommo's ``values`` of a custom field, none of them to clear it.

    ``before`` is what a field of several values holds; the new ones are added to it. Raises
    ValueError, TypeError or ArithmeticError when the value does not fit the field.
    """
    if value is None:
        return []
    if field.many:
        return _added(field, value, before)
    if field.type is FieldType.CHOICES:
        return [{"enum_id": int(option)} for option in value]
    if field.type is FieldType.CHOICE:
        return [{"enum_id": int(value)}]
    write = _WRITERS.get(field.type, _text)
    return [{"value": write(value, zone)}]


def _added(field: Field, new: Sequence[str], before: Values) -> Values:
    values = list(before)
    for text in new:
        one = _with_code(field, text)
        if not any(
            same_value(field, _one_of_many(field, one), _one_of_many(field, value))
            for value in values
        ):
            values.append(one)
    return values


def _with_code(field: Field, text: Json) -> dict[str, Json]:
    if field.type is FieldType.TEXT:
        return {"value": text}
    if field.type is not FieldType.MESSENGER:
        # WORK is the one code that phones and e-mails have in common.
        return {"value": text, "enum_code": "WORK"}
    messenger = field.option(str(text).partition(":")[0])
    address = messenger_address(str(text))
    if messenger is None or not address:
        raise ValueError("no messenger of this account")
    return {"value": address, "enum_code": messenger.id}


def _midnight(value: str, zone: tzinfo) -> int:
    # Kommo shows a date in the account's zone (amocrm-api-php, issue 402).
    return int(datetime.combine(date.fromisoformat(value), time(), zone).timestamp())


def seconds(value: str, zone: tzinfo = UTC) -> int:
    """Unix time of an ISO 8601 moment; one without offset is meant in ``zone``."""
    moment = datetime.fromisoformat(value)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def _bool(value: Json, zone: tzinfo) -> bool:
    return bool(value)


_WRITERS: Mapping[FieldType, Callable[[Any, tzinfo], Json]] = {
    FieldType.NUMBER: _decimal,
    FieldType.MONEY: _decimal,
    FieldType.YES_NO: _bool,
    FieldType.DATE: _midnight,
    FieldType.DATETIME: seconds,
}
