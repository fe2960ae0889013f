"""Why a server was not reached, or not heard to its end, in words that people read."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate cannot be trusted"),
    (ssl.SSLError, "it speaks no TLS that we understand"),
    (socket.gaierror, "there is no server of this name"),
    (ConnectionRefusedError, "it refuses connections"),
    (httpx.PoolTimeout, "too many calls are under way"),
    (httpx.ConnectTimeout, "it took no connection in time"),
    (httpx.ProxyError, "the proxy does not let us through"),
    (httpx.UnsupportedProtocol, "its address is neither http nor https"),
    (httpx.DecodingError, "the answer cannot be unpacked"),
    (httpx.ConnectError, "it cannot be reached"),
    (httpx.WriteTimeout, "it did not take the request in time"),
    (httpx.TimeoutException, "it did not answer in time"),
    (TimeoutError, "it did not answer in time"),
    (httpx.TransportError, "the connection broke"),
    (ConnectionError, "the connection broke"),
    (OSError, "it cannot be reached"),
)


def reason_of(error: BaseException) -> str:
    """What went wrong, without the error's own text, which may quote a header and so a token.

    The first cause says most: a certificate that cannot be trusted is at last no connection.
    """
    chain = [*_causes(error)]
    for kind, reason in _REASONS:
        if any(isinstance(one, kind) for one in chain):
            return reason
    return type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
