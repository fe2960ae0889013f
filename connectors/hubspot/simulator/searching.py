"""Searches: filters, groups of them, and the limits of both.

Source: developers.hubspot.com, Search the CRM. A new record is seen after the search lag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.hubspot.simulator.account import TYPE_IDS
from connectors.hubspot.simulator.batches import body_of_request
from connectors.hubspot.simulator.crm import Crm, crm
from connectors.hubspot.simulator.dialect import VALIDATION, answer, refuse, too_many_searches
from connectors.hubspot.simulator.objects import ENTITY, show
from connectors.simulation import Record

LONGEST_BODY, LARGEST_PAGE, MOST_RESULTS = 3000, 200, 10_000
MOST_GROUPS, MOST_IN_GROUP, MOST_FILTERS = 5, 6, 18
_OF = {"associations.contact": "contacts", "associations.company": "companies"}
_SPLIT = re.compile(r"[\s;,]+")

Test = Callable[[Record], bool]

searching = Blueprint("searching", __name__)


@searching.post(f"{ENTITY}/search")
def search(entity: str) -> Response:
    account, entity = crm(), TYPE_IDS.get(entity, entity)
    if account.searches.wait_s():
        return too_many_searches()
    if len(request.get_data(as_text=True)) > LONGEST_BODY:
        refuse(400, f"The request body is longer than {LONGEST_BODY} characters", VALIDATION)
    body = body_of_request()
    limit, start = _page(body)
    found = _found(account, entity, _groups(body))
    shown = found[start : start + limit]
    wanted = body.get("properties") or []
    page: dict[str, Any] = {
        "total": len(found),
        "results": [show(account, entity, one, wanted) for one in shown],
    }
    if start + limit < len(found):
        page["paging"] = {"next": {"after": str(start + limit)}}
    return answer(page)


def _page(body: Mapping[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", 10), str(body.get("after") or "0")
    if not isinstance(limit, int) or not 0 < limit <= LARGEST_PAGE or not after.isdigit():
        refuse(400, f"limit must be from 1 to {LARGEST_PAGE}", VALIDATION)
    if int(after) + limit > MOST_RESULTS:
        refuse(400, f"only the first {MOST_RESULTS} results can be paged through", VALIDATION)
    return limit, int(after)


def _groups(body: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    groups = [
        group.get("filters") if isinstance(group, dict) else None
        for group in body.get("filterGroups") or []
    ]
    if not all(isinstance(one, list) and one for one in groups):
        refuse(400, "filterGroups must hold filters", VALIDATION)
    sizes = [len(one or []) for one in groups]
    if len(sizes) > MOST_GROUPS or any(size > MOST_IN_GROUP for size in sizes):
        refuse(400, "too many filter groups, or filters in one", VALIDATION)
    if sum(sizes) > MOST_FILTERS:
        refuse(400, f"more than {MOST_FILTERS} filters", VALIDATION)
    return [one or [] for one in groups]


def _found(crm: Crm, entity: str, groups: list[list[Mapping[str, Any]]]) -> list[Record]:
    found: dict[int, Record] = {}
    for group in groups:
        tests = [_test(crm, entity, one) for one in group]
        for record in _candidates(crm, entity, group):
            if all(test(record) for test in tests) and crm.store.settled(entity, record["id"]):
                found[record["id"]] = record
    if not groups:
        found = {one["id"]: one for one in crm.store.all(entity)}
    return [found[id] for id in sorted(found)]


def _candidates(crm: Crm, entity: str, group: Iterable[Mapping[str, Any]]) -> Iterable[Record]:
    """Few records among which are all that match, where the index of texts can tell."""
    for one in group:
        values = {"EQ": [one.get("value")], "IN": one.get("values")}.get(str(one.get("operator")))
        definition = crm.definition(entity, str(one.get("propertyName")))
        if definition and definition["type"] in ("string", "phone_number") and values:
            hits = [hit for value in values for hit in crm.store.search(entity, str(value))]
            return {hit["id"]: hit for hit in hits}.values()
    return crm.store.all(entity)


def _test(crm: Crm, entity: str, one: Mapping[str, Any]) -> Test:
    name, operator = str(one.get("propertyName")), str(one.get("operator"))
    if name in _OF:
        ids = {str(one.get("value"))} if operator == "EQ" else set(one.get("values") or [])
        return lambda record: bool(
            ids & {str(id) for id in crm.store.links((entity, record["id"]), _OF[name])}
        )
    definition = crm.definition(entity, name)
    if definition is None:
        refuse(400, f"There was a problem with the request: no property {name}", VALIDATION)
    wanted = _wanted(one, operator)
    compare = _OPERATORS[operator]

    def test(record: Record) -> bool:
        value = crm.value(entity, record, name)
        if operator == "NOT_HAS_PROPERTY":
            return not value
        if not value:
            return operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
        return compare(definition, value, wanted)

    return test


def _wanted(one: Mapping[str, Any], operator: str) -> list[str]:
    if operator not in _OPERATORS:
        refuse(400, f"{operator} is no operator", VALIDATION)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return []
    if operator in ("IN", "NOT_IN"):
        values = one.get("values")
    else:
        values = [one.get("value"), *([one.get("highValue")] if operator == "BETWEEN" else [])]
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        refuse(400, f"{operator} needs a value", VALIDATION)
    return values


def _same(definition: Record, value: str, wanted: str) -> bool:
    if definition["type"] == "enumeration":
        return wanted in value.split(";")
    if definition["type"] == "number":
        return float(value) == _number(definition, wanted)
    return value.casefold() == wanted.casefold()


def _equal(definition: Record, value: str, wanted: list[str]) -> bool:
    return _same(definition, value, wanted[0])


def _in(definition: Record, value: str, wanted: list[str]) -> bool:
    if definition["type"] in ("string", "phone_number"):
        # The words of the text are kept in lower case, and these are compared as they are.
        return value.lower() in wanted
    return any(_same(definition, value, one) for one in wanted)


def _token(definition: Record, value: str, wanted: list[str]) -> bool:
    words = _SPLIT.split(value.casefold())
    return any(fnmatchcase(word, wanted[0].casefold()) for word in words)


def _number(definition: Record, text: str) -> float:
    if definition["type"] in ("date", "datetime") and not text.lstrip("-").isdigit():
        return datetime.fromisoformat(text).timestamp() * 1000
    try:
        return float(text)
    except ValueError:
        refuse(400, "a number is needed", VALIDATION)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Record, str, list[str]], bool]:
    return lambda definition, value, wanted: compare(
        _number(definition, value), _number(definition, wanted[0])
    )


def _between(definition: Record, value: str, wanted: list[str]) -> bool:
    lowest, highest = (_number(definition, one) for one in wanted)
    return lowest <= _number(definition, value) <= highest


_OPERATORS: Mapping[str, Callable[[Record, str, list[str]], bool]] = {
    "EQ": _equal,
    "NEQ": lambda definition, value, wanted: not _equal(definition, value, wanted),
    "LT": _ordered(lambda one, other: one < other),
    "LTE": _ordered(lambda one, other: one <= other),
    "GT": _ordered(lambda one, other: one > other),
    "GTE": _ordered(lambda one, other: one >= other),
    "BETWEEN": _between,
    "IN": _in,
    "NOT_IN": lambda definition, value, wanted: not _in(definition, value, wanted),
    "HAS_PROPERTY": lambda definition, value, wanted: True,
    "NOT_HAS_PROPERTY": lambda definition, value, wanted: False,
    "CONTAINS_TOKEN": _token,
    "NOT_CONTAINS_TOKEN": lambda definition, value, wanted: not _token(definition, value, wanted),
}
