"""`formwire up`: check what a start needs, bring up every process, say where things are."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from urllib.parse import urlsplit

from sqlalchemy.exc import OperationalError

from engine.settings import PREFIX, Settings, local_url
from web.processes import private_folder, programs
from web.supervisor import supervise

# After a supervisor was killed, its web processes hold the port until they notice.
_PORT_PATIENCE_S = 2.5
_HEALTH_EVERY_S = 0.3
_HERE = "127.0.0.1"  # where the demo's CRM listens
_HEALTH_TIMEOUT_S = 2
_WORRY_AFTER_S = 30


class StartError(Exception):
    """Formwire cannot start here; the message is for the operator and names the remedy."""


def up(settings: Settings, *, demo: str | None) -> None:
    """Run all of Formwire until SIGTERM or SIGINT. Raises StartError.

    ``demo``: the connector whose simulated CRM is tried, None for no demo.
    """
    with only_one(settings.data_dir):
        require_free(settings.host, settings.port, "PORT")
        if demo:
            require_free(_HERE, settings.simulator_port, "SIMULATOR_PORT")
        _prepare(settings)
        lines = _demo_lines(settings, demo) if demo else _first_lines(settings)
        started = programs(settings, demo=demo)
        supervise(
            started,
            write=say_aloud,
            tick=Announcement(settings, lines).tick,
            environ={**os.environ, **environ_of(settings, demo=demo is not None)},
        )


def environ_of(settings: Settings, *, demo: bool) -> dict[str, str]:
    """What the processes are told beside the environment that they share."""
    told = {f"{PREFIX}DATA_DIR": str(settings.data_dir)}
    if demo:  # its CRM listens on this machine
        told[f"{PREFIX}PRIVATE_TARGETS"] = ",".join(filter(None, [settings.private_targets, _HERE]))
    return told


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder's lock. Raises StartError when another Formwire holds it."""
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise StartError(
                f"another Formwire (process {file.read().strip()}) runs on {folder}: stop it, "
                f"or choose another {PREFIX}DATA_DIR"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def require_free(host: str, port: int, variable: str) -> None:
    """Raise StartError unless a server could listen on ``port``."""
    deadline = time.monotonic() + _PORT_PATIENCE_S
    while problem := _why_not_free(host, port):
        if problem.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
            raise StartError(
                f"cannot listen on {host}, port {port} ({problem.strerror}): free it, "
                f"or choose another {PREFIX}{variable}"
            )
        time.sleep(0.1)


def _why_not_free(host: str, port: int) -> OSError | None:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error
    return None


def _prepare(settings: Settings) -> None:
    from engine.storage.database import upgrade

    try:
        if settings.embeds_valkey:
            private_folder(settings.data_dir / "valkey")
            private_folder(settings.valkey_socket.parent)
        upgrade(settings.database_url)
    except PermissionError as error:
        raise StartError(f"{error}: choose another {PREFIX}DATA_DIR") from error
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise StartError(f"no database ({reason}): see {PREFIX}DATABASE_URL") from error


def _demo_lines(settings: Settings, crm: str) -> list[str]:
    from web.demo import prepare

    demo = prepare(settings, crm)
    url = local_url(settings.host, settings.port)
    return [
        f"Sign in          {demo.email} / {demo.password}",
        f"Demo form        {url}/demo",
        f"Simulated CRM    {local_url(_HERE, settings.simulator_port)}",
        f"Commands in another shell reach it with {PREFIX}PRIVATE_TARGETS={_HERE}",
        "",
        "Or post a lead from here:",
        f"curl -d 'first_name=Ada&email=ada@example.org&phone=%2B380671234567' {url}/f/demo",
    ]


def _first_lines(settings: Settings) -> list[str]:
    from web.setup_code import lines_at_start

    return lines_at_start(settings)


@dataclass(slots=True)
class Announcement:
    """Says where things are once the website is healthy, and what is wrong when it stays unwell."""

    settings: Settings
    lines: list[str]
    _next_look_at: float = 0.0
    _worry_at: float = 0.0
    _made: bool = False

    def tick(self) -> None:
        now = time.monotonic()
        self._worry_at = self._worry_at or now + _WORRY_AFTER_S
        if self._made or now < self._next_look_at:
            return
        self._next_look_at = now + _HEALTH_EVERY_S
        status, answer = ask_health(local_url(self.settings.host, self.settings.port))
        if status == http.HTTPStatus.OK:
            self._made = True
            say_aloud(self._text())
        elif now > self._worry_at:
            self._worry_at = now + _WORRY_AFTER_S
            say_aloud(f"Formwire is not healthy yet: {answer}")

    def _text(self) -> str:
        places = "\n".join([f"Studio           {self.settings.public_url}", *self.lines])
        end = f"Ctrl-C stops everything; the data stays in {self.settings.data_dir}."
        return f"\nFormwire is up.\n\n{indent(places, '  ')}\n\n{end}\n"


def ask_health(url: str) -> tuple[int, str]:
    """The status and body of ``/healthz``; status 0 with the reason when there is no answer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()


def say_aloud(text: str) -> None:
    """Say it, if anybody can hear it: a full disk under a log must not end what delivers."""
    with suppress(OSError):
        print(text, flush=True)
