"""The frame of every simulated CRM: a Flask application around a store, behind a gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug import Request, Response

from connectors.simulation.control import control
from connectors.simulation.faults import Faults
from connectors.simulation.gate import Conditions, Dialect, Gate
from connectors.simulation.pages import Showcase, pages
from connectors.simulation.store import Store
from connectors.simulation.truth import Origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Simulator(Flask):
    """A simulated CRM; a vendor adds its API as blueprints under ``dialect.prefix``.

    In-process: ``httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url=...)``.
    ``store`` says what exists and ``store.truth`` what happened, ``faults`` takes the accidents to
    come, ``calls`` counts API requests by method and path, such as ``POST /api/v4/leads``.
    """

    def __init__(
        self, *, store: Store, showcase: Showcase, dialect: Dialect, conditions: Conditions
    ) -> None:
        super().__init__("connectors.simulation", static_url_path="/_simulator/static")
        self.config["PROPAGATE_EXCEPTIONS"] = (
            True  # a mistake in a simulator must not look like a 500
        )
        self.jinja_env.trim_blocks = self.jinja_env.lstrip_blocks = True
        self.store = store
        self.showcase = showcase
        self._gate = Gate(dialect, conditions)
        self._prefix = dialect.prefix
        self.register_blueprint(control)
        self.register_blueprint(pages)
        for path in showcase.record_paths:
            self.add_url_rule(path, endpoint="pages.record")

    @property
    def faults(self) -> Faults:
        return self._gate.faults

    @property
    def calls(self) -> Counter[str]:
        return self._gate.calls

    def reset(self) -> None:
        """Empty the account, and forget faults, log and counts."""
        self.store.reset()
        self.faults.clear()
        self.calls.clear()

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; API requests pass the gate. Raises ConnectionCutError when a fault wants it."""
        request = Request(environ)
        if request.path.startswith(self._prefix):
            # Whole, since a late application comes when the connection is gone.
            environ["wsgi.input"] = BytesIO(request.get_data(cache=False))
            response = self._gate.answer(request, lambda: self._apply(request))
        else:
            response = self._apply(request)
        return response(environ, start_response)

    def _apply(self, request: Request) -> Response:
        client = {
            "address": request.remote_addr or "",
            "user_agent": request.user_agent.string,
            "request_id": request.headers.get("X-Request-Id", ""),
        }
        with self.store.acting_for(Origin(request.method, request.path, client)):
            return Response.from_app(super().wsgi_app, request.environ, buffered=True)
