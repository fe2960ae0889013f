"""Codes of authenticator apps: time-based one-time passwords (RFC 6238). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # as long as SHA-1's result, which RFC 4226 recommends and all apps take
DRIFT_STEPS = 1
"""By how many steps a clock may be wrong, and how long a person may take to type."""


def new_secret() -> str:
    """In base32, as people type it where no camera is at hand."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_of(at: datetime) -> int:
    """How many times 30 seconds have gone by since 1970."""
    return int(at.timestamp()) // STEP_S


def code_of(secret: str, step: int) -> str:
    """What the app shows during ``step``."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8), hashlib.sha1)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code is ``code``, near ``at``; None when there is none."""
    given, found = code.encode(errors="replace"), None
    for step in range(step_of(at) - DRIFT_STEPS, step_of(at) + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), given):
            found = step
    return found


def address(secret: str, account: str, issuer: str) -> str:
    """What a QR code tells an app: the otpauth address that all of them read."""
    label = quote(f"{issuer}:{account}", safe="")
    return (
        f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"
    )
