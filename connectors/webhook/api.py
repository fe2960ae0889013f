"""Events on the wire, and what a receiver's answers mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx

from connectors.base import Json
from connectors.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    SettingsError,
)
from connectors.http import Answer, call, retry_after_s
from connectors.standard_webhooks import signed_headers
from connectors.webhook.events import Event
from connectors.webhook.spec import Receiver


class Api:
    """Whoever knows the whole address may post to it, so that messages name the host alone."""

    def __init__(self, http: httpx.Client, receiver: Receiver, now: Callable[[], datetime]) -> None:
        self._http = http
        self._receiver = receiver
        self._now = now

    def post(self, event: Event) -> Json:
        """What the receiver answers, None if that is not JSON. Raises ConnectorError."""
        body, receiver = event.body(self._receiver.template), self._receiver
        headers = signed_headers(receiver.secret, event.id, body, self._now())
        return call(
            self._http,
            "POST",
            receiver.url,
            writes=True,
            refine=lambda answer: self._meaning(answer, refers=event.refers),
            read=_json,
            place=receiver.host,
            content=body,
            headers={**receiver.header, **headers},
        )

    def reach(self) -> None:
        """See that somebody answers at the address. Raises ConnectorError."""
        try:
            call(
                self._http,
                "OPTIONS",
                self._receiver.url,
                writes=False,
                refine=self._presence,
                read=_json,
                place=self._receiver.host,
                headers=self._receiver.header,
            )
        except _OnlyPostError:
            return

    def _meaning(self, answer: Answer, *, refers: bool) -> ConnectorError | None:
        """What differs from the usual. Nothing is there unless an event speaks of a record there."""
        host, status = self._receiver.host, answer.status
        if status == 410:
            return self._gone()
        if status == 405 or (status == 404 and not refers):
            return SettingsError(f"{host} answers with status {status}: events go elsewhere there")
        if status == 404:
            return NotFoundError(f"{host} has no such record")
        wait_s = retry_after_s(answer.headers)
        if status == 503 and wait_s is not None:
            return RateLimitedError(f"{host} asks to wait", retry_after_s=wait_s)
        return None

    def _presence(self, answer: Answer) -> ConnectorError | None:
        """Many answer nothing but a signed POST; a refusal shows that somebody is there."""
        if answer.status == 410:
            return self._gone()
        if 400 <= answer.status < 500 and answer.status not in (408, 429):
            return _OnlyPostError(f"{self._receiver.host} answers")
        return None

    def _gone(self) -> AuthError:
        host = self._receiver.host
        return AuthError(f"{host} answers with status 410: it wants no more events")


class _OnlyPostError(RejectedError):
    """Somebody is there."""


def _json(answer: Answer) -> Json:
    """What the answer says, if it says it in JSON: all that a success must have is its status."""
    try:
        return answer.json()
    except ValueError:
        return None
