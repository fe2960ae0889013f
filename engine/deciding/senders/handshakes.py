"""What senders ask an address before or beside their submissions, and what they expect to hear.

None of it is a submission. By the senders' manuals, read 2026-11-21.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence

from engine.deciding.senders.signatures import is_one_of

_CODE = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)
_LONGEST_CONFIRMATION = 2_000


def is_meta(asked: Mapping[str, str]) -> bool:
    """Whether Meta verifies the address, by what stands in its query."""
    return asked.get("hub.mode") == "subscribe" and "hub.challenge" in asked


def meta_answer(asked: Mapping[str, str], secrets: Sequence[str]) -> str | None:
    """The text to answer with; None when the verify token is none of ``secrets``."""
    return asked["hub.challenge"] if is_one_of(asked.get("hub.verify_token", ""), secrets) else None


def linkedin_answer(code: str, secret: str) -> Mapping[str, str] | None:
    """The JSON to answer with; None when ``code`` is not one of LinkedIn's, which are UUIDs.

    We sign whatever is asked: so it must be nothing that could pass for a body, or a part of one.
    """
    if not _CODE.fullmatch(code):
        return None
    made = hmac.new(secret.encode(), code.encode(), hashlib.sha256).hexdigest()
    return {"challengeCode": code, "challengeResponse": made}


def vk_confirms(raw: bytes) -> Mapping[str, str] | None:
    """What VK sends to have an address confirmed; None when ``raw`` is anything else."""
    if len(raw) > _LONGEST_CONFIRMATION or b'"confirmation"' not in raw:
        return None
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("type") != "confirmation":
        return None
    known = {"type", "group_id", "secret", "event_id", "v"}
    if "group_id" not in content or not content.keys() <= known:
        return None
    return {name: str(value) for name, value in content.items()}
