"""Failures of the network, as people read them."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from connectors.failures import reason_of


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ConnectError("x"), "it cannot be reached"),
        (caused(httpx.ConnectError("x"), ConnectionRefusedError()), "it refuses connections"),
        (caused(httpx.ConnectError("x"), socket.gaierror()), "there is no server of this name"),
        (
            caused(httpx.ConnectError("x"), caused(OSError(), ssl.SSLCertVerificationError())),
            "its certificate cannot be trusted",
        ),
        (caused(httpx.ConnectError("x"), ssl.SSLError()), "it speaks no TLS that we understand"),
        (caused(httpx.ConnectTimeout("x"), TimeoutError()), "it took no connection in time"),
        (caused(httpx.PoolTimeout("x"), TimeoutError()), "too many calls are under way"),
        (httpx.ProxyError("x"), "the proxy does not let us through"),
        (httpx.UnsupportedProtocol("x"), "its address is neither http nor https"),
        (httpx.ReadTimeout("token=secret"), "it did not answer in time"),
        (httpx.RemoteProtocolError("x"), "the connection broke"),
        (httpx.ReadError("x"), "the connection broke"),
        (httpx.DecodingError("x"), "the answer cannot be unpacked"),
        (ConnectionResetError("x"), "the connection broke"),
        (TimeoutError("x"), "it did not answer in time"),
        (OSError("x"), "it cannot be reached"),
        (ValueError("token=secret"), "ValueError"),
    ],
    ids=repr,
)
def test_what_failed_is_told_in_words(error: Exception, reason: str):
    assert reason_of(error) == reason
