"""What the buttons of the Logic tab do to an outline: add, remove, nest and move."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from rules.builder import Match
from web.studio.outline import DEEPEST, Outline, Part, rule_of, rule_spans, span

Act: TypeAlias = Callable[[Outline, int], int]
"""Changes an outline in place at a position; the position that a person goes on with."""

NEW_RAW = json.dumps({"==": [{"var": "field.name"}, "value"]})


def add_rule(parts: Outline, verb: str) -> int:
    """A rule with one empty row, after all others."""
    parts += [Part("rule", verb=verb), Part("row", 1)]
    return len(parts) - 1


def add_raw(parts: Outline) -> int:
    parts.append(Part("raw", raw=NEW_RAW))
    return len(parts) - 1


def _add_row(parts: Outline, at: int) -> int:
    end = span(parts, at).stop
    parts.insert(end, Part("row", parts[at].depth + 1))
    return end


def _add_group(parts: Outline, at: int) -> int:
    """A group with one empty row. It asks for the opposite of what is around it."""
    end, depth = span(parts, at).stop, parts[at].depth + 1
    match: Match = "all" if parts[at].match == "any" else "any"
    parts[end:end] = [Part("group", depth, match=match), Part("row", depth + 1)]
    return end + 1


def _remove(parts: Outline, at: int) -> int:
    inside = span(parts, at)
    del parts[inside.start : inside.stop]
    return max(0, at - 1)


def _wrap(parts: Outline, at: int) -> int:
    """A new group around a part."""
    inside = span(parts, at)
    _deepen(parts, inside, 1)
    parts.insert(at, Part("group", parts[at].depth - 1, match="any"))
    return at


def _unwrap(parts: Outline, at: int) -> int:
    """A group goes, its parts stay in its place."""
    _deepen(parts, span(parts, at), -1)
    del parts[at]
    return at


def _up(parts: Outline, at: int) -> int:
    """One step towards the first: a rule before the one above it, a row out of its group or into the
    one above it, a group before the part above it or out of its group."""
    if parts[at].depth == 0:
        above = [positions.start for positions in rule_spans(parts) if positions.start < at]
        return _carry(parts, at, above[-1]) if above else at
    before, depth = parts[at - 1], parts[at].depth
    if before.holds_parts and before.depth < depth:  # the first of its group
        return _carry(parts, at, at - 1, -1) if before.kind == "group" else at
    sibling = max(place for place in range(at) if parts[place].depth == depth)
    if parts[at].kind == "row" and parts[sibling].kind == "group":
        _deepen(parts, range(at, at + 1), 1)  # the last of that group
        return at
    return _carry(parts, at, sibling)


def _down(parts: Outline, at: int) -> int:
    """The same towards the last."""
    inside, depth = span(parts, at), parts[at].depth
    end = inside.stop
    if end < len(parts) and parts[end].depth == depth:
        if parts[at].kind == "row" and parts[end].kind == "group":  # the first of that group
            parts[at : end + 1] = [parts[end], replace(parts[at], depth=depth + 1)]
            return at + 1
        _carry(parts, end, at)
        return at + len(span(parts, at))
    if depth > 1:  # the last of its group
        _deepen(parts, inside, -1)
    return at


def _write(parts: Outline, at: int) -> int:
    """A rule in rows becomes JsonLogic to be written by hand. Raises Incomplete."""
    text = json.dumps(rule_of(parts, at), ensure_ascii=False)
    inside = span(parts, at)
    parts[inside.start : inside.stop] = [replace(parts[at], kind="raw", raw=text)]
    return at


def _carry(parts: Outline, at: int, to: int, deeper: int = 0) -> int:
    """Take the part at ``at`` to the earlier position ``to``, with all that is inside it."""
    inside = span(parts, at)
    _deepen(parts, inside, deeper)
    moved = parts[inside.start : inside.stop]
    del parts[inside.start : inside.stop]
    parts[to:to] = moved
    return to


def _deepen(parts: Outline, positions: range, by: int) -> None:
    for place in positions:
        parts[place] = replace(parts[place], depth=parts[place].depth + by)


_ACTS: Mapping[str, tuple[Act, tuple[str, ...]]] = {
    "row": (_add_row, ("rule", "group")),
    "group": (_add_group, ("rule", "group")),
    "remove": (_remove, ("rule", "raw", "group", "row")),
    "wrap": (_wrap, ("group", "row")),
    "unwrap": (_unwrap, ("group",)),
    "up": (_up, ("rule", "raw", "group", "row")),
    "down": (_down, ("rule", "raw", "group", "row")),
    "write": (_write, ("rule",)),
}
"""A button's name to what it does and for which kinds of part."""


def acted(parts: Outline, name: str, at: int) -> tuple[Outline, int] | None:
    """The outline after the button ``name``, and the position that a person goes on with.

    None when there is no such button, nothing for it at ``at``, or no room. Raises Incomplete.
    """
    act, kinds = _ACTS.get(name, (None, ()))
    if act is None or not 0 <= at < len(parts) or parts[at].kind not in kinds:
        return None
    changed = list(parts)
    position = act(changed, at)
    return None if any(part.depth > DEEPEST for part in changed) else (changed, position)
