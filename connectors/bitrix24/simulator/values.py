"""What the values of fields may be, and what they become.

Source: apidocs.bitrix24.com, data types and custom fields. Nobody says in what words a value is
refused; here they name the field by its title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, NoReturn, TypeAlias

from connectors.bitrix24.simulator.account import ZONE
from connectors.bitrix24.simulator.crm import Crm, whole
from connectors.bitrix24.simulator.dialect import refuse
from connectors.simulation import Record

Reader: TypeAlias = Callable[[Crm, Record, Any], Any]
"""A field's description and a value to the value as it is kept."""

_MONEY = re.compile(r"-?\d+(\.\d+)?\|[A-Z]{3}")


def read_value(crm: Crm, shape: Record, value: Any) -> Any:
    """A value as it is kept. Several where the field has several, and only there."""
    if not shape["isMultiple"]:
        if isinstance(value, list | dict):
            _refuse(shape)
        return _one(crm, shape, value)
    if not isinstance(value, list):
        refuse("100", f'The field "{shape["title"]}" must be an array')
    read = (_one(crm, shape, one) for one in value)
    return [one for one in read if one is not None]


def _one(crm: Crm, shape: Record, value: Any) -> Any:
    if shape["type"] in ("boolean", "char"):
        return _flag(shape, value)
    if value in (None, "", False):
        return None
    read: Reader = _READERS.get(shape["type"], _text)
    return read(crm, shape, value)


def _refuse(shape: Record) -> NoReturn:
    refuse("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value of the field "{shape["title"]}"')


def _flag(shape: Record, value: Any) -> str:
    if value in ("Y", "1", 1, True):
        return "Y"
    if value in ("N", "0", "", 0, False, None):
        return "N"
    _refuse(shape)


def _text(crm: Crm, shape: Record, value: Any) -> str:
    return str(value)


def _integer(crm: Crm, shape: Record, value: Any) -> int:
    found = whole(value)
    if found is None:
        _refuse(shape)
    return found


def _double(crm: Crm, shape: Record, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        _refuse(shape)


def _money(crm: Crm, shape: Record, value: Any) -> str:
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        _refuse(shape)
    return value


def _day(crm: Crm, shape: Record, value: Any) -> str:
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        _refuse(shape)
    return datetime.combine(day, time(), ZONE).isoformat()


def _moment(crm: Crm, shape: Record, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        _refuse(shape)
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    return local.astimezone(ZONE).replace(microsecond=0).isoformat()


def _option(crm: Crm, shape: Record, value: Any) -> int:
    if str(value) not in {one["ID"] for one in shape.get("items", ())}:
        _refuse(shape)
    return int(value)


def _status(crm: Crm, shape: Record, value: Any) -> str:
    known = {one["STATUS_ID"] for one in crm.dictionary(shape["statusType"])}
    if value not in known:
        _refuse(shape)
    return str(value)


def _user(crm: Crm, shape: Record, value: Any) -> int:
    id = whole(value)
    if id is None or crm.store.get("users", id) is None:
        _refuse(shape)
    return id


_READERS: Mapping[str, Reader] = {
    "integer": _integer,
    "double": _double,
    "money": _money,
    "date": _day,
    "datetime": _moment,
    "enumeration": _option,
    "crm_status": _status,
    "user": _user,
    "employee": _user,
}
