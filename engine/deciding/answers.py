"""A submission as the mapping that rules and macros see, and what tells two submissions apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from engine.deciding.reading import Answer, Reading
from engine.deciding.spam import Suspicion

Answers: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Root (field, utm, page, visitor, form, submission, …) to its members: texts or lists of texts."""

SAME_WITHIN_S = 30
NOT_SUSPECTED = Suspicion()


def answers_mapping(
    reading: Reading,
    *,
    form: Mapping[str, str],
    submission: Mapping[str, str],
    visitor: Mapping[str, str],
    spam: Suspicion = NOT_SUSPECTED,
    links: Sequence[tuple[str, str]] = (),
) -> dict[str, dict[str, Any]]:
    """The answers with their surroundings.

    ``form`` has key and name; ``submission`` id, number and date (ISO 8601); ``visitor`` ip and
    user_agent, to which the visit's ids are added; where the sender told the visitor's own, they win. ``links`` are names of file inputs, each with the
    link to a file of it: a link is the answer then.
    """
    context = reading.context
    return {
        "field": _with_links(reading.answers, links),
        "utm": dict(context.get("utm", {})),
        "page": dict(context.get("page", {})),
        "visitor": {**visitor, **context.get("visitor", {})},
        "form": dict(form),
        "submission": dict(submission),
        "spam": {"score": spam.score, "reasons": list(spam.reasons)},
    }


def _with_links(
    answers: Mapping[str, Answer], links: Sequence[tuple[str, str]]
) -> dict[str, Answer]:
    """``answers`` and ``links``; several of one name become a list."""
    together = dict(answers)
    for name, link in links:
        there = together.get(name) or []
        values = [*(there if isinstance(there, list) else [there]), link]
        together[name] = values if len(values) > 1 else link
    return together


def is_ping(reading: Reading) -> bool:
    """Whether its sender only looks whether there is anybody, as Tilda does on saving a webhook."""
    return reading.test and not reading.answers and not reading.files


def honeypot_filled(reading: Reading) -> bool:
    """Whether the input that people do not see has a value."""
    trap = reading.technical.get("_gotcha", "")
    return any(text.strip() for text in ([trap] if isinstance(trap, str) else trap))


def payload_digest(reading: Reading, raw: bytes) -> str:
    """The same for two bodies that say the same, whatever the order of names and the format.

    A body that could not be read is compared byte by byte.
    """
    if reading.problem is not None:
        return _digest(raw)
    files = sorted([file.name, file.filename, file.digest] for file in reading.files)
    answers = [reading.answers, files]
    return _digest(json.dumps(answers, sort_keys=True, ensure_ascii=False).encode())


def idempotency_key(
    reading: Reading,
    payload: str,
    *,
    form: str,
    received_at: datetime,
    header: str | None = None,
    ip: str = "",
    user_agent: str = "",
) -> str:
    """What is the same for two deliveries of one submission; at most 80 characters.

    By the first there is: the ``Idempotency-Key`` header, the sender's own id, the nonce of our
    script with the payload (cached pages repeat a nonce, so alone it would lose submissions), else
    the same payload from the same browser within 30 seconds. Sources never collide. ``payload`` is
    the `payload_digest`.
    """
    nonce = reading.technical.get("_fw_nonce")
    if header:
        return _key("header", form, header)
    if reading.id:
        return _key(reading.sender, form, reading.id)
    if nonce:
        return _key("nonce", form, nonce, payload)
    bucket = int(received_at.timestamp()) // SAME_WITHIN_S
    return _key("alike", form, payload, ip, user_agent, bucket)


def _key(source: str, *parts: object) -> str:
    return f"{source}:{_digest(json.dumps(parts).encode())}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
