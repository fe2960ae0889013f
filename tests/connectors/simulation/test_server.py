"""A simulator over a real socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

SERVER = """
import sys
from pathlib import Path
from connectors.kommo.simulator import create_simulator
from connectors.simulation import serve
serve(create_simulator(rate_limit=0, state_file=Path(sys.argv[2])), "127.0.0.1", int(sys.argv[1]))
"""


@pytest.fixture
def served(tmp_path: Path, socket_enabled: None) -> Iterator[tuple[httpx.Client, int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", SERVER, str(port), str(tmp_path / "kommo.jsonl")]
    headers = {"Authorization": "Bearer demo-token"}
    with (
        subprocess.Popen(command) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as web,
    ):
        try:
            wait_until_up(web)
            yield web, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0


def wait_until_up(web: httpx.Client) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if web.get("/_simulator/calls").is_success:
                return
        time.sleep(0.005)
    raise AssertionError("the simulator does not come up")


def test_a_served_simulator_cuts_connections_and_survives_its_workers_death(served):
    web, pid = served
    web.post("/_simulator/faults", json={"kind": "lose reply", "method": "POST"})
    with pytest.raises(httpx.RemoteProtocolError):
        web.post("/api/v4/leads", json=[{"name": "Ada"}])
    assert [lead["name"] for lead in web.get("/_simulator/records/leads").json()] == ["Ada"]

    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    wait_until_up(web)
    assert [lead["name"] for lead in web.get("/_simulator/records/leads").json()] == ["Ada"]
