"""Several submissions in one body, as automation services send them: a list of objects.

A list of answers, each an object with a name and a value, is one submission.
"""

from __future__ import annotations

import codecs
import json
import re

from engine.deciding.bodies import LimitExceeded, Object, Unreadable, parse_body
from engine.deciding.senders.general import described

MOST = 50


class TooManySubmissions(LimitExceeded):
    """More submissions than one body may bring."""


def apart(raw: bytes, content_type: str = "") -> list[bytes]:
    """The bytes of each submission in a list of them; none for any other body. Raises LimitExceeded."""
    bare = raw.removeprefix(codecs.BOM_UTF8).strip()
    if bare[:1] != b"[":
        return []
    try:
        items = parse_body(raw, content_type).tree
        text = bare.decode()
    except (Unreadable, UnicodeDecodeError):
        return []
    if not isinstance(items, list) or len(items) < 2:
        return []
    if not all(isinstance(item, Object) for item in items) or all(map(described, items)):
        return []
    if len(items) > MOST:
        raise TooManySubmissions(
            f"The list has {len(items)} submissions; send at most {MOST} of them at once."
        )
    return _cut(text, len(items))


_BETWEEN = re.compile(r"[\s,\[]*")


def _cut(text: str, count: int) -> list[bytes]:
    """The text of each item of a JSON list, as it was written."""
    decoder, parts, at = json.JSONDecoder(), [], 0
    for _ in range(count):
        between = _BETWEEN.match(text, at)
        start = between.end() if between else at
        _, at = decoder.raw_decode(text, start)
        parts.append(text[start:at].encode())
    return parts
