"""A receiver that is written by hand: it answers as told and keeps what came."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from connectors.http import new_client
from connectors.webhook.connector import WebhookConnector

KEY = b"a secret of thirty-two bytes !!!"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SETTINGS = {"url": "https://crm.example.com/hooks/t0psecret?tenant=7", "secret": SECRET}
FIELDS = "deal.topic\ncontact.birthday: date\ndeal.seats: number"


class Wire:
    """Every request gets the same ``answer``, or meets it, if it is an error."""

    def __init__(self, answer: httpx.Response | Exception | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer or httpx.Response(200)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    @property
    def bodies(self) -> Sequence[Any]:
        return [json.loads(request.content) for request in self.requests]

    def connector(self, **settings: str) -> WebhookConnector:
        http = new_client(transport=httpx.MockTransport(self))
        return WebhookConnector({**SETTINGS, **settings}, http, now=lambda: AT)


def signature_of(request: httpx.Request) -> str:
    """As the Standard Webhooks specification writes it down."""
    id, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    signed = b"%s.%s.%s" % (id.encode(), at.encode(), request.content)
    return "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
