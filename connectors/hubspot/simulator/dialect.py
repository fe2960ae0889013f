"""HubSpot's answers, good and bad.

Source: developers.hubspot.com, Error handling; recorded bodies of 429 and 409 in several clients.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import uuid4

from flask import abort
from werkzeug import Response

from connectors.hubspot.simulator.account import VERSION
from connectors.simulation import proxy_page

API: tuple[str, ...] = ("/crm/", "/account-info/")
OAUTH = f"/oauth/{VERSION}/"

VALIDATION, GONE, CONFLICT = "VALIDATION_ERROR", "OBJECT_NOT_FOUND", "CONFLICT"


def answer(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


def error(message: str, category: str, **more: Any) -> dict[str, Any]:
    """The body of an error, of a call or of one row."""
    return {
        "status": "error",
        "message": message,
        "correlationId": str(uuid4()),
        "category": category,
        **more,
    }


def refuse(status: int, message: str, category: str, **more: Any) -> NoReturn:
    """End the request with an error."""
    abort(answer(error(message, category, **more), status))


class HubSpotDialect:
    """How HubSpot says what every vendor says."""

    prefix: str | tuple[str, ...] = (*API, OAUTH)

    def refusal(self, status: int) -> Response:
        message, category, more = REFUSALS.get(status, REFUSALS[400])
        return answer(error(message, category, **more), status)

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        """No Retry-After: HubSpot documents it for another status alone."""
        response = answer(_limit("ten_secondly_rolling", "TEN_SECONDLY_ROLLING"), 429)
        response.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = "10000"
        return response

    def blocked(self) -> Response:
        return proxy_page(403)

    def failure(self) -> Response:
        return answer(error("internal error", "INTERNAL_ERROR"), 500)


def too_many_searches() -> Response:
    return answer(_limit("secondly", "SECONDLY"), 429)


def _limit(name: str, policy: str) -> dict[str, Any]:
    return {
        "status": "error",
        "message": f"You have reached your {name} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid4()),
        "policyName": policy,
        "requestId": str(uuid4()),
    }


REFUSALS: Mapping[int, tuple[str, str, Mapping[str, Any]]] = {
    400: ("Invalid input JSON on line 1, column 1", VALIDATION, {}),
    401: ("Authentication credentials not found.", "INVALID_AUTHENTICATION", {}),
    402: ("The account has been suspended.", "PAYMENT_REQUIRED", {}),
    403: (
        "This app hasn't been granted all required scopes to make this call.",
        "MISSING_SCOPES",
        {
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["crm.objects.contacts.write"]},
                }
            ]
        },
    ),
}
