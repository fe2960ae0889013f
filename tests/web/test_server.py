"""The web server: the address that it listens on, as gunicorn takes it, and itself."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import create_sockets
from sqlalchemy import select

from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.models import Form, Submission
from tests.builders import json_body
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


@pytest.fixture
def port_of_server(environ: Mapping[str, str]) -> Iterator[int]:
    """The port of a web server that runs on ``::1``."""
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port: int = probe.getsockname()[1]
    where = {"FORMWIRE_HOST": "::1", "FORMWIRE_PORT": str(port), "FORMWIRE_WEB_PROCESSES": "1"}
    command = (sys.executable, "-m", "web.cli", "web", "--quiet")
    with subprocess.Popen(command, env={**environ, **where}) as server:
        try:
            deadline = time.monotonic() + 60
            while not _listens(port):
                assert server.poll() is None, "it did not start"
                assert time.monotonic() < deadline, "nobody listens"
                time.sleep(0.02)
            yield port
        finally:
            server.terminate()


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", port)) == 0


@needs_ipv6
def test_a_form_that_comes_over_ipv6_is_accepted(
    database: Database, form: Form, port_of_server: int
) -> None:
    with closing(http.client.HTTPConnection("::1", port_of_server, timeout=30)) as connection:
        connection.request("POST", "/f/callback", json_body(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    assert (answer.status, told["status"]) == (200, "accepted")
    with database.read() as session:
        kept = session.scalars(select(Submission)).one()
    assert (kept.public_id, kept.source_ip) == (told["id"], "::1")
