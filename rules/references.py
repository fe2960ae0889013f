"""What a rule or a macro may refer to: a root, a dot, and a name, such as ``field.email``.

Everything after the first dot is the name, further dots and blanks included, because names of form
fields are free text: ``field.How did you hear?``, ``field.address.city``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Plain JSON: None, bool, int, float, str, or lists and string-keyed mappings of them."""

ROOTS = frozenset(
    {
        "field",
        "utm",
        "page",
        "visitor",
        "form",
        "submission",
        "module",
        "modules",  # earlier modules of the same form, by key: modules.sales.state
        "time",
        "spam",
    }
)

MEMBERS: Mapping[str, tuple[str, ...]] = {
    "time": ("weekday", "time", "date"),
    "spam": ("score", "reasons"),
}
"""Root to all its names, where these are fixed."""


def lookup(data: Mapping[str, Any], reference: str) -> Json:
    """The value that ``reference`` names in ``data``, a mapping of roots; None when there is none.

    A dot leads into a mapping when no member has the whole name.
    """
    root, _, name = reference.partition(".")
    return member(data.get(root), name)


def member(members: Json, name: str) -> Json:
    """The value of ``name`` among a root's ``members``, as `lookup` finds it."""
    if isinstance(members, dict) and name in members:  # nearly always, and asked very often
        return members[name]
    if not isinstance(members, Mapping):
        return None
    if name in members:
        return members[name]
    first, dot, rest = name.partition(".")
    return member(members.get(first), rest) if dot else None
