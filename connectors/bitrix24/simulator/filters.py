"""Filters of crm.item.list. Source: apidocs.bitrix24.com, crm.item.list.

A field that cannot be filtered by is an error, unlike an unknown one in a write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.bitrix24.simulator.crm import Crm
from connectors.bitrix24.simulator.dialect import refuse
from connectors.bitrix24.simulator.php import members
from connectors.simulation import Record

Test = Callable[[Mapping[str, Any]], bool]

_KEY = re.compile(r"(>=|<=|!=|!@|!%|>|<|=|@|!|%)?(\w+)")
_NEVER = frozenset({"fm"})


def test_of(crm: Crm, entity: str, wanted: Any) -> Test:
    """Whether a record, as it is shown, passes a filter."""
    conditions = members(wanted)
    either = str(conditions.pop("logic", "AND")).upper() == "OR"
    tests = [_condition(crm, entity, key, value) for key, value in conditions.items()]
    combine: Callable[[Iterable[bool]], bool] = any if either else all
    return lambda record: combine(test(record) for test in tests)


def _condition(crm: Crm, entity: str, key: str, value: Any) -> Test:
    if key.isdecimal() and isinstance(value, list | dict):
        return test_of(crm, entity, value)
    found = _KEY.fullmatch(key)
    name = found[2] if found else key
    shape = crm.fields(entity).get(name)
    if found is None or shape is None or name in _NEVER:
        refuse("INVALID_ARG_VALUE", f"Invalid filter: field '{name}' is not allowed in filter")
    return _comparison(found[1] or "=", name, shape, value)


def _comparison(sign: str, name: str, shape: Record, value: Any) -> Test:
    wanted = [_comparable(shape, one) for one in (value if isinstance(value, list) else [value])]
    negated = sign in ("!", "!=", "!@", "!%")

    def holds(there: Any) -> bool:
        if sign in ("%", "!%"):
            return any(str(one).casefold() in str(there or "").casefold() for one in wanted)
        if sign in (">", ">=", "<", "<="):
            return there is not None and _ordered(sign, there, wanted[0])
        return there in wanted

    def test(record: Mapping[str, Any]) -> bool:
        there = record.get(name)
        values = there if isinstance(there, list) else [there]
        return any(holds(_comparable(shape, one, kept=True)) for one in values or [None]) != negated

    return test


def _comparable(shape: Record, value: Any, *, kept: bool = False) -> Any:
    """A value as it is compared, which is sign by sign for texts."""
    if shape["type"] == "boolean" and shape["isDynamic"]:
        # A filter knows 1 and 0 only.
        return {"Y": "1", "N": "0"}.get(value) if kept else str(value)
    if value is None or value == "":
        return None
    if shape["type"] in ("integer", "double", "enumeration", "user", "crm_contact", "crm_company"):
        return _number(value)
    return str(value)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        refuse("INVALID_ARG_VALUE", "Invalid filter: a field has invalid value")


def _ordered(sign: str, there: Any, wanted: Any) -> bool:
    found = {
        ">": there > wanted,
        ">=": there >= wanted,
        "<": there < wanted,
        "<=": there <= wanted,
    }
    return bool(found[sign])
