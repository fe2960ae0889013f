"""The one road out: to checked addresses only, and never for longer than agreed.

A name is resolved once, every address it has is judged, and the connection goes to one of those;
the Host header, SNI and the certificate's check go by the name. No proxies of the environment.
"""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import httpcore
import httpx

from connectors.addresses import Targets, address, why_special
from connectors.errors import SettingsError

DEADLINE_S = 25.0
PARALLEL = 20
_IDLE_S = 5.0

_ends_at: ContextVar[float] = ContextVar("ends_at", default=math.inf)
"""When the request of this thread must be over, by the monotonic clock."""


class GuardedTransport(httpx.HTTPTransport):
    """Reaches the public Internet, and of everything else only ``targets``.

    From the first byte sent until the last one read, a request takes ``deadline_s`` at most, however
    slowly its answer comes. Raises SettingsError for a host that may not be called.
    """

    def __init__(self, targets: Targets = Targets(), *, deadline_s: float = DEADLINE_S) -> None:  # noqa: B008 - frozen
        super().__init__(verify=_tls(), trust_env=False)
        self._deadline_s = deadline_s
        # httpx offers no other way to say how connections are made.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=PARALLEL,
            keepalive_expiry=_IDLE_S,
            network_backend=GuardedNetwork(targets),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ends_at = time.monotonic() + self._deadline_s
        with _until(ends_at):
            response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Bounded(response.stream, ends_at)
        if "," in response.headers.get("content-encoding", ""):
            # Packed twice, a few bytes become gigabytes before anybody can count them.
            response.close()
            raise httpx.DecodingError("the answer is packed more than once", request=request)
        return response


class GuardedNetwork(httpcore.NetworkBackend):
    """Opens connections to addresses that were judged, never to a name."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        ends_at = time.monotonic() + _left_s(timeout, httpcore.ConnectTimeout)
        addresses = _resolve(host, port, ends_at)
        self._judge(host, addresses)
        while True:
            share_s = (ends_at - time.monotonic()) / len(addresses)
            try:
                if share_s <= 0:
                    raise httpcore.ConnectTimeout("no time left")
                stream = self._plain.connect_tcp(
                    addresses.pop(0), port, share_s, local_address, socket_options
                )
                return _Wire(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses:
                    raise

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise SettingsError("calls go to hosts only")

    def _judge(self, host: str, addresses: list[str]) -> None:
        for text in addresses:
            found = address(text)
            what = why_special(found)
            if what and not self._targets.allow(host, found):
                is_itself = host == text
                raise SettingsError(
                    f"{host} {'is' if is_itself else f'resolves to {found},'} {what}; "
                    "an operator may allow it with FORMWIRE_PRIVATE_TARGETS"
                )


class _Wire(httpcore.NetworkStream):
    """A connection on which no read or write outlives the request it serves."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left_s(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        wire: socket.socket = self._inner.get_extra_info("socket")
        try:
            while buffer:
                wire.settimeout(_left_s(timeout, httpcore.WriteTimeout))
                buffer = buffer[wire.send(buffer) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left_s = _left_s(timeout, httpcore.ConnectTimeout)
        return _Wire(self._inner.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Bounded(httpx.SyncByteStream):
    """An answer's body, read until ``ends_at`` at the latest."""

    def __init__(self, inner: httpx.SyncByteStream, ends_at: float) -> None:
        self._inner, self._ends_at = inner, ends_at

    def __iter__(self) -> Iterator[bytes]:
        chunks = iter(self._inner)
        while True:
            with _until(self._ends_at):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def close(self) -> None:
        self._inner.close()


@contextmanager
def _until(ends_at: float) -> Iterator[None]:
    token = _ends_at.set(ends_at)
    try:
        yield
    finally:
        _ends_at.reset(token)


def _left_s(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    """How long a step may take that is itself allowed ``timeout``. Raises ``too_late``."""
    left_s = min(math.inf if timeout is None else timeout, _ends_at.get() - time.monotonic())
    if left_s <= 0:
        raise too_late("the request took too long")
    return left_s


def _resolve(host: str, port: int, ends_at: float) -> list[str]:
    """Every address of ``host``. In a thread, because a resolver cannot be told how long to try."""
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        addresses = answer.get(timeout=max(0.0, ends_at - time.monotonic()))
    except Empty as error:
        raise httpcore.ConnectTimeout(f"the address of {host} was not found in time") from error
    if isinstance(addresses, UnicodeError):
        raise SettingsError(f"{host[:80]!r} is no name of a host") from addresses
    if isinstance(addresses, Exception):
        raise httpcore.ConnectError(str(addresses)) from addresses
    return addresses


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading all certificates anew would cost every drain some 20 ms."""
    return httpx.create_ssl_context(trust_env=False)
