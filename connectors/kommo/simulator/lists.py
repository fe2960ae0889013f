"""Lists: paging, order, and filters that are ignored without a word when Kommo does not know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from connectors.kommo.simulator.dialect import answer, no_content, refuse
from connectors.simulation import Record

LARGEST_PAGE = 250
USUAL_PAGE = 50

T = TypeVar("T")
Test = Callable[[Record], bool]
Filter = Callable[[Any], Test | None]
"""The value of one filter to a test of records; None when Kommo would ignore it."""


def nested(args: MultiDict[str, str]) -> dict[str, Any]:
    """Read a query string as PHP does: ``a[b][]=1`` is ``{"a": {"b": {"0": "1"}}}``."""
    tree: dict[str, Any] = {}
    for name, value in args.items(multi=True):
        node = tree
        *outer, last = [part.removesuffix("]") for part in name.split("[")]
        for key in outer:
            inner = node.setdefault(key or str(len(node)), {})
            node = inner if isinstance(inner, dict) else {}
        node[last or str(len(node))] = value
    return tree


def listed(value: Any) -> list[str]:
    """The values of a filter that takes one or several."""
    if isinstance(value, Mapping):
        return [item for item in value.values() if isinstance(item, str)]
    return [value] if isinstance(value, str) else []


def is_one_of(get: Callable[[Record], Any]) -> Filter:
    """A filter on one or several values."""

    def build(value: Any) -> Test:
        wanted = set(listed(value))
        return lambda record: str(get(record)) in wanted

    return build


def is_between(get: Callable[[Record], Any]) -> Filter:
    """A filter on a value, or on a range from … to, both included."""

    def build(value: Any) -> Test | None:
        if isinstance(value, str):
            return lambda record: str(get(record)) == value
        bounds = {key: _number(value.get(key)) for key in ("from", "to")}
        if all(bound is None for bound in bounds.values()):
            return None
        lowest, highest = bounds["from"], bounds["to"]

        def test(record: Record) -> bool:
            found = get(record)
            return (
                found is not None
                and (lowest is None or found >= lowest)
                and (highest is None or found <= highest)
            )

        return test

    return build


def keep(records: Iterable[Record], wanted: Any, filters: Mapping[str, Filter]) -> list[Record]:
    """The records that pass every filter of ``wanted`` that ``filters`` knows."""
    tests = [
        test
        for name, value in (wanted.items() if isinstance(wanted, Mapping) else ())
        if name in filters and (test := filters[name](value))
    ]
    return [record for record in records if all(test(record) for test in tests)]


def in_order(records: list[Record], keys: Sequence[str]) -> list[Record]:
    """Sort by ``order[key]=asc|desc`` where ``key`` is one of ``keys``; else leave as it is."""
    order = nested(request.args).get("order")
    for key, direction in order.items() if isinstance(order, Mapping) else ():
        if key in keys and direction in ("asc", "desc"):
            sign = 1 if direction == "asc" else -1
            return sorted(records, key=lambda record: (sign * record[key], sign * record["id"]))
    return records


def page_of(name: str, rows: Sequence[T], show: Callable[[T], Any], **more: Any) -> Response:
    """One page of ``rows`` under ``_embedded.name``, or 204 when it would be empty."""
    page = _positive("page", 1)
    limit = _positive("limit", USUAL_PAGE)
    if limit > LARGEST_PAGE:
        refuse(422, f"Limit {LARGEST_PAGE} per page")
    shown = rows[(page - 1) * limit : page * limit]
    if not shown:
        return no_content()
    links = {"self": _page_link(page, limit)}
    if page * limit < len(rows):
        links["next"] = _page_link(page + 1, limit)
    if page > 1:
        links |= {"first": _page_link(1, limit), "prev": _page_link(page - 1, limit)}
    embedded = {name: [show(row) for row in shown]}
    return answer({"_page": page, **more, "_links": links, "_embedded": embedded})


def _page_link(page: int, limit: int) -> dict[str, str]:
    others = [pair for pair in request.args.items(multi=True) if pair[0] not in ("page", "limit")]
    query = urlencode([*others, ("page", page), ("limit", limit)])
    return {"href": f"{request.base_url}?{query}"}


def _positive(name: str, usual: int) -> int:
    return max(1, request.args.get(name, usual, type=int))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
