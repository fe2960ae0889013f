"""Hiding secrets in what is kept or told: by their value, however it is written, and by their name.

Tracebacks of a server go with them: what they quote may be anybody's.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

MASK = "•••"
_SHORTEST_BASE64 = 8  # fewer characters stand in too many innocent texts

_NAMES = (
    "access_token|refresh_token|id_token|client_secret|code_verifier|api_token|api_key|apikey|"
    "password|passwd|secret|token|google_key|handshakekey|hub[._]verify_token"
)
# Values of secrets that nobody knew before: the answer of a token's end point tells new ones.
_BY_NAME = (
    re.compile(rf'("(?:{_NAMES})"\s*:\s*")(?:[^"\\]|\\.)*', re.IGNORECASE),
    re.compile(rf"((?:^|[?&;\s])(?:{_NAMES})=)[^&;\s\"'<>]+", re.IGNORECASE),
    re.compile(r'("debug"\s*:\s*")Traceback(?:[^"\\]|\\.)*'),  # Odoo's, in each of its refusals
    re.compile(r"([?&]code=)[^&\s\"'<>]+"),
    re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+(?=@)", re.IGNORECASE),
)
_API_TOKEN = re.compile(r"fw_[2-9a-z]{20}_[2-9a-z]{40}")


def masked(text: str, secrets: Collection[str] = ()) -> str:
    """``text`` without any of ``secrets`` and without what is named as one."""
    known = tuple(sorted({secret for secret in secrets if secret}, key=len, reverse=True))
    if known:
        text = _by_value(known).sub(MASK, text)
    text = _API_TOKEN.sub(MASK, text)
    for pattern in _BY_NAME:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def masked_values(body: bytes, secrets: Collection[str]) -> bytes:
    """``body`` without any of ``secrets``; nothing else of it is changed."""
    known = tuple(sorted({secret for secret in secrets if secret}, key=len, reverse=True))
    if not known:
        return body
    # latin-1 gives every byte a character, so that bodies which are no text come back whole.
    text = _by_value(known).sub("***", body.decode("latin-1"))
    return text.encode("latin-1")


@lru_cache(maxsize=64)
def _by_value(secrets: tuple[str, ...]) -> re.Pattern[str]:
    forms = {form for secret in secrets for form in _forms(secret)}
    return re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))


def _forms(secret: str) -> Iterator[str]:
    """How a secret may stand in addresses, JSON, HTML and headers."""
    yield secret
    yield html.escape(secret)
    for quoted in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)
    for text in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield text
        yield text.replace("/", "\\/")
    raw = secret.encode()
    yield raw.decode("latin-1")
    for before in range(3):  # base64 writes 3 bytes as 4 characters, so 3 ways to begin
        written = b64encode(b"\0" * before + raw).decode()
        core = written[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        if len(core) >= _SHORTEST_BASE64:
            yield core
            yield core.replace("+", "-").replace("/", "_")
