"""What HubSpot has against a call, or against one row of a batch.

Its texts may repeat what a visitor typed: only codes, property names and ids are taken from them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.base import Json
from connectors.errors import AuthError, ConnectorError, RateLimitedError, RejectedError
from connectors.http import Answer, retry_after_s

INTERVAL_S = 10.0
"""Limits count the calls of ten seconds; a 429 is not documented to say how long to wait."""
LOCKED_S = 2.0  # "locks will last for 2 seconds" (Error handling, 423)
LONG_S = 3600.0
"""How long to let an account be that has used up its day, or is moving to another data centre."""

GONE = frozenset(
    {
        "OBJECT_NOT_FOUND",
        "NO_ASSOCIATIONS_FOUND",
        "INVALID_OBJECT_IDS",
        "OBJECT_ALREADY_DELETED",
    }
)
_CODE = re.compile(r"\w{1,64}", re.ASCII)
_SCOPE = re.compile(r"[\w.-]{1,64}", re.ASCII)

# The id of the record in the way stands in the text alone (hubspot-api-php, issue 59). The second
# is what a unique property says.
_EXISTING = (
    re.compile(r"Existing ID:\s*(\d+)"),
    re.compile(r"(\d+) already has that value"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint. ``traces`` and ``ids`` say which rows it is about, if HubSpot tells.

    ``existing``: the record that is in the way of a new one.
    """

    category: str
    properties: tuple[str, ...] = ()
    traces: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    existing: str | None = None
    conflict: bool = False
    gone: bool = False

    @property
    def reason(self) -> str:
        return f"the CRM refuses the record: {self.category}"


class RefusedError(RejectedError):
    """HubSpot refuses a whole call, and applied nothing of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def problems_of(body: Mapping[str, Json]) -> tuple[Problem, ...]:
    """What a batch's answer says about rows that failed."""
    return tuple(_problem(error) for error in _mappings(body.get("errors")))


def refine(answer: Answer) -> ConnectorError | None:
    """What HubSpot's errors say beyond the status. Every part of them is optional."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    match answer.status:
        case 429:
            return RateLimitedError("the CRM: too many calls", retry_after_s=_wait_s(answer, said))
        case 423:
            return RateLimitedError("the CRM: locked for a moment", retry_after_s=LOCKED_S)
        case 477:
            wait_s = retry_after_s(answer.headers) or LONG_S
            message = "the CRM: the account is moving to another data centre"
            return RateLimitedError(message, retry_after_s=wait_s)
        case 403 if scopes := _scopes(said):
            return AuthError(f"the token lacks a scope this call needs: {', '.join(scopes)}")
        case 401 if said.get("category") == "EXPIRED_AUTHENTICATION":
            return AuthError("the access token has expired")
        case 400 | 404 | 409 if said:
            return RefusedError(_problem(said, answer.status))
    return None


def _wait_s(answer: Answer, said: Mapping[str, Json]) -> float:
    told = retry_after_s(answer.headers)
    if told is not None:
        return told
    if said.get("policyName") == "DAILY":
        return LONG_S
    if "secondly" in str(said.get("message", "")).replace("ten_secondly", ""):
        return 1.0  # the limit of searches
    interval = answer.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    return int(interval) / 1000 if re.fullmatch(r"[0-9]{1,6}", interval) else INTERVAL_S


def _problem(error: Mapping[str, Json], status: int = 0) -> Problem:
    details = _mappings(error.get("errors"))
    message = str(error.get("message", ""))
    codes = [str(error.get(key) or "") for key in ("subCategory", "category")]
    codes += [str(one.get("code") or one.get("subCategory") or "") for one in details]
    embedded = _embedded(message)
    told = [str(one.get("error", "")) for one in embedded] + codes
    context = _contexts([error, *details])
    named = [*(str(one.get("name", "")) for one in embedded), *context.get("propertyName", [])]
    existing = next((found[1] for one in _EXISTING if (found := one.search(message))), None)
    gone = status == 404 or any(_tail(code) in GONE for code in codes)
    return Problem(
        category=next((code for code in told if _CODE.fullmatch(code)), "no reason given"),
        properties=tuple(dict.fromkeys(name for name in named if _CODE.fullmatch(name))),
        traces=frozenset(context.get("objectWriteTraceId", ())),
        ids=frozenset(
            id for key in ("id", "ids", "objectId", "fromObjectId") for id in context.get(key, ())
        ),
        existing=existing,
        conflict=existing is not None or status == 409 or "CONFLICT" in codes,
        gone=gone,
    )


def _tail(code: str) -> str:
    """The last part of a code such as ``crm.associations.NO_ASSOCIATIONS_FOUND``."""
    return code.rpartition(".")[2]


def _contexts(errors: list[Mapping[str, Json]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in errors:
        context = error.get("context")
        for key, values in context.items() if isinstance(context, dict) else ():
            listed = values if isinstance(values, list) else [values]
            found.setdefault(key, []).extend(str(value) for value in listed)
    return found


def _embedded(message: str) -> list[Mapping[str, Json]]:
    """The list of JSON objects at the end of a message about values."""
    start = message.find("[{")
    if start < 0:
        return []
    try:
        found, _ = json.JSONDecoder().raw_decode(message[start:])
    except (ValueError, RecursionError):
        return []
    return _mappings(found)


def _mappings(value: Json) -> list[Mapping[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _scopes(said: Mapping[str, Json]) -> list[str]:
    return sorted(set(_required_scopes(said)))


def _required_scopes(said: Mapping[str, Json]) -> Iterator[str]:
    details = _mappings(said.get("errors"))
    for key, values in _contexts([said, *details]).items():
        if "scope" in key.lower():
            yield from (value for value in values if _SCOPE.fullmatch(value))
