"""Signing messages as the Standard Webhooks specification, 1.0.0, wants it (read 2026-11-20).

Receivers can check them with its libraries, which there are for most languages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 - what the specification calls a secret by
FEWEST_BYTES, MOST_BYTES = 24, 64
"""How long the specification lets a secret be, before base64."""


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Whether ``text`` is a secret such as `new_secret` makes."""
    if not text.startswith(SECRET_PREFIX):
        return False
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return FEWEST_BYTES <= len(key) <= MOST_BYTES


def signed_headers(secret: str, id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers of a message. ``id`` is the same at each try and has no full stop."""
    timestamp = str(int(at.timestamp()))
    return {
        "content-type": "application/json",
        "user-agent": "Formwire",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, id, timestamp, body),
    }


def signature(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """What proves to whoever has ``secret`` who sent a message, and that it was not changed."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
