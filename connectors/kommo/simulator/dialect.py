"""Kommo's answers, good and bad: hal+json, problem+json, and the pages of its proxy."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import Any, NoReturn

from flask import abort
from werkzeug import Response

from connectors.simulation import proxy_page

API, OAUTH = "/api/", "/oauth2/"

HAL = "application/hal+json"
PROBLEM = "application/problem+json"

# Every so many refusals in a row come from the proxy and are HTML.
# Source: github.com/amocrm/amocrm-api-php, issues 434 and 526.
HTML_EVERY = 5


def answer(body: Any, status: int = 200) -> Response:
    """A success with a body."""
    return Response(_dump(body), status, mimetype=HAL)


def no_content() -> Response:
    """What Kommo says for an empty list, a missing record and a removal done."""
    return Response(status=204)


def problem(status: int, detail: str, **more: Any) -> Response:
    """An error, as developers.kommo.com, HTTP status codes, shows it."""
    body = {
        **more,
        "title": HTTPStatus(status).phrase,
        "type": f"https://httpstatus.es/{status}",
        "status": status,
        "detail": detail,
    }
    return Response(_dump(body), status, mimetype=PROBLEM)


def refuse(status: int, detail: str, **more: Any) -> NoReturn:
    """End the request with a problem."""
    abort(problem(status, detail, **more))


def fail(detail: str) -> NoReturn:
    """End the request with Kommo's 500."""
    abort(_failure(detail))


class KommoDialect:
    """How Kommo says what every vendor says."""

    prefix: str | tuple[str, ...] = (API, OAUTH)

    def refusal(self, status: int) -> Response:
        if status == 400:
            error = {
                "code": "NotSupportedChoice",
                "path": "custom_fields_values.0.field_id",
                "detail": "The value you selected is not a valid choice.",
            }
            refused = [{"request_id": "0", "errors": [error]}]
            return problem(400, "Request validation failed", **{"validation-errors": refused})
        return problem(status, REFUSALS.get(status, "Refused"))

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        if in_a_row % HTML_EVERY == 0:
            return proxy_page(429)
        return problem(429, "Request limit is exceeded", retry_after=max(1, math.ceil(wait_s)))

    def blocked(self) -> Response:
        return proxy_page(403)

    def failure(self) -> Response:
        return _failure("Internal error")


REFUSALS = {
    401: "Invalid user name or password",
    402: "The account is not paid",
    403: "Client doesn't have the required scope",
}


def _failure(detail: str) -> Response:
    body = {"title": "ErrInternalServer", "status": 500, "detail": detail, "trace_id": "simulated"}
    return Response(_dump(body), 500, mimetype=PROBLEM)


def _dump(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
