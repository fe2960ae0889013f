"""Bitrix24's answers, good and bad. Source: apidocs.bitrix24.com, Error codes."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from werkzeug import Response

from connectors.bitrix24.simulator.php import written
from connectors.simulation import proxy_page

REST, OAUTH = "/rest/", "/oauth/token/"


class Refusal(Exception):
    """A command that is not carried out."""

    def __init__(self, code: str, description: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": code, "error_description": description or code}


def refuse(code: str, description: str = "", status: int = 400) -> NoReturn:
    raise Refusal(code, description, status)


def gone() -> NoReturn:
    refuse("NOT_FOUND", "Item not found")


def answer(body: Any, status: int = 200) -> Response:
    text = json.dumps(written(body), ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")


def problem(refusal: Refusal) -> Response:
    return answer(refusal.body, refusal.status)


class Bitrix24Dialect:
    """How Bitrix24 says what every vendor says."""

    prefix: str | tuple[str, ...] = (REST, OAUTH)

    def refusal(self, status: int) -> Response:
        return problem(Refusal(*REFUSALS.get(status, REFUSALS[400]), status))

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        """Not a 429, and without a word on how long to wait."""
        return problem(Refusal("QUERY_LIMIT_EXCEEDED", "Too many requests", 503))

    def blocked(self) -> Response:
        return proxy_page(403)

    def failure(self) -> Response:
        return problem(Refusal("INTERNAL_SERVER_ERROR", "Internal server error", 500))


REFUSALS = {
    400: ("CRM_FIELD_ERROR_VALUE_NOT_VALID", "A field has an invalid value"),
    401: ("NO_AUTH_FOUND", "Wrong authorization data"),
    402: ("PAYMENT_REQUIRED", "The subscription has been required"),
    403: ("insufficient_scope", "The request requires higher privileges"),
}
