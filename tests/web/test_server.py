"""The address that the web server listens on, as gunicorn takes it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import create_sockets

from engine.settings import Settings
from web.server import _Server

needs_ipv6 = pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        pytest.param("::1", ["::1"], marks=needs_ipv6),
        pytest.param("::", ["::1", "127.0.0.1"], marks=needs_ipv6),
    ],
)
def test_both_families_of_addresses_are_served(
    tmp_path: Path, host: str, reached: list[str]
) -> None:
    """Yandex Forms sends over IPv6 only."""
    config: Config = _Server(Settings(data_dir=tmp_path, host=host, port=1)).cfg
    ((bound, _),) = config.address
    assert bound == host
    config.set("bind", f"[{host}]:0" if ":" in host else f"{host}:0")
    (listener,) = create_sockets(config, Logger(config))
    try:
        port = listener.getsockname()[1]
        for address in reached:
            socket.create_connection((address, port), timeout=5).close()
    finally:
        listener.close()
