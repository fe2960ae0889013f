"""The road to a CRM: every request waits for the budget, passes the gate and is logged.

It is an httpx transport, so that connectors need not know of any of it.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

import httpx

from connectors.http import REDACT, WATCHERS
from connectors.masking import masked, masked_values
from engine.delivery.gate import Gate
from engine.delivery.limits import Budget
from engine.storage.base import now
from engine.storage.calls import Exchange

KEPT_CHARACTERS = 16_000
# More than is kept, so that no secret is cut in two where what is kept ends.
_KEPT_BYTES = 4 * KEPT_CHARACTERS + 16_000
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_serving: ContextVar[tuple[str, tuple[int, ...]]] = ContextVar("serving", default=("", ()))


@contextmanager
def serving(purpose: str, runs: Collection[int] = ()) -> Iterator[None]:
    """Say for the log what the calls made inside are for."""
    token = _serving.set((purpose, tuple(runs)))
    try:
        yield
    finally:
        _serving.reset(token)


class CallLog:
    """Exchanges not yet stored. Thread-safe."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    def add(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)

    def take(self) -> list[Exchange]:
        """All that was added since the last time."""
        with self._lock:
            taken, self._exchanges = self._exchanges, []
        return taken


class MeteredTransport(httpx.BaseTransport):
    """``guard`` is asked right before each request is sent and may raise a ConnectorError to stop it.

    ``secrets`` are hidden in the log and in refusals that repeat them, those added later too.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        budget: Budget,
        gate: Gate,
        log: CallLog,
        secrets: Collection[str],
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        self._inner = inner
        self._budget = budget
        self._gate = gate
        self._log = log
        self._secrets = secrets
        self._guard = guard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._gate.look()  # before waiting for the budget in vain
        self._budget.take()
        begun = self._gate.enter()
        self._guard()  # last: all of the above takes time
        request.extensions.get(WATCHERS, []).append(partial(self._gate.told, begun))
        note = _Note(request, self._log, self._mask)
        try:
            response = self._inner.handle_request(request)
        except Exception as error:
            note.write(None, f"{type(error).__name__}: {error}")
            raise
        response.stream = _Recorded(response, note)
        response.extensions[REDACT] = lambda body: masked_values(body, self._secrets)
        return response

    def close(self) -> None:
        self._inner.close()

    def _mask(self, text: str) -> str:
        return masked(text, self._secrets)[:KEPT_CHARACTERS]


class _Note:
    """One exchange as it happens; written once, when its answer is read or given up."""

    def __init__(self, request: httpx.Request, log: CallLog, mask: Callable[[str], str]) -> None:
        self._purpose, self._runs = _serving.get()
        self._request, self._log, self._mask = request, log, mask
        self._started_at, self._start = now(), time.monotonic()
        self._written = False

    def write(self, status: int | None, error: str = "", body: bytes = b"") -> None:
        if self._written:
            return
        self._written = True
        self._log.add(
            Exchange(
                purpose=self._purpose,
                runs=self._runs,
                method=self._request.method,
                url=self._mask(str(self._request.url)),
                status=status,
                error=self._mask(error),
                started_at=self._started_at,
                ms=round((time.monotonic() - self._start) * 1000),
                request=self._mask(self._request.read().decode(errors="replace")),
                response=self._mask(body.decode(errors="replace")),
            )
        )


class _Recorded(httpx.SyncByteStream):
    """An answer's body that is noted when it ends, breaks or is closed early."""

    def __init__(self, response: httpx.Response, note: _Note) -> None:
        self._inner, self._status, self._note = response.stream, response.status_code, note
        self._encoding = response.headers.get("Content-Encoding", "").strip().lower()
        self._head = b""

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._inner, httpx.SyncByteStream)
        try:
            for chunk in self._inner:
                if len(self._head) < _KEPT_BYTES:
                    self._head += chunk
                yield chunk
        except Exception as error:
            self._note.write(self._status, f"{type(error).__name__}: {error}", self._text())
            raise

    def close(self) -> None:
        self._note.write(self._status, body=self._text())
        assert isinstance(self._inner, httpx.SyncByteStream)
        self._inner.close()

    def _text(self) -> bytes:
        """The head as it was before it was packed; packed, nobody could read it or find a secret."""
        if self._encoding not in ("gzip", "x-gzip", "deflate"):
            return self._head
        try:
            return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(self._head, _KEPT_BYTES)
        except zlib.error:
            return b"(what came is not packed as it says)"
