"""What every API call passes on its way in and out: the network, the rate limit, the accidents."""

from __future__ import annotations

import errno
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Protocol

import httpx
from werkzeug import Request, Response

from connectors.simulation.faults import Fault, FaultKind, Faults

_DRIP_EVERY_S = 0.3
ID_IN_PATH = re.compile(r"/\d+(?=/|$)")


class ConnectionCutError(httpx.RemoteProtocolError, ConnectionResetError):
    """The connection ends without an answer.

    It leaves the WSGI application as an exception. In-process, httpx.WSGITransport hands it on, and
    the client sees the error it would see on a socket. A real server (gunicorn's gthread worker,
    Werkzeug's) takes an OSError with ECONNRESET for a client gone, and closes the socket.
    """

    def __init__(self) -> None:
        super().__init__("Server disconnected without sending a response.")
        self.errno = errno.ECONNRESET


@dataclass(frozen=True, slots=True)
class Conditions:
    """The simulated network and clock. ``calls_per_s`` 0 means no limit; ``now`` is Unix seconds."""

    latency_s: float = 0.0
    calls_per_s: int = 0
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class Dialect(Protocol):
    """How a vendor says the things that every vendor says."""

    prefix: str | tuple[str, ...]
    """Paths that start with it are the API; conditions and accidents befall only them."""

    def refusal(self, status: int) -> Response:
        """The vendor's 400, 401, 402 or 403."""

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        """The vendor's 429. ``in_a_row``: how many calls the limiter refused since it last let one in."""

    def blocked(self) -> Response:
        """What a client hears that the vendor has shut out."""

    def failure(self) -> Response:
        """The vendor's 500."""


class RateLimiter:
    """At most ``calls_per_s`` calls in any second."""

    def __init__(self, calls_per_s: int, now: Callable[[], float]) -> None:
        self.in_a_row = 0
        self._calls_per_s = calls_per_s
        self._now = now
        self._lock = Lock()
        self._recent: deque[float] = deque(maxlen=calls_per_s or None)

    def wait_s(self) -> float:
        """0 lets the call in; anything else refuses it and says when there is room again."""
        if not self._calls_per_s:
            return 0.0
        with self._lock:
            now = self._now()
            if len(self._recent) == self._calls_per_s and now - self._recent[0] < 1.0:
                self.in_a_row += 1
                return 1.0 - (now - self._recent[0])
            self._recent.append(now)
            self.in_a_row = 0
            return 0.0


class Gate:
    """Counts calls and lets them through, or not, as the conditions and the script want it."""

    def __init__(self, dialect: Dialect, conditions: Conditions) -> None:
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._dialect = dialect
        self._conditions = conditions
        self._limiter = RateLimiter(conditions.calls_per_s, conditions.now)
        self._lock = Lock()

    def answer(self, request: Request, apply: Callable[[], Response]) -> Response:
        """Answer an API call; ``apply`` carries it out. Raises ConnectionCutError."""
        self._count(request)
        if self._conditions.latency_s:
            self._conditions.sleep(self._conditions.latency_s)
        if wait_s := self._limiter.wait_s():
            return self._dialect.too_many(wait_s, self._limiter.in_a_row)
        fault = self.faults.next(request.method, request.path)
        return self._befallen(fault, apply) if fault else apply()

    def _count(self, request: Request) -> None:
        with self._lock:
            self.calls[f"{request.method} {ID_IN_PATH.sub('/{id}', request.path)}"] += 1

    def _befallen(self, fault: Fault, apply: Callable[[], Response]) -> Response:
        match fault.kind:
            case FaultKind.REFUSE:
                return self._dialect.refusal(fault.http_status)
            case FaultKind.RATE_LIMIT:
                return self._dialect.too_many(fault.seconds, 1)
            case FaultKind.BLOCK:
                return self._dialect.blocked()
            case FaultKind.SLOW:
                self._conditions.sleep(fault.seconds)
                return apply()
            case FaultKind.LOSE_REPLY:
                apply()
                raise ConnectionCutError
            case FaultKind.NEVER_ARRIVES:
                raise ConnectionCutError
            case FaultKind.APPLY_LATE:
                Thread(target=self._late, args=(fault.seconds, apply), daemon=True).start()
                raise ConnectionCutError
            case FaultKind.DRIP:
                return self._dripping(apply(), fault.seconds)
            case FaultKind.HTML_ERROR:
                return proxy_page(fault.http_status)
            case FaultKind.ERROR_AFTER:
                apply()
                return self._dialect.failure()
            case FaultKind.GARBAGE:
                return _torn(apply())

    def _late(self, seconds: float, apply: Callable[[], Response]) -> None:
        self._conditions.sleep(seconds)
        apply()

    def _dripping(self, response: Response, seconds: float) -> Response:
        """The answer, so slowly that no single wait is long."""

        def drops() -> Iterator[bytes]:
            for byte in response.get_data()[: round(seconds / _DRIP_EVERY_S)]:
                self._conditions.sleep(_DRIP_EVERY_S)
                yield bytes((byte,))
            raise ConnectionCutError

        return Response(drops(), response.status, mimetype=response.mimetype)


def proxy_page(status: int) -> Response:
    """The HTML page that a proxy in front of the CRM answers with."""
    response = Response(status=status, mimetype="text/html")
    response.set_data(f"<html><body><h1>{response.status}</h1></body></html>")
    return response


def _torn(response: Response) -> Response:
    body = response.get_data()
    return Response(body[: len(body) // 2] or b"{", 200, mimetype=response.mimetype)
