"""What a field takes and what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException

from connectors.odoo.simulator.failures import not_valid, value_error
from connectors.odoo.simulator.fields import Field
from connectors.odoo.simulator.transaction import MOMENT, Transaction
from connectors.simulation import Record

_ADDRESS = re.compile(r"[^\s<>,;\"']+@[^\s<>,;\"']+")
_SCRIPT = re.compile(r"<script\b.*?</script\s*>|<script\b[^>]*>", re.IGNORECASE | re.DOTALL)
_HANDLER = re.compile(r"\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)


def taken(model: str, name: str, field: Field, value: Any) -> Any:
    """A value of create or write as it is kept. Raises OdooError as Odoo does, most often with 500."""
    if value is None or value is False:
        return False
    take = _TAKERS.get(field.type)
    return take(f"{model}.{name}", field, value) if take else value


def _text(place: str, field: Field, value: Any) -> Any:
    return str(value) or False


def _html(place: str, field: Field, value: Any) -> Any:
    return _HANDLER.sub("", _SCRIPT.sub("", str(value))) or False


def _whole(place: str, field: Field, value: Any) -> Any:
    try:
        return int(value)
    except (ValueError, TypeError) as error:
        raise value_error(f"invalid literal for int() with base 10: {value!r}") from error


def _float(place: str, field: Field, value: Any) -> Any:
    try:
        return float(value)
    except (ValueError, TypeError) as error:
        raise value_error(f"could not convert string to float: {value!r}") from error


def _date(place: str, field: Field, value: Any) -> Any:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError as error:
        raise value_error(f"time data {value!r} does not match format '%Y-%m-%d'") from error


def _datetime(place: str, field: Field, value: Any) -> Any:
    text = str(value)
    try:
        found = datetime.strptime(text, MOMENT if len(text) > 10 else "%Y-%m-%d")  # noqa: DTZ007
    except ValueError as error:
        raise value_error(f"time data {value!r} does not match format {MOMENT!r}") from error
    return found.strftime(MOMENT)


def _selection(place: str, field: Field, value: Any) -> Any:
    if value not in dict(field.selection):
        raise value_error(f"Wrong value for {place}: {value!r}")
    return value


def _id(place: str, field: Field, value: Any) -> Any:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if not isinstance(value, int):
        raise value_error(f"Wrong value for {place}: {value!r}")
    return value


_TAKERS: Mapping[str, Callable[[str, Field, Any], Any]] = {
    "char": _text,
    "text": _text,
    "html": _html,
    "integer": _whole,
    "float": _float,
    "monetary": _float,
    "boolean": lambda place, field, value: bool(value),
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
    "many2one": _id,
    "many2one_reference": _id,
}


def linked(field: Field, before: list[int], value: Any) -> tuple[list[int], list[Any]]:
    """The ids of a many2many after its commands, and the values of records to be made for it."""
    ids, new = list(before), []
    if not isinstance(value, list):
        raise value_error(f"Wrong value for {field.string}: {value!r}")
    if all(isinstance(one, int) for one in value):
        return list(dict.fromkeys(value)), []
    for command in value:
        match list(command):
            case [0, _, dict(values)]:
                new.append(values)
            case [2 | 3, int(id), *_]:
                ids = [one for one in ids if one != id]
            case [4, int(id), *_]:
                ids.append(id)
            case [5, *_]:
                ids = []
            case [6, _, list(some)]:
                ids = list(some)
            case _:
                raise value_error(f"Wrong value for {field.string}: {value!r}")
    return list(dict.fromkeys(ids)), new


def check_references(tr: Transaction, model: str, record: Record) -> None:
    """Raise Odoo's error about a reference to nothing, which reads like one about a deletion."""
    for name, field in tr.fields(model).items():
        if field.type not in ("many2one", "many2many") or not record.get(name):
            continue
        value = record[name]
        if model == "ir.model" or field.relation not in tr.models:
            continue
        for id in value if isinstance(value, list) else [value]:
            if name.endswith("_uid") or tr.get(field.relation, id) is not None:
                continue
            raise not_valid(
                "The operation cannot be completed: Another model is using the record you are "
                f"trying to delete.\n\nModel: {model}, Field: {name}"
            )


def given(tr: Transaction, model: str, record: Record, name: str, *, names: bool) -> Any:
    """A field's value as read gives it; with ``names`` a reference comes with what it is called."""
    field = tr.fields(model)[name]
    if name == "display_name":
        return display_name(record)
    if field.type == "one2many":
        return [
            one["id"]
            for one in tr.all(field.relation)
            if one.get(field.inverse) == record["id"]
            and (one.get("active", True) or not tr.context.get("active_test", True))
            and one.get("res_model", model) == model
        ]
    value = record.get(name, False)
    if field.type == "many2many":
        return value or []
    if field.type in ("float", "monetary"):
        return value or 0.0
    if field.type in ("integer", "many2one_reference"):
        return value or 0
    if field.type == "many2one" and value and names:
        there = tr.get(field.relation, value)
        return [value, display_name(there) if there else ""]
    return value


def display_name(record: Record) -> str:
    return str(record.get("name") or record.get("email") or record["id"])


def normalized_email(text: Any) -> Any:
    found = _ADDRESS.search(text) if isinstance(text, str) else None
    return found.group().lower() if found else False


def sanitized_phone(tr: Transaction, record: Record) -> Any:
    """The number in E.164, false when neither the record nor the company says of which country."""
    country = tr.get("res.country", record.get("country_id") or 0)
    region = country["code"] if country else None
    for place in ("phone", "mobile"):
        try:
            number = phonenumbers.parse(record.get(place) or "", region)
        except NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return False
