"""Odoo's answers, good and bad, over JSON-2 and over JSON-RPC."""

from __future__ import annotations

import json
import math
from typing import Any

from werkzeug import Response

from connectors.odoo.simulator.failures import OdooError, not_valid
from connectors.simulation import proxy_page

JSON2, JSON_RPC = "/json/2/", "/jsonrpc"


def answer(body: Any, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, mimetype="application/json")


def told(error: OdooError) -> dict[str, Any]:
    """An exception as both transports write it."""
    return {
        "name": error.name,
        "message": error.message,
        "arguments": [error.message],
        "context": {},
        "debug": f"Traceback (most recent call last):\n  …\n{error.name}: {error.message}",
    }


def failed(error: OdooError) -> Response:
    """An exception over JSON-2."""
    return answer(told(error), error.status)


def rpc_result(id: Any, result: Any) -> Response:
    return answer({"jsonrpc": "2.0", "id": id, "result": result})


def rpc_failed(id: Any, error: OdooError) -> Response:
    """An exception over JSON-RPC, whose status is always 200."""
    body = {"code": 0, "message": "Odoo Server Error", "data": told(error)}
    return answer({"jsonrpc": "2.0", "id": id, "error": body})


def page(status: int) -> Response:
    """What is answered before the API is reached."""
    return proxy_page(status)


REFUSALS = {
    400: not_valid("The operation cannot be completed: scripted refusal"),
    401: OdooError("werkzeug.exceptions.Unauthorized", "Invalid apikey"),
    402: OdooError("odoo.exceptions.AccessDenied", "Access Denied"),
    403: OdooError("odoo.exceptions.AccessError", "You are not allowed to modify these records."),
}
# Something that failed after the records were saved, such as a mail that could not be sent.
LATE_FAILURE = OdooError("builtins.OSError", "[Errno 111] Connection refused")


class OdooDialect:
    """How Odoo says what every vendor says; ``rpc``: over JSON-RPC."""

    prefix: str | tuple[str, ...] = (JSON2, JSON_RPC)

    def __init__(self, *, rpc: bool) -> None:
        self._rpc = rpc

    def refusal(self, status: int) -> Response:
        error = REFUSALS[status]
        if self._rpc and status == 401:
            error = OdooError("odoo.exceptions.AccessDenied", "Access Denied")
        return self._failed(error)

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        """The front end of Odoo Online writes a page."""
        response = page(429)
        response.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
        return response

    def blocked(self) -> Response:
        return page(403)

    def failure(self) -> Response:
        return self._failed(LATE_FAILURE)

    def _failed(self, error: OdooError) -> Response:
        return rpc_failed(1, error) if self._rpc else failed(error)
