"""One exchange in, a value or a ConnectorError out. Nothing is repeated here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

import httpx

from connectors.base import Json
from connectors.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.failures import reason_of
from connectors.guarded import GuardedTransport

LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
REDACT = "formwire.redact"
"""The extension by which a transport says how secrets are taken out of a body."""

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

# A 302 or 303 may follow work that was done; these three say that none was.
MOVED = frozenset({301, 307, 308})

REFUSALS: Mapping[int, tuple[type[ConnectorError], str]] = {
    401: (AuthError, "the CRM does not accept our credentials"),
    402: (AuthError, "the CRM account is not paid for"),
    403: (AuthError, "the CRM does not let us do this"),
    404: (NotFoundError, "the CRM has no such record"),
    409: (ConflictError, "the CRM has such a record already"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP response."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Json:
        """The body as JSON, None when it is empty. Raises ValueError when it is anything else."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


Refine: TypeAlias = Callable[[Answer], ConnectorError | None]
"""What a vendor means by an answer, where it says more than its status; None for the usual."""

Read: TypeAlias = Callable[[Answer], Json]
"""What a success says. Raises ValueError when it cannot be read."""

Watcher: TypeAlias = Callable[[ConnectorError | None], None]
"""Is told what became of an exchange: the error it ended with, None when all went well."""

WATCHERS = "formwire.watchers"
"""The request extension with the list of watchers, to which a transport may add its own."""


def new_client(
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Build a client that goes straight to the CRM: no redirects, no proxies of the environment.

    Without a ``transport`` it reaches the public Internet only.
    """
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        transport=transport or GuardedTransport(),
        timeout=httpx.Timeout(connect=5, write=10, read=20, pool=5),
        follow_redirects=False,
        trust_env=False,
    )


def call(
    http: httpx.Client,
    method: str,
    path: str,
    *,
    writes: bool,
    refine: Refine | None = None,
    read: Read = Answer.json,
    place: str | None = None,
    **options: Any,
) -> Json:
    """Send one request and return its decoded JSON body, None when it has none.

    ``writes`` says whether the operation changes the CRM; the verb cannot tell, because CRMs
    search with POST. ``read`` decodes a success that need not be JSON. ``place`` is what messages
    call the request where its path holds a secret. ``options`` go to httpx. A ConnectorError of
    the transport passes unchanged.
    """
    watchers: list[Watcher] = []
    try:
        extensions = {WATCHERS: watchers}
        value = _value(
            http,
            method,
            path,
            writes=writes,
            refine=refine,
            read=read,
            place=place,
            extensions=extensions,
            **options,
        )
    except ConnectorError as error:
        for watcher in watchers:
            watcher(error)
        raise
    for watcher in watchers:
        watcher(None)
    return value


def _value(
    http: httpx.Client,
    method: str,
    path: str,
    *,
    writes: bool,
    refine: Refine | None,
    read: Read,
    place: str | None,
    **options: Any,
) -> Json:
    named, lost = _place(method, path), _lost(writes)
    place = place or named
    answer = exchange(http, method, path, writes=writes, place=place, **options)
    if not answer.is_success:
        refined = refine(answer) if refine else None
        raise refined or _error_for(answer, place, lost)
    try:
        return read(answer)
    except ValueError as error:
        raise lost(f"{place}: the answer is not JSON") from error


def exchange(
    http: httpx.Client, method: str, url: str, *, writes: bool, place: str, **options: Any
) -> Answer:
    """Send one request and return its answer, whatever its status. Raises ConnectorError.

    ``place`` is what messages call the request: its address may hold a secret.
    """
    lost = _lost(writes)
    try:
        with http.stream(method, url, **options) as response:
            body = _read(response)
    except NEVER_SENT as error:
        raise UnavailableError(f"{place}: not sent, {reason_of(error)}") from error
    except (httpx.RequestError, _TooLarge) as error:
        raise lost(f"{place}: {_reason(error)}") from error
    return Answer(response.status_code, response.headers, _told(response, body))


def _told(response: httpx.Response, body: bytes) -> bytes:
    """The body; a refusal's without secrets that it repeats, since its words reach people and logs."""
    redact = response.extensions.get(REDACT)
    return body if redact is None or response.is_success else bytes(redact(body))


class _TooLarge(Exception):
    """The answer has more bytes than anything we ask for."""


def _place(method: str, path: str) -> str:
    """What a message calls the request: without its query, which may hold what people typed."""
    try:
        url = httpx.URL(path)
        _ = url.host  # read, because httpx only then looks into a name in punycode
        return f"{method} {url.path}"
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SettingsError(f"{method}: this is no address that can be called") from error


def _lost(writes: bool) -> type[OutcomeUnknownError] | type[UnavailableError]:
    return OutcomeUnknownError if writes else UnavailableError


def _reason(error: Exception) -> str:
    return "the answer is too large" if isinstance(error, _TooLarge) else reason_of(error)


def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER_BYTES:
            raise _TooLarge
    return bytes(body)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _error_for(
    answer: Answer, place: str, lost: type[OutcomeUnknownError] | type[UnavailableError]
) -> ConnectorError:
    status = answer.status
    if status == 429:
        wait_s = retry_after_s(answer.headers)
        return RateLimitedError(f"{place}: too many calls", retry_after_s=wait_s)
    if status in MOVED:
        return SettingsError(f"{place}: the CRM has another address now")
    if status in REFUSALS:
        kind, meaning = REFUSALS[status]
        return kind(f"{place}: {meaning}")
    if 400 <= status < 500 and status != 408:
        return RejectedError(f"{place}: the CRM refuses the request with status {status}")
    return lost(f"{place}: the CRM answers with status {status}")


def retry_after_s(headers: httpx.Headers) -> float | None:
    """The wait a Retry-After header asks for, given in seconds or as an HTTP date (RFC 9110)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    until = _http_date(value)
    if until is None:
        return None
    # The server's own clock, so that the difference between its clock and ours does not count.
    now = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
