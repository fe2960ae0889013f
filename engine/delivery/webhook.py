"""Posting a signed message to a webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from connectors.addresses import Targets
from connectors.errors import ConnectorError, RateLimitedError, UnavailableError
from connectors.guarded import GuardedTransport
from connectors.http import exchange, new_client, retry_after_s
from connectors.standard_webhooks import signed_headers

_GONE = 410
_BUSY = (429, 503)


class ReceiverGone(ConnectorError):
    """The receiver wants no more messages."""


def post(
    url: str, secret: str, id: str, content: Mapping[str, Any], at: datetime, targets: Targets
) -> None:
    """Deliver ``content``, signed. ``id`` is the same at each try. Raises ConnectorError."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signed_headers(secret, id, body, at)
    host = httpx.URL(url).host
    with new_client(transport=GuardedTransport(targets)) as http:
        # Whoever knows the whole address may post to it, so that messages name the host alone.
        answer = exchange(http, "POST", url, writes=True, place=host, content=body, headers=headers)
    if answer.is_success:
        return
    if answer.status == _GONE:
        raise ReceiverGone(f"{host} answers with status 410: it wants no more messages")
    reason = f"{host} answers with status {answer.status}"
    wait_s = retry_after_s(answer.headers)
    if answer.status in _BUSY and wait_s is not None:
        raise RateLimitedError(reason, retry_after_s=wait_s)
    raise UnavailableError(reason)
