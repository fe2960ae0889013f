"""Bitrix24's conventions on the wire: webhook, batches of commands, pages, errors."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from connectors.base import Json
from connectors.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.http import Answer, call

COMMANDS_PER_BATCH = 50
PAGE_SIZE = 50
MOST_PAGES = 40

_REFERENCE = re.compile(r"\$\S*\[")

# Bitrix24 names no wait. 50 calls fit into its bucket, which loses 2 a second: after 5 seconds
# there is room for 10.
FULL_BUCKET_S = 5.0
# A method's run time is summed over ten buckets of a minute; at the latest one of them ends then.
RUN_TIME_S, LONGEST_RUN_TIME_S = 60.0, 600.0

Item = Mapping[str, Any]
"""One record in Bitrix24's form."""
Reply = Json | ConnectorError
"""What became of one command."""


@dataclass(frozen=True, slots=True)
class Command:
    """One method with its parameters, whose leaves are str and int: a command is a query string."""

    method: str
    params: Mapping[str, Json]


class InvalidError(RejectedError):
    """Bitrix24 refuses a command. ``description`` may repeat what a visitor typed."""

    def __init__(self, code: str, description: str) -> None:
        # Only a bare word is quoted.
        reason = code if re.fullmatch(r"\w{1,64}", code, re.ASCII) else "no reason given"
        super().__init__(f"the CRM refuses it: {reason}")
        self.description = description


class Api:
    """One portal's REST API. Without a ``webhook`` whoever sends the requests signs them."""

    def __init__(self, http: httpx.Client, base_url: str, webhook: str) -> None:
        self._http = http
        self._root = f"{base_url}/rest/{webhook}".rstrip("/")
        self._reset_at: dict[str, float] = {}

    def read(self, commands: Sequence[Command]) -> list[Json]:
        """Return what each command answers. Raises the first error."""
        replies, _ = self._run(commands, writes=False)
        return [_raised(reply) for reply in replies]

    def lists(self, commands: Sequence[Command]) -> list[list[Item]]:
        """Return all rows of each list, page after page."""
        rows: list[list[Item]] = [[] for _ in commands]
        open_ = dict(enumerate(commands))
        for _ in range(MOST_PAGES):
            if not open_:
                return rows
            replies, nexts = self._run(list(open_.values()), writes=False)
            for at, reply in zip(list(open_), replies, strict=True):
                rows[at] += _rows(_raised(reply))
            open_ = {
                at: replace(one, params={**one.params, "start": start})
                for (at, one), start in zip(open_.items(), nexts, strict=True)
                if start
            }
        if open_:
            raise RejectedError(f"more than {MOST_PAGES * PAGE_SIZE} records match")
        return rows

    def write(self, commands: Sequence[Command]) -> list[Reply]:
        """Carry out commands; what became of each, in order. After a lost call nothing more is sent."""
        return self._run(commands, writes=True)[0]

    def _run(
        self, commands: Sequence[Command], *, writes: bool
    ) -> tuple[list[Reply], list[int | None]]:
        """The replies, and where the next page of each list starts."""
        replies: list[Reply] = [None] * len(commands)
        nexts: list[int | None] = [None] * len(commands)
        stopped: ConnectorError | None = None
        for places in _calls(commands):
            some = [commands[at] for at in places]
            if stopped is None:
                try:
                    answers = self._send(some, writes=writes)
                except ConnectorError as error:
                    answers = [(error, None)] * len(some)
                    stopped = None if isinstance(error, RejectedError) else _for_the_rest(error)
            else:
                answers = [(stopped, None)] * len(some)
            for at, (reply, start) in zip(places, answers, strict=True):
                replies[at], nexts[at] = reply, start
        return replies, nexts

    def _send(self, commands: Sequence[Command], *, writes: bool) -> list[tuple[Reply, int | None]]:
        if refers(commands[0]):
            body = self._post(commands[0].method, commands[0].params, writes=writes)
            return [(body["result"], _start(body.get("next")))]
        named = {f"c{at}": command for at, command in enumerate(commands)}
        cmd = {key: f"{one.method}?{query(one.params)}" for key, one in named.items()}
        body = self._post("batch", {"halt": 0, "cmd": cmd}, writes=writes)
        outer = _by_key(body["result"])
        results, errors = _by_key(outer.get("result")), _by_key(outer.get("result_error"))
        self._remember(named, _by_key(outer.get("result_time")))
        nexts = _by_key(outer.get("result_next"))
        return [
            (results[key], _start(nexts.get(key)))
            if key in results
            else (self._failure(one.method, errors.get(key), writes=writes), None)
            for key, one in named.items()
        ]

    def _post(self, method: str, params: Mapping[str, Json], *, writes: bool) -> dict[str, Json]:
        body = call(
            self._http,
            "POST",
            f"{self._root}/{method}",
            writes=writes,
            refine=lambda answer: self._refine(method, answer),
            place=f"POST {method}",
            json=dict(params),
        )
        if isinstance(body, dict) and "result" in body:
            return body
        if isinstance(body, dict) and "error" in body:
            raise self._failure(method, body, writes=writes)
        raise _lost(writes)("the answer holds no result")

    def _remember(self, commands: Mapping[str, Command], times: Mapping[str, Json]) -> None:
        """When a method's run time is counted anew: only good answers tell."""
        for key, spent in times.items():
            at = spent.get("operating_reset_at") if isinstance(spent, dict) else None
            if key in commands and isinstance(at, int | float):
                self._reset_at[commands[key].method] = float(at)

    def _refine(self, method: str, answer: Answer) -> ConnectorError | None:
        if 300 <= answer.status < 400:
            # apidocs.bitrix24.com, Changing the account's address: 302, before anything is done.
            host = urlsplit(answer.headers.get("location", "")).hostname or "another address"
            return SettingsError(f"portal: it has moved to {host}; enter the new address")
        try:
            body = answer.json()
        except ValueError:
            return None
        if not isinstance(body, dict) or "error" not in body:
            return None
        code, description = _code(body)
        if answer.status == 400 or code == "ERROR_METHOD_NOT_FOUND":
            return InvalidError(code, description) if code not in _GONE else _gone()
        return self._known(method, code)

    def _failure(self, method: str, error: Json, *, writes: bool) -> ConnectorError:
        """What the error of one command means. Most say that the record or its fields are wrong."""
        if not isinstance(error, dict):
            return _lost(writes)("the answer says nothing about this command")
        code, description = _code(error)
        if code in _BROKEN:
            return _lost(writes)("the CRM failed while it carried this out")
        if code in _GONE:
            return _gone()
        return self._known(method, code) or InvalidError(code, description)

    def _known(self, method: str, code: str) -> ConnectorError | None:
        """The errors that mean the same whatever the method."""
        if code == "QUERY_LIMIT_EXCEEDED":
            return RateLimitedError("the CRM: too many calls", retry_after_s=FULL_BUCKET_S)
        if code == "OPERATION_TIME_LIMIT":
            wait_s = self._reset_at.get(method, time.time() + RUN_TIME_S) - time.time()
            wait_s = min(max(wait_s, 1.0), LONGEST_RUN_TIME_S)
            return RateLimitedError(f"the CRM: {method} ran for too long", retry_after_s=wait_s)
        return AuthError(f"{method}: {_CLOSED[code]}") if code in _CLOSED else None


# apidocs.bitrix24.com, Error codes; and those of each method.
_CLOSED: Mapping[str, str] = {
    "NO_AUTH_FOUND": "the CRM does not know this webhook, or it was deleted",
    "expired_token": "the access has expired",
    "invalid_token": "the CRM does not accept our credentials",
    "insufficient_scope": "a right that this needs is missing: the webhook or application must have crm and user",
    "INVALID_CREDENTIALS": "the user in whose name we call may not do this",
    "user_access_error": "the user in whose name we call may not use the application",
    "allowed_only_intranet_user": "the user in whose name we call must be an employee",
    "PAYMENT_REQUIRED": "the portal is not paid for",
    "PORTAL_DELETED": "the portal was deleted",
    "OVERLOAD_LIMIT": "the CRM has blocked its API for this portal; its support must lift that",
}
_GONE = frozenset({"NOT_FOUND", "OWNER_NOT_FOUND", "ENTITY_NOT_FOUND"})
_BROKEN = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"})


def refers(command: Command) -> bool:
    """Whether a batch may take part of it for a reference to what other commands have answered.

    Somebody who types $result[c0][items] into a form would read other people's records. In a call
    of its own nothing is a reference. Bitrix24 looks for them in every text, in capitals too (its
    module rest, CRestUtil::processBatchElement).
    """
    return any(_REFERENCE.search(text) for _, text in _pairs(command.params, ""))


def query(params: Mapping[str, Json]) -> str:
    """Parameters as PHP writes them: filter[=name]=Ada, with all signs escaped."""
    return "&".join(
        f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in _pairs(params, "")
    )


def _pairs(value: Json, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping | list | tuple):
        inner = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, part in inner:
            yield from _pairs(part, f"{key}[{name}]" if key else str(name))
    else:
        yield key, str(value)


def _calls(commands: Sequence[Command]) -> Iterator[list[int]]:
    """The positions of the commands that go together."""
    together = [at for at, one in enumerate(commands) if not refers(one)]
    for start in range(0, len(together), COMMANDS_PER_BATCH):
        yield together[start : start + COMMANDS_PER_BATCH]
    yield from ([at] for at, one in enumerate(commands) if refers(one))


def _by_key(value: Json) -> dict[str, Json]:
    """What PHP writes as a list when it is empty or its keys are numbers."""
    if isinstance(value, list):
        return {str(at): one for at, one in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def _rows(value: Json) -> list[Item]:
    """The rows of a list: some methods name it, some do not."""
    if isinstance(value, dict):
        value = next((part for part in value.values() if isinstance(part, list)), None)
    if not isinstance(value, list) or not all(
        isinstance(row, dict) and ("id" in row or "ID" in row) for row in value
    ):
        raise UnavailableError("the answer holds no list")
    return value


def _start(value: Json) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _raised(reply: Reply) -> Json:
    if isinstance(reply, ConnectorError):
        raise reply
    return reply


def _code(error: Mapping[str, Json]) -> tuple[str, str]:
    """Code and description; the code may be a number, a phrase or empty."""
    return str(error.get("error", "")), str(error.get("error_description", ""))


def _gone() -> NotFoundError:
    return NotFoundError("the CRM has no record with this id")


def _lost(writes: bool) -> type[OutcomeUnknownError] | type[UnavailableError]:
    return OutcomeUnknownError if writes else UnavailableError


def _for_the_rest(error: ConnectorError) -> ConnectorError:
    if isinstance(error, OutcomeUnknownError):
        return UnavailableError("not sent, because an earlier call of the same operation failed")
    return error
