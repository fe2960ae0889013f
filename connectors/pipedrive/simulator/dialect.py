"""Pipedrive's answers, good and bad, and the pages of the firewall in front of it."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from flask import abort
from werkzeug import Response

from connectors.simulation import proxy_page

API, TOKENS = "/api/", "/oauth/token"

# Who goes on after so many refusals in a row is shut out by the firewall: a 403 in HTML.
# Source: pipedrive.readme.io, Rate limiting.
SHUT_OUT_AFTER = 10


def answer(data: Any, status: int = 200, **more: Any) -> Response:
    """A success."""
    return plain({"success": True, "data": data, **more}, status)


def error(status: int, text: str, **more: Any) -> Response:
    """An error with Pipedrive's usual envelope."""
    info = "Please check developers.pipedrive.com for more information about Pipedrive API."
    body = {
        "success": False,
        "error": text,
        "error_info": info,
        "data": None,
        "additional_data": None,
    }
    return plain({**body, **more}, status)


def refuse(status: int, text: str, **more: Any) -> NoReturn:
    """End the request with an error."""
    abort(error(status, text, **more))


def invalid(*mistakes: str) -> NoReturn:
    """End the request as v2 does when a body or parameter is wrong.

    Source of the wording: pipedrive/client-nodejs, issue 651; pipedrive/client-php, issue 227.
    """
    refuse(400, f"Validation failed: {'; '.join(mistakes)}", code="ERR_SCHEMA_VALIDATION_FAILED")


class PipedriveDialect:
    """How Pipedrive says what every vendor says."""

    prefix: str | tuple[str, ...] = (API, TOKENS)

    def refusal(self, status: int) -> Response:
        if status == 401:
            return error(401, "unauthorized access", errorCode=401)
        return error(status, REFUSALS.get(status, "Refused"))

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        if in_a_row >= SHUT_OUT_AFTER:
            return self.blocked()
        response = plain({"success": False, "error": "Too many requests", "errorCode": 429}, 429)
        response.headers["x-ratelimit-remaining"] = "0"
        response.headers["x-ratelimit-reset"] = str(max(1, math.ceil(wait_s)))
        return response

    def blocked(self) -> Response:
        return proxy_page(403)

    def failure(self) -> Response:
        body = {"success": False, "error": "Internal Server Error", "code": "ERR_UNKNOWN"}
        return plain(body, 500)


REFUSALS = {
    400: "Bad request",
    402: "Company account is not open",
    403: "Scope and URL mismatch",
}


def plain(body: Any, status: int = 200) -> Response:
    """A body of JSON, without Pipedrive's usual envelope."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")
