"""Whether a message is what it says, as a receiver that keeps to Standard Webhooks finds out."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256

TOLERANCE_S = 5 * 60


def mistake_of(
    header: Callable[[str], str | None], body: bytes, secret: str, now: float
) -> str | None:
    """Why the message is not to be believed, None if it is. ``header`` finds one by its name."""
    id, sent, signed = (
        header(f"webhook-{name}") or "" for name in ("id", "timestamp", "signature")
    )
    if not id or not sent or not signed:
        return "webhook-id, webhook-timestamp and webhook-signature must be there"
    if "." in id or not sent.isdecimal():
        return "webhook-id or webhook-timestamp is malformed"
    if abs(now - int(sent)) > TOLERANCE_S:
        return "webhook-timestamp is more than five minutes away"
    content = b".".join((id.encode(), sent.encode(), body))
    digest = hmac.new(b64decode(secret.split("_", 1)[1]), content, sha256).digest()
    expected = "v1," + b64encode(digest).decode()
    if not any(hmac.compare_digest(expected, one) for one in signed.split(" ")):
        return "webhook-signature does not fit"
    return None
