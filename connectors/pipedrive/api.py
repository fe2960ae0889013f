"""Pipedrive's conventions on the wire: authorisation, envelopes, pages, errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import httpx

from connectors.base import Json
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from connectors.http import Answer, call, retry_after_s

PAGE_SIZE = 500  # the most that v2 takes
MOST_PAGES = 40
NEWEST_PAGE_SIZE = 100
MOST_NEWEST_PAGES = 200
IDS_PER_CALL = 100

# pipedrive.readme.io, Rate limiting: burst limits are counted in windows of 2 seconds.
WINDOW_S = 2.0
# Nobody says how long the firewall shuts a client out that went on after its limit.
SHUT_OUT_S = 60.0
# The day's tokens come back at midnight of the server's zone, which an account does not tell.
TOKENS_GONE_S = 3600.0

Params: TypeAlias = Mapping[str, str | int]
Item: TypeAlias = Mapping[str, Any]
"""One entity in Pipedrive's form."""


class InvalidError(RejectedError):
    """Pipedrive refuses a record. ``named`` are the keys that its explanation names.

    The explanation itself is kept from people: it may repeat what a visitor typed.
    """

    def __init__(self, code: str, named: frozenset[str]) -> None:
        super().__init__(f"the CRM refuses the record: {code}")
        self.named = named


class Api:
    """One company's API. Paths begin with their version, such as ``v2/persons``."""

    def __init__(self, http: httpx.Client, base_url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._root = f"{base_url}/api"
        self._headers = credentials

    def read(self, path: str, params: Params | None = None) -> Json:
        """Return the ``data`` that GET answers."""
        return self._body("GET", path, writes=False, params=params or {})["data"]

    def one(self, path: str, id: str) -> Item | None:
        """Return one entity, None when there is none or it is deleted."""
        try:
            item = self.read(f"{path}/{id}")
        except NotFoundError:
            return None
        (found,) = _items([item], UnavailableError)
        return None if found.get("is_deleted") else found

    def write(self, method: str, path: str, body: Json) -> Item:
        """Send one record and return what became of it."""
        data = self._body(method, path, writes=True, json=body)["data"]
        (item,) = _items([data], OutcomeUnknownError)
        return item

    def add(self, path: str, body: Json) -> list[Item]:
        """Send a list and return the items that were made of it."""
        return _items(self._body("POST", path, writes=True, json=body)["data"], OutcomeUnknownError)

    def items(self, path: str, params: Params | None = None) -> list[Item]:
        """Return the items of every page of a v2 list or search; what is deleted is left out."""
        found = list(self._pages(path, params or {}, PAGE_SIZE, MOST_PAGES))
        return [item for item in found if not item.get("is_deleted")]

    def listed(self, path: str) -> list[Item]:
        """Return the items of a v1 list that has no pages."""
        return _items(self.read(path), UnavailableError)

    def newest(self, path: str, params: Params | None = None) -> Iterator[Item]:
        """Yield a v2 list's items, those created last first; no more pages than are looked at."""
        order = {"sort_by": "add_time", "sort_direction": "desc"}
        return self._pages(path, {**(params or {}), **order}, NEWEST_PAGE_SIZE, MOST_NEWEST_PAGES)

    def pages_v1(self, path: str, params: Params) -> Iterator[Item]:
        """Yield the items of a v1 list; no more pages than are looked at."""
        for page in range(MOST_NEWEST_PAGES):
            paging = {"start": page * NEWEST_PAGE_SIZE, "limit": NEWEST_PAGE_SIZE}
            body = self._body("GET", path, writes=False, params={**params, **paging})
            yield from _items(body["data"] or [], UnavailableError)
            paged = body.get("additional_data") or {}
            more = paged.get("pagination") or paged  # of participants it is told one level higher
            if not more.get("more_items_in_collection"):
                return
        raise too_many(path)

    def by_id(self, path: str, ids: Sequence[str]) -> dict[str, Item]:
        """Return the entities that have one of these ids, by id. One alone costs a tenth of a list."""
        if len(ids) == 1:
            item = self.one(path, ids[0])
            return {ids[0]: item} if item else {}
        found: dict[str, Item] = {}
        for start in range(0, len(ids), IDS_PER_CALL):
            some = ids[start : start + IDS_PER_CALL]
            for item in self.items(path, {"ids": ",".join(some)}):
                if str(item["id"]) in some:
                    found[str(item["id"])] = item
        return found

    def _pages(self, path: str, params: Params, size: int, most: int) -> Iterator[Item]:
        cursor = None
        for _ in range(most):
            paging = {"limit": size, **({"cursor": cursor} if cursor else {})}
            body = self._body("GET", path, writes=False, params={**params, **paging})
            yield from _items(_listed(body["data"]), UnavailableError)
            cursor = (body.get("additional_data") or {}).get("next_cursor")
            if not cursor:
                return
        raise too_many(path)

    def _body(self, method: str, path: str, *, writes: bool, **options: Any) -> dict[str, Json]:
        body = call(
            self._http,
            method,
            f"{self._root}/{path}",
            writes=writes,
            refine=partial(refine, writes=writes),
            headers=self._headers,
            **options,
        )
        if not isinstance(body, dict) or body.get("success") is not True or "data" not in body:
            lost = OutcomeUnknownError if writes else UnavailableError
            raise lost(f"{method} /{path}: the answer is none of Pipedrive's")
        return body


def too_many(path: str) -> RejectedError:
    return RejectedError(f"GET /{path}: more records match than can be read")


def _listed(data: Json) -> Json:
    """The items of a list; a search wraps each together with its score."""
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        return [hit.get("item") if isinstance(hit, dict) else None for hit in data["items"]]
    return data


def _items(listed: Json, lost: type[ConnectorError]) -> list[Item]:
    # Of fields it is the code that tells them apart.
    if not isinstance(listed, list) or not all(
        isinstance(item, dict) and ("id" in item or "field_code" in item) for item in listed
    ):
        raise lost("the answer holds no records")
    return listed


# --- errors ----------------------------------------------------------------------------------


def refine(answer: Answer, *, writes: bool) -> ConnectorError | None:
    """What Pipedrive means by an answer beyond its status.

    pipedrive.readme.io, Rate limiting: who goes on after a 429 gets a 403 from the firewall in front,
    which is a page of HTML. A 403 of Pipedrive itself is JSON. To a write it is about this record or
    its fields, such as those of contact sync in an account without it; a token that may do nothing
    is found out by the look-ups before. A missing scope and a full account stand in the way of all.
    """
    if answer.status == 429:
        return RateLimitedError("the CRM: too many calls", retry_after_s=_wait_s(answer))
    body = _json(answer)
    if answer.status == 403 and body is None:
        wait_s = retry_after_s(answer.headers) or SHUT_OUT_S
        return RateLimitedError("the CRM's firewall shut us out", retry_after_s=wait_s)
    if answer.status == 403 and body is not None and writes:
        told = json.dumps(body).lower()
        if "scope" not in told and "feature_capping" not in told:
            return RejectedError("the CRM does not let us write this record, or one of its fields")
    if answer.status == 410:
        return NotFoundError("the CRM has no such record any more")
    if answer.status in (400, 422) and body is not None:
        return InvalidError(_code(body), _named(body))
    return None


def _wait_s(answer: Answer) -> float:
    """How long to be quiet. Retry-After is not documented, but it is a standard."""
    headers = answer.headers
    if headers.get("x-daily-ratelimit-token-remaining") == "0":
        return TOKENS_GONE_S
    wait_s = retry_after_s(headers)
    if wait_s is None:
        reset = headers.get("x-ratelimit-reset", "")
        wait_s = float(reset) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", reset, re.ASCII) else None
    return wait_s or WINDOW_S


def _json(answer: Answer) -> Mapping[str, Json] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _code(body: Mapping[str, Json]) -> str:
    # Only a bare word is quoted: the rest may repeat what a visitor typed.
    code = str(body.get("code") or body.get("errorCode") or "")
    return code if re.fullmatch(r"\w{1,64}", code, re.ASCII) else "no reason given"


def _named(body: Json) -> frozenset[str]:
    """What the answer may mean by its names of fields; where it names them is not documented.

    Seen were ``custom_fields: Expected ...`` and ``<key>: Parameter '<key>' is not allowed``
    (pipedrive/client-php, issue 227; pipedrive/client-nodejs, issue 651).
    """
    found = _NAMED.findall(json.dumps(body, ensure_ascii=False))
    return frozenset(part for name in found for part in name.split("."))


_NAMED = re.compile(r"\b[0-9a-f]{40}\b|[\w.]+(?=:)|(?<=')[\w.]+(?=')", re.ASCII)
