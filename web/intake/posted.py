"""The request of a website as `engine.delivery.intake` takes it: bytes, and who sent them."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import ClientDisconnected

from engine.delivery.arrival import Posted
from engine.delivery.intake import MAX_BYTES, MAX_BYTES_WITH_FILES, CutOff, TooLarge

KEPT_CHARACTERS = 1_000
LONGEST_ADDRESS = 45
"""Of an IPv6 address. A proxy that is not set up well may name anything."""
KEPT_HEADERS = (
    "Accept",
    "Accept-Language",
    "Host",
    "Idempotency-Key",
    "Origin",
    "Referer",
    "User-Agent",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Fetch-User",
    # what senders of webhooks add: ids of a delivery, and signatures, which are stored masked
    "Calendly-Webhook-Signature",
    "Framer-Signature",
    "Framer-Webhook-Submission-Id",
    "Sm-Signature",
    "Tally-Signature",
    "Typeform-Signature",
    "Webhook-Id",
    "Webhook-Signature",
    "Webhook-Timestamp",
    "X-Delivery-Id",
    "X-FS-Signature",
    "X-Hub-Signature-256",
    "X-LI-Signature",
    "X-Webflow-Signature",
    "X-Webflow-Timestamp",
    "X-Webhook-Signature",
)
"""All that is stored of a request's headers. Cookies and credentials never are."""
_IN_ENVIRON = {f"HTTP_{name.upper().replace('-', '_')}": name for name in KEPT_HEADERS}


def posted() -> Posted:
    """Read the request. Raises CutOff, TooLarge or RequestEntityTooLarge."""
    # JSON may have files in it, too; whether it has any is seen once it is read.
    kind = request.mimetype
    files = kind == "multipart/form-data" or "json" in kind
    limit = MAX_BYTES_WITH_FILES if files else MAX_BYTES
    # A body without a length is cut at the maximum in silence, so one byte more than that is asked for.
    request.max_content_length = limit + 1
    try:
        raw = request.get_data(cache=False)
    except ClientDisconnected as error:
        raise CutOff from error
    if len(raw) > limit:
        raise TooLarge
    length = request.content_length
    if length is not None and len(raw) < length:
        raise CutOff
    sent = request.environ
    return Posted(
        raw=raw,
        content_type=_kept(request.headers.get("Content-Type", "")),
        headers={name: _kept(sent[place]) for place, name in _IN_ENVIRON.items() if place in sent},
        source_ip=(request.remote_addr or "")[:LONGEST_ADDRESS],
    )


def _kept(value: str) -> str:
    return value[:KEPT_CHARACTERS].replace("\x00", "")
