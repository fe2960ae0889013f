"""What a rule or a macro may refer to: a root, a dot, and a name, such as ``field.email``.

Everything after the first dot is the name, further dots and blanks included, because names of form
fields are free text: ``field.How did you hear?``, ``field.address.city``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Plain JSON: None, bool, int, float, str, or lists and string-keyed mappings of them."""

ROOTS = frozenset({"field", "utm", "page", "visitor", "form", "submission", "module"})


def lookup(data: Mapping[str, Any], reference: str) -> Json:
    """The value that ``reference`` names in ``data``, a mapping of roots; None when there is none."""
    root, _, name = reference.partition(".")
    members = data.get(root)
    return members.get(name) if isinstance(members, Mapping) else None
