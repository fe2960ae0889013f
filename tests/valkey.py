"""A real Valkey for tests, on a socket of its own."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NoConnectionError

from engine.settings import Settings
from web.processes import valkey_command


class Valkey:
    """A server that a test may stop, start again and look into."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data_dir=folder)
        settings.valkey_socket.parent.mkdir(exist_ok=True)
        self.url = settings.redis_url
        self.redis = Redis.from_url(self.url)
        self._command = valkey_command(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        while not self._answers():
            assert self._process.poll() is None, "Valkey did not start"
            time.sleep(0.002)

    def stop(self) -> None:
        self.redis.close()
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with suppress(NoConnectionError):
            return bool(self.redis.ping())
        return False
