"""The web server: gunicorn, with what Formwire wants of it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from engine.garbage import SERVING, collect_rarely
from engine.settings import Settings
from web import create_app, read_website

_CALL_S = 30  # longer than any page or intake may take
_LEAVE_S = 8  # less than the supervisor's patience


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, which end the process by SystemExit."""
    read_website()  # here, for all its processes at once: they share what was read before they part
    _Server(settings).run()


class _Log(Logger):
    """Gunicorn's own messages, as `web.logs` arranges them."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(BaseApplication):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings, host = self._settings, self._settings.host
        options: dict[str, Any] = {
            "bind": f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}",
            "workers": settings.web_processes,
            "worker_class": "gthread",
            "threads": settings.web_threads,
            "keepalive": 15,
            "timeout": _CALL_S,
            "graceful_timeout": _LEAVE_S,
            "logger_class": _Log,
            "loglevel": "debug" if settings.log_level == "debug" else "warning",
            "control_socket_disable": True,
            "proc_name": "formwire web",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in each process, so that none inherits another's database connections."""
        app = create_app(self._settings)
        collect_rarely(SERVING)
        return app
