"""Posting a signed message to a webhook.

The headers are those of the Standard Webhooks specification, 1.0.0 (read 2026-11-20), so that
receivers can use its libraries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from connectors.addresses import Targets
from connectors.errors import ConnectorError, RateLimitedError, UnavailableError
from connectors.guarded import GuardedTransport
from connectors.http import exchange, new_client, retry_after_s
from engine.storage.channels import SECRET_PREFIX

_GONE = 410
_BUSY = (429, 503)


class ReceiverGone(ConnectorError):
    """The receiver wants no more messages."""


def post(
    url: str, secret: str, id: str, content: Mapping[str, Any], at: datetime, targets: Targets
) -> None:
    """Deliver ``content``, signed. ``id`` is the same at each try. Raises ConnectorError."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = str(int(at.timestamp()))
    headers = {
        "content-type": "application/json",
        "user-agent": "Formwire",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, id, timestamp, body),
    }
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


def signature(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """What proves to whoever has ``secret`` that a message is ours and was not changed."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
