"""A whole Formwire and a simulated CRM as real processes, for measurements and acceptance tests.

Looks into processes through /proc, so Linux only.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import httpx
import yaml

from engine.instance import Instance
from engine.settings import Settings
from engine.storage.database import upgrade
from web.demo import documents as demo_documents
from web.documents import apply, read_documents

READY_S = 60
STOP_S = 45  # longer than the supervisor's own patience
UNLIMITED = "9999"


class Command:
    """A ``formwire`` command that runs. What it says goes to the file ``said``."""

    def __init__(
        self, *arguments: str, said: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        self.said = said
        with said.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**_surroundings(), **(environ or {})},
                start_new_session=True,
            )

    def family(self, *words: str) -> list[int]:
        """Itself and all that it started, directly or not, whose command line holds all ``words``."""
        found = family(self.process.pid)
        return [pid for pid in found if all(word in _command_line(pid) for word in words)]

    def wait_for(self, ready: Callable[[], bool]) -> None:
        """Wait until ``ready`` says so. Raises RuntimeError when the command ends or takes too long."""
        deadline = time.monotonic() + READY_S
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start:\n{self.said.read_text()}")
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to stop and return its status. Nothing of it is left, even if it does not listen."""
        known = family(self.process.pid)
        self.process.terminate()
        try:
            return self.process.wait(STOP_S)
        finally:
            self._kill(known)

    def kill(self) -> None:
        """End it and all that it started at once."""
        self._kill(family(self.process.pid))

    def _kill(self, pids: Iterable[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


class SimulatedCrm:
    """A simulated CRM in a process of its own, and what really happened to it."""

    def __init__(
        self, folder: Path, *, port: int, latency_ms: float = 0, crm: str = "kommo"
    ) -> None:
        self.crm = crm
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=f"{self.url}/_simulator", timeout=30, trust_env=False)
        options = ["--port", str(port), "--rate-limit", "0", "--latency-ms", str(latency_ms)]
        self.command = Command("simulate", crm, *options, said=folder / "simulator.log")

    def wait_until_ready(self) -> None:
        self.command.wait_for(lambda: answers(f"{self.url}/_simulator/calls"))

    def calls(self) -> dict[str, int]:
        """API calls by method and path, such as ``POST /api/v4/leads``."""
        counts: dict[str, int] = self.http.get("/calls").raise_for_status().json()
        return counts

    def end(self) -> None:
        self.http.close()
        self.command.kill()


class Formwire:
    """All of Formwire on the data folder ``folder``: started, posted to, stopped, started again.

    ``environ``: variables of its processes besides those that ``settings`` are.
    """

    def __init__(
        self, folder: Path, *, environ: Mapping[str, str] | None = None, **settings: object
    ) -> None:
        self._environ = environ or {}
        self.settings = Settings(
            data_dir=folder,
            port=free_port(),
            private_targets="127.0.0.1",  # where the simulated CRM listens
            **settings,  # type: ignore[arg-type]
        )
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.command: Command | None = None

    def prepare(self, crm: SimulatedCrm, *, forms: int = 0) -> None:
        """Set up the demo's form and module for ``crm``, without the limits a real CRM has.

        With ``forms``, so many of them, ``demo-1`` and so on, each with a connection of its own.
        """
        upgrade(self.settings.database_url)
        instance = Instance.open(self.settings)
        with instance.database.write() as session:
            for ending in [f"-{number}" for number in range(1, forms + 1)] or [""]:
                apply(session, instance.vault, read_documents(_unlimited_demo(crm, ending), {}))
        instance.database.close()

    def start(self, *options: str) -> Command:
        """Start it and wait until it is healthy."""
        settings = self.settings.model_dump(exclude_unset=True)
        environ = {
            **self._environ,
            **{f"FORMWIRE_{name.upper()}": str(value) for name, value in settings.items()},
        }
        said = self.settings.data_dir / "said.log"
        self.command = Command("up", *options, said=said, environ=environ)
        self.command.wait_for(lambda: answers(f"{self.url}/healthz"))
        return self.command

    def stop(self) -> int:
        """Ask it to stop and return its status."""
        assert self.command is not None
        command, self.command = self.command, None
        return command.stop()

    def end(self) -> None:
        """Leave nothing of it running, whatever state it is in."""
        if self.command is not None:
            self.command.kill()


def _unlimited_demo(crm: SimulatedCrm, ending: str) -> str:
    """The demo's documents, their forms and connections named with ``ending``."""
    documents = demo_documents(crm.crm, crm.url)
    for document in documents:
        for noun in {"connection", "form"} & document.keys():
            document[noun] += ending
        if "connector" in document:
            document["settings"]["calls_per_s"] = UNLIMITED
        elif "module" not in document:
            document["per_minute"] = 100_000
    return yaml.safe_dump_all(documents, allow_unicode=True)


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("FORMWIRE_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@cache
def http() -> httpx.Client:
    """Asks servers of this host, each time over a new connection.

    One for all: whoever makes a client reads every certificate authority there is, which takes longer
    than most calls.
    """
    new = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(timeout=20, trust_env=False, limits=new)


def answers(url: str) -> bool:
    """Whether a GET of ``url`` is answered with 200."""
    try:
        return http().get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in brackets, may hold blanks and brackets itself; the parent follows the state.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, unvisited = [], [pid]
    while unvisited:
        found.append(unvisited.pop())
        unvisited += children.get(found[-1], [])
    return found


def processor_s(pids: Iterable[int]) -> float:
    """Seconds of processor time that these processes, while they live, have taken so far."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # in user and in kernel mode, see proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""
