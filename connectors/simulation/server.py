"""Serve a simulator over HTTP."""

from __future__ import annotations

from gunicorn.app.base import BaseApplication

from connectors.simulation.simulator import Simulator


def serve(simulator: Simulator, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, which end the process by SystemExit.

    One worker process, because the records live in its memory; many threads, because latency and
    slow faults sleep in them.
    """
    _Server(simulator, f"{host}:{port}").run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    def __init__(self, simulator: Simulator, bind: str) -> None:
        self._simulator = simulator
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": self._bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": 64,
            "keepalive": 75,
            "graceful_timeout": 3,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Simulator:
        """Called in the worker, and again in its successor should it die: the log knows more by then."""
        self._simulator.store.load()
        return self._simulator
