"""Signed texts that strangers carry for us: they can read them, and cannot change or make any."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData, URLSafeSerializer


class Forged(Exception):
    """We did not sign this, or not for this purpose."""


def sign(secret_key: str, purpose: str, content: list[Any]) -> str:
    """``content`` as a text for addresses; the same content gives the same text."""
    return str(_serializer(secret_key, purpose).dumps(content))


def signed(secret_keys: Sequence[str], purpose: str, text: str) -> list[Any]:
    """What `sign` was given, with any of these keys: they are changed now and then. Raises Forged."""
    try:
        content = _serializer(secret_keys, purpose).loads(text)
    except BadData as error:
        raise Forged from error
    if not isinstance(content, list):
        raise Forged
    return content


def _serializer(keys: str | Sequence[str], purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        keys if isinstance(keys, str) else list(reversed(keys)),  # it wants the newest last
        salt=f"formwire {purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
