"""One field's value, from Bitrix24's form to ours and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.base import Json
from connectors.catalog import Field, FieldType
from connectors.phones import same_number

CUSTOM = "ufcrm"
"""How the names of custom fields begin, in small letters."""

_YES = (True, 1, "1", "Y", "y")
_NAMES_ONE = frozenset({FieldType.CHOICE, FieldType.USER, FieldType.PIPELINE, FieldType.STAGE})
# Bitrix24 gives these a 0 where nobody has entered anything.
_NOUGHT_IS_NONE = frozenset({"budget", "revenue"})


def decimal_text(value: Json) -> str:
    """A number without exponent and without needless zeros."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def same_value(field: Field, wanted: str, there: Json) -> bool:
    """Whether two values of a field mean the same."""
    match field.type:
        case FieldType.PHONE:
            return same_number(wanted, str(there))
        case FieldType.EMAIL | FieldType.MESSENGER:
            return wanted.strip().casefold() == str(there).strip().casefold()
        case FieldType.NUMBER | FieldType.MONEY:
            return decimal_text(wanted) == decimal_text(there)
        case FieldType.YES_NO:
            return bool((wanted in _YES) == there)
        case _:
            return bool(wanted == there)


def messenger_address(value: str) -> str:
    """What follows the messenger in "TELEGRAM:@ada"."""
    return value.partition(":")[2].strip()


# --- Bitrix24 to us --------------------------------------------------------------------------


def from_bitrix(field: Field, value: Json) -> Json:
    """A value in the form its FieldType gives; None when there is none."""
    if field.many or field.type is FieldType.CHOICES:
        values = value if isinstance(value, list) else [value]
        read = [_one(field, one) for one in values]
        return [one for one in read if one is not None] or None
    return _one(field, value)


def _one(field: Field, value: Json) -> Json:
    if value in (None, "", []) or (value is False and field.type is not FieldType.YES_NO):
        return None  # PHP has several ways to say that there is nothing
    if field.type in _NAMES_ONE or field.type is FieldType.CHOICES:
        # Pipeline 0 is one; no option and no user has that number.
        absent = field.type is not FieldType.PIPELINE and value in (0, "0")
        return None if absent else str(value)
    read = _READERS.get(field.type, str)(value)
    return None if field.id in _NOUGHT_IS_NONE and read == "0" else read


def _amount(value: Json) -> str | None:
    """What stands before the currency in "300|EUR", if anything."""
    amount = str(value).partition("|")[0].strip()
    return decimal_text(amount) if amount else None


def _day(value: Json) -> str:
    return str(value)[:10]


_READERS: Mapping[FieldType, Callable[[Json], Json]] = {
    FieldType.NUMBER: decimal_text,
    FieldType.MONEY: _amount,
    FieldType.YES_NO: lambda value: value in _YES,
    FieldType.DATE: _day,
}


# --- us to Bitrix24 --------------------------------------------------------------------------


def to_bitrix(field: Field, value: Json, before: Json) -> Json:
    """A value in Bitrix24's form, an empty text to clear it.

    ``before`` is what a field of several values holds; the new ones are added to it. Raises
    ValueError, TypeError or ArithmeticError when the value does not fit the field.
    """
    if field.many or field.type is FieldType.CHOICES:
        # A field of several values takes no single one, not even to be cleared.
        if value is None:
            return [""]
        kept = list(before or []) if field.many else []
        new = [one for one in value if not any(same_value(field, str(one), old) for old in kept)]
        return [_written(field, one) for one in [*kept, *new]] or [""]
    return "" if value is None else _written(field, value)


def _written(field: Field, value: Json) -> str:
    if field.type in (FieldType.CHOICE, FieldType.CHOICES) and not any(
        option.id == str(value) for option in field.options
    ):
        raise ValueError("no option of this field")
    if field.type is FieldType.MONEY and field.id.lower().startswith(CUSTOM):
        return f"{decimal_text(value)}|{field.currency or ''}"
    return _WRITERS.get(field.type, str)(value)


def _number_of(value: Json) -> str:
    return str(int(value))


def _moment(value: Json) -> str:
    return datetime.fromisoformat(value).isoformat()


_WRITERS: Mapping[FieldType, Callable[[Any], str]] = {
    FieldType.NUMBER: decimal_text,
    FieldType.MONEY: decimal_text,
    FieldType.YES_NO: lambda value: "Y" if value else "N",
    FieldType.DATE: lambda value: date.fromisoformat(value).isoformat(),
    FieldType.DATETIME: _moment,
    FieldType.USER: _number_of,
    FieldType.PIPELINE: _number_of,
}
