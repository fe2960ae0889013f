"""How plugins of WordPress lay out answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.deciding.bodies import Object, Tree
from engine.deciding.senders.layouts import by_question, taken_apart
from engine.deciding.senders.php import unserialised
from engine.deciding.senders.sender import Asked
from engine.deciding.senders.trees import at, opened, pairs_at, text_at

ELEMENTOR_META = ("Date", "Time", "Page URL", "User Agent", "Remote IP", "Powered by")
_UNMISTAKABLE = frozenset(ELEMENTOR_META[2:])


def elementor_simple(tree: Tree) -> Iterator[Asked]:
    """Labels with their values, then what the owner has chosen of the visit.

    A field may be called Date as well: what is of the visit stands behind all fields, together.
    """
    pairs = pairs_at(tree)
    end = len(pairs)
    while end and pairs[end - 1][0] in ELEMENTOR_META:
        end -= 1
    if not any(name in _UNMISTAKABLE for name, _ in pairs[end:]):
        end = len(pairs)
    for name, value in pairs[:end]:
        yield Asked(name, value)


def elementor_advanced(tree: Tree) -> list[Asked]:
    """Fields by their ids, with a title that may be empty."""
    return by_question(
        Asked(id, _elementor_value(field), text_at(field, "title").strip())
        for id, field in pairs_at(tree, "fields")
        if isinstance(field, Object)
    )


def _elementor_value(field: Object) -> Tree:
    value = at(field, "value")
    if text_at(field, "type") == "checkbox" and isinstance(value, str):
        return taken_apart(value, ", ")
    return value


_NUMBER = re.compile(r"\d+(\.\d+)?")


def gravity_forms(tree: Tree) -> Iterator[Asked]:
    """Numbers of the inputs; lists are JSON, or text as PHP serialises it."""
    for name, value in pairs_at(tree):
        if _NUMBER.fullmatch(name):
            yield Asked(name, _list_in(value) if isinstance(value, str) else value)


def _list_in(text: str) -> Tree:
    return opened(text) if text.startswith("[") else unserialised(text)


def formidable(tree: Tree) -> Iterator[Asked]:
    for name, value in pairs_at(tree, "meta"):
        yield Asked(name, value)
