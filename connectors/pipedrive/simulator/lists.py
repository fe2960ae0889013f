"""Lists: pages with cursors in v2, with offsets in v1; parameters that nobody knows are refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import request
from werkzeug import Response

from connectors.pipedrive.simulator.dialect import answer, invalid
from connectors.simulation import Record

LARGEST_PAGE = 500
USUAL_PAGE = 100
MOST_IDS = 100

Show = Callable[[Record], Any]


def known(*names: str) -> None:
    """End the request when it has another parameter than these."""
    if unknown := sorted(request.args.keys() - set(names)):
        invalid(*(f"{one}: Parameter '{one}' is not allowed for this request" for one in unknown))


def whole_number(name: str) -> int | None:
    """A parameter that must be a whole number, None when it is not given."""
    given = request.args.get(name)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit():
        invalid(f"{name}: Expected 'integer'")
    return int(given)


def wanted_ids() -> list[int] | None:
    given = request.args.get("ids")
    if given is None:
        return None
    ids = given.split(",")
    if len(ids) > MOST_IDS or not all(id.isascii() and id.isdigit() for id in ids):
        invalid(f"ids: Expected up to {MOST_IDS} integers")
    return [int(id) for id in ids]


def in_order(rows: Sequence[Record], *keys: str) -> list[Record]:
    """Sort as ``sort_by`` and ``sort_direction`` say, by id without them."""
    by = request.args.get("sort_by", "id")
    direction = request.args.get("sort_direction", "asc")
    if by not in ("id", *keys) or direction not in ("asc", "desc"):
        invalid("sort_by: there is no such order")
    return sorted(rows, key=lambda row: (row[by], row["id"]), reverse=direction == "desc")


def page_of(rows: Sequence[Record], show: Show, *, wrap: bool = False) -> Response:
    """One page of v2, behind the record that the cursor names. ``wrap``: as searches answer."""
    limit = whole_number("limit")
    limit = USUAL_PAGE if limit is None else limit
    if not 1 <= limit <= LARGEST_PAGE:
        invalid(f"limit: must be from 1 to {LARGEST_PAGE}")
    start = _start(rows)
    page = rows[start : start + limit]
    more = start + limit < len(rows)
    shown = [show(row) for row in page]
    data = {"items": [{"result_score": 1.0, "item": one} for one in shown]} if wrap else shown
    cursor = _cursor(page[-1]["id"]) if more else None
    return answer(data, additional_data={"next_cursor": cursor})


def _cursor(last: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"id": last}).encode()).decode()


def _start(rows: Sequence[Record]) -> int:
    given = request.args.get("cursor")
    if given is None:
        return 0
    try:
        last = json.loads(base64.urlsafe_b64decode(given))["id"]
        return next(at for at, row in enumerate(rows) if row["id"] == last) + 1
    except (ValueError, LookupError, TypeError, StopIteration):
        invalid("cursor: is none of ours")


def page_of_v1(rows: Sequence[Record], show: Show, *, flat: bool = False) -> Response:
    """One page of v1. An empty list is null there.

    ``flat``: as the participants of a deal are listed, the only list without "pagination".
    """
    start, limit = whole_number("start") or 0, whole_number("limit") or USUAL_PAGE
    limit = min(limit, LARGEST_PAGE)
    page = rows[start : start + limit]
    more = start + limit < len(rows)
    pagination: dict[str, Any] = {
        "start": start,
        "limit": limit,
        "more_items_in_collection": more,
    }
    if more and not flat:
        pagination["next_start"] = start + limit
    data = [show(row) for row in page] or None
    return answer(data, additional_data=pagination if flat else {"pagination": pagination})
