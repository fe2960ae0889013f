"""Kommo's conventions on the wire: authorisation, pages, arrays, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.base import Json
from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from connectors.http import Answer, call

PAGE_SIZE = 250  # developers.kommo.com/docs/limitations
MOST_PAGES = 40

# Kommo allows 250 ids, but the address of such a call is longer than the 8 kB proxies take.
IDS_PER_CALL = 100

Params = Sequence[tuple[str, str | int]]
Item = Mapping[str, Any]
"""One entity in Kommo's form."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What Kommo has against one element of an array. ``path`` leads into that element."""

    request_id: str
    path: str
    code: str


class InvalidError(RejectedError):
    """Kommo refuses an array of records, and so all of them, because of ``problems``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        codes = ", ".join(sorted({problem.code for problem in problems}))
        super().__init__(f"the CRM refuses the record: {codes}")
        self.problems = tuple(problems)


class Api:
    """One account's API v4."""

    def __init__(self, http: httpx.Client, base_url: str, token: str) -> None:
        self._http = http
        self._root = f"{base_url}/api/v4"
        self._headers = {"Authorization": f"Bearer {token}"}

    def read(self, path: str, params: Params = ()) -> Json:
        """Return what GET answers; None for 204, which Kommo says when there is nothing."""
        return self._call("GET", path, writes=False, params=list(params))

    def write(self, method: str, path: str, body: Json) -> Json:
        return self._call(method, path, writes=True, json=body)

    def items(self, path: str, name: str, params: Params = ()) -> list[Item]:
        """Return the items called ``name`` of every page."""
        return list(self._items(path, name, params))

    def _items(self, path: str, name: str, params: Params) -> Iterator[Item]:
        for page in range(1, MOST_PAGES + 1):
            body = self.read(path, [*params, ("limit", PAGE_SIZE), ("page", page)])
            if body is None:
                return
            yield from _embedded(body, name, UnavailableError)
            links = body.get("_links")
            if not isinstance(links, dict) or not links.get("next"):
                return
        raise RejectedError(f"GET /{path}: more than {MOST_PAGES * PAGE_SIZE} records match")

    def items_by_id(self, path: str, ids: Sequence[str], params: Params = ()) -> dict[str, Item]:
        """Return the entities that have one of these ids, by id."""
        found: dict[str, Item] = {}
        for start in range(0, len(ids), IDS_PER_CALL):
            some = ids[start : start + IDS_PER_CALL]
            wanted = [("filter[id][]", id) for id in some]
            for item in self.items(path, path, [*params, *wanted]):
                if str(item["id"]) not in some:
                    # Kommo ignores filters it does not offer to an account and returns
                    # everything (amocrm-api-php, issue 348).
                    raise RejectedError(f"GET /{path}: this account has no filter by id")
                found[str(item["id"])] = item
        return found

    def _call(self, method: str, path: str, *, writes: bool, **options: Any) -> Json:
        url = f"{self._root}/{path}"
        return call(
            self._http, method, url, writes=writes, refine=refine, headers=self._headers, **options
        )


def written(body: Json, name: str) -> list[Item]:
    """The items called ``name`` in the answer to a write."""
    return _embedded(body, name, OutcomeUnknownError)


def _embedded(body: Json, name: str, lost: type[ConnectorError]) -> list[Item]:
    embedded = body.get("_embedded") if isinstance(body, dict) else None
    items = embedded.get(name) if isinstance(embedded, dict) else None
    key = "to_entity_id" if name == "links" else "id"
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get(key), int) for item in items
    ):
        raise lost(f"the answer holds no {name}")
    return items


def refine(answer: Answer) -> ConnectorError | None:
    """What Kommo's problem documents say beyond the status.

    Blocks and some limits arrive as a page of HTML from the proxy (amocrm-api-php, issues 434
    and 526), which says nothing more.
    """
    try:
        body = answer.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    if answer.status == 429 and isinstance(body.get("retry_after"), int | float):
        wait_s = max(0.0, float(body["retry_after"]))
        return RateLimitedError("the CRM: too many calls", retry_after_s=wait_s)
    if answer.status == 400 and (problems := _problems(body)):
        return InvalidError(problems)
    if answer.status == 403 and "scope" in str(body.get("detail")):
        return AuthError("the token lacks a scope this call needs")
    return None


def _problems(body: Mapping[str, Json]) -> list[Problem]:
    elements = body.get("validation-errors")
    return [
        Problem(str(element.get("request_id", "")), str(error.get("path", "")), _code(error))
        for element in (elements if isinstance(elements, list) else [])
        if isinstance(element, dict)
        for error in element.get("errors") or []
        if isinstance(error, dict)
    ]


def _code(error: Mapping[str, Json]) -> str:
    # Only a bare word is quoted: the rest of the document may repeat what a visitor typed.
    code = str(error.get("code", ""))
    return code if re.fullmatch(r"\w{1,64}", code, re.ASCII) else "no reason given"
