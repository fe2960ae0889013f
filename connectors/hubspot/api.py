"""HubSpot's conventions on the wire: dated paths, pages, batches, errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.base import Json, Kind
from connectors.errors import (
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from connectors.http import call
from connectors.hubspot.problems import Problem, RefusedError, problems_of, refine
from connectors.hubspot.spec import VERSION

OBJECTS: Mapping[Kind, str] = {
    Kind.CONTACT: "contacts",
    Kind.COMPANY: "companies",
    Kind.DEAL: "deals",
    Kind.TASK: "tasks",
    Kind.NOTE: "notes",
}
"""What HubSpot calls each kind in its paths."""

BATCH = 100  # inputs of a batch of objects (CRM objects guide, Limits)
LINKS_READ = 1000  # inputs of a batch that reads associations
PAGE_SIZE = 100
SEARCH_PAGE = 200  # Search the CRM, Limits
MOST_PAGES = 40

Params = Sequence[tuple[str, str | int]]
Item = Mapping[str, Any]
"""One object in HubSpot's form."""
Filter = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch came to: the rows that went well, and what is wrong with others.

    It is the body that tells: version 3 of the API says 207 when a row failed, the dated ones are
    described with 200 and 201 alone.
    """

    rows: tuple[Item, ...]
    problems: tuple[Problem, ...]


def objects(kind: Kind, action: str = "") -> str:
    """The path of a kind's objects, or of what is done with them."""
    return f"crm/objects/{VERSION}/{OBJECTS[kind]}{action}"


def associations(source: Kind, target: Kind, action: str) -> str:
    return f"crm/associations/{VERSION}/{OBJECTS[source]}/{OBJECTS[target]}/batch/{action}"


def about_account(action: str) -> str:
    return f"account-info/{VERSION}/{action}"


def lists_of(what: str, tail: str = "") -> str:
    """The path of the account's pipelines, properties or owners."""
    return f"crm/{what}/{VERSION}{tail}"


class Api:
    """One account."""

    def __init__(self, http: httpx.Client, base_url: str, token: str) -> None:
        self._http = http
        self._root = base_url
        self._headers = {"Authorization": f"Bearer {token}"}

    def read(self, path: str, params: Params = ()) -> Json:
        try:
            return self._call("GET", path, writes=False, params=list(params))
        except RefusedError as error:
            if error.problem.gone:
                raise NotFoundError(f"GET /{path}: the CRM has no such thing") from error
            raise

    def items(self, path: str, params: Params = (), key: str = "id") -> list[Item]:
        """Return the results of every page. ``key``: what every one of them has."""
        return list(self._items(path, params, key))

    def _items(self, path: str, params: Params, key: str) -> Iterator[Item]:
        after: list[tuple[str, str | int]] = []
        for _ in range(MOST_PAGES):
            body = self.read(path, [*params, *after])
            yield from _results(body, UnavailableError, key)
            following = _next(body)
            if following is None:
                return
            after = [("after", following)]
        raise RejectedError(f"GET /{path}: the list has more than {MOST_PAGES} pages")

    def by_key(
        self, kind: Kind, keys: Iterable[str], properties: Sequence[str], key: str | None = None
    ) -> list[Item]:
        """Return the objects with these ids, or these values of the unique property ``key``.

        No search: what was written a moment ago is there.
        """
        found: list[Item] = []
        more = {"idProperty": key} if key else {}
        for some in in_parts(list(dict.fromkeys(keys)), BATCH):
            inputs = [{"id": one} for one in some]
            body = {"inputs": inputs, "properties": list(properties), **more}
            answer = self._call("POST", objects(kind, "/batch/read"), writes=False, json=body)
            found += _read(answer).rows
        return [item for item in found if not item.get("archived")]

    def search(self, kind: Kind, groups: Sequence[Sequence[Filter]]) -> list[str]:
        """Return the ids of the objects that pass all filters of one of the ``groups``."""
        ids: list[str] = []
        body: dict[str, Json] = {
            "filterGroups": [{"filters": list(group)} for group in groups],
            "properties": ["hs_object_id"],
            "limit": SEARCH_PAGE,
        }
        for _ in range(MOST_PAGES):
            answer = self._call("POST", objects(kind, "/search"), writes=False, json=body)
            ids += [str(item["id"]) for item in _results(answer, UnavailableError)]
            following = _next(answer)
            if following is None:
                return ids
            body = {**body, "after": following}
        raise RejectedError(
            f"POST /{objects(kind, '/search')}: more than {MOST_PAGES * SEARCH_PAGE} records match"
        )

    def linked(self, source: Kind, ids: Iterable[str], target: Kind) -> dict[str, list[str]]:
        """Return the ids of the ``target`` records that each of ``ids`` is associated with."""
        found: dict[str, list[str]] = {}
        inputs: list[dict[str, str]] = [{"id": id} for id in dict.fromkeys(ids)]
        for _ in range(MOST_PAGES):
            if not inputs:
                return found
            rest = inputs[LINKS_READ:]
            path = associations(source, target, "read")
            body = {"inputs": inputs[:LINKS_READ]}
            answer = self._call("POST", path, writes=False, json=body)
            for row in _read(answer, "from").rows:
                here = found.setdefault(str(row["from"].get("id")), [])
                here += [str(one.get("toObjectId", one.get("id"))) for one in row["to"]]
                if (following := _next(row)) is not None:
                    rest.append({"id": str(row["from"].get("id")), "after": following})
            inputs = rest
        raise RejectedError("a record is associated with more others than anybody can look through")

    def write(self, path: str, inputs: Sequence[Json], key: str = "id") -> Batch:
        """Send a batch that changes something. ``key``: what every row of the answer has."""
        body = self._call("POST", path, writes=True, json={"inputs": list(inputs)})
        return _batch(body, OutcomeUnknownError, key)

    def _call(self, method: str, path: str, *, writes: bool, **options: Any) -> Json:
        url = f"{self._root}/{path}"
        return call(
            self._http, method, url, writes=writes, refine=refine, headers=self._headers, **options
        )


def is_id(text: str) -> bool:
    """HubSpot's ids are numbers; anything else is nobody's."""
    return text.isascii() and text.isdigit()


def in_parts(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _batch(body: Json, lost: type[ConnectorError], key: str = "id") -> Batch:
    rows = _results(body, lost, key)
    return Batch(tuple(rows), problems_of(body))


def _read(body: Json, key: str = "id") -> Batch:
    """A batch that was read whole; that some of it is not there is what was to be learnt."""
    batch = _batch(body, UnavailableError, key)
    if body.get("status") not in (None, "COMPLETE"):
        raise UnavailableError("the answer is not complete")
    if not all(isinstance(row.get("to"), list) for row in batch.rows if key == "from"):
        raise UnavailableError("the answer holds no associations")
    for problem in batch.problems:
        if not problem.gone:
            raise UnavailableError(f"a part of it cannot be read: {problem.category}")
    return batch


def _results(body: Json, lost: type[ConnectorError], key: str = "id") -> list[Item]:
    rows = body.get("results") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get(key), dict if key == "from" else str)
        for row in rows
    ):
        raise lost("the answer holds no results")
    return rows


def _next(body: Item) -> str | None:
    """Where the next page begins."""
    paging = body.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if after else None
