"""Text as PHP's ``serialize`` writes it: ``a:1:{i:0;s:3:"Ada";}``. Lengths are in bytes of UTF-8."""

from __future__ import annotations

import re

from engine.deciding.bodies import MAX_DEPTH, Object, Tree

_HEAD = re.compile(rb'N;|[idb]:(?P<plain>[^;"{}]*);|s:(?P<bytes>\d{1,7}):"|a:(?P<items>\d{1,5}):\{')


def unserialised(text: str) -> Tree:
    """The list or object in ``text``, or ``text`` itself when there is none."""
    if not text.startswith("a:"):
        return text
    raw = text.encode(errors="replace")
    try:
        value, end = _value(raw, 0, 0)
    except ValueError:
        return text
    return value if end == len(raw) else text


def _value(raw: bytes, start: int, depth: int) -> tuple[Tree, int]:
    head = _HEAD.match(raw, start)
    if head is None or depth > MAX_DEPTH:
        raise ValueError("not serialised")
    end = head.end()
    if head["items"]:
        return _array(raw, end, int(head["items"]), depth + 1)
    if head["bytes"]:
        close = end + int(head["bytes"])
        if raw[close : close + 2] != b'";':
            raise ValueError("a text of another length")
        return raw[end:close].decode(errors="replace"), close + 2
    return head["plain"].decode(errors="replace") if head["plain"] else None, end


def _array(raw: bytes, end: int, size: int, depth: int) -> tuple[Tree, int]:
    pairs: list[tuple[str, Tree]] = []
    for _ in range(size):
        key, end = _value(raw, end, depth)
        value, end = _value(raw, end, depth)
        pairs.append((str(key), value))
    if raw[end : end + 1] != b"}":
        raise ValueError("more than it says")
    if [key for key, _ in pairs] == [str(number) for number in range(size)]:
        return [value for _, value in pairs], end + 1
    return Object(tuple(pairs)), end + 1
