"""Values that are only known once a record is written, such as the id of a new deal.

Until then each stands in a text as one character that no text can bring along: the Unicode
noncharacters from U+FDD0 on, "intended for process-internal use" (Unicode Standard, 23.7). Whatever
people type loses them on its way into a text, so that nobody can write a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

RESULTS: Mapping[str, tuple[str, ...]] = {
    "company": ("id", "url"),
    "contact": ("id", "url"),
    "deal": ("id", "url"),
}
"""What a written record of a kind tells. Never reorder, only append: stored plans hold the signs."""

_SIGNS = {
    f"{kind}.{name}": chr(0xFDD0 + number)
    for number, (kind, name) in enumerate(
        (kind, name) for kind, names in RESULTS.items() for name in names
    )
}
_REFERENCES = {sign: reference for reference, sign in _SIGNS.items()}
_SIGN = re.compile(f"[{''.join(_REFERENCES)}]")
_NONCHARACTER = re.compile("[\ufdd0-\ufdef]")


def placeholder(reference: str) -> str | None:
    """The sign that stands for ``reference``, such as ``deal.id``; None when nothing is known later."""
    return _SIGNS.get(reference)


def without_placeholders(text: str) -> str:
    """``text`` as anybody but us may have written it."""
    return _NONCHARACTER.sub("", text)


def deferred(text: str) -> tuple[str, ...]:
    """The references whose values ``text`` still waits for, each once, in order."""
    if text.isascii():
        return ()
    return tuple(dict.fromkeys(_REFERENCES[sign] for sign in _SIGN.findall(text)))


def fill(text: str, known: Mapping[str, str]) -> str:
    """``text`` with its placeholders replaced; what ``known`` does not tell becomes empty."""
    return _SIGN.sub(lambda sign: known.get(_REFERENCES[sign[0]], ""), text)


def is_id(text: str) -> bool:
    """Whether ``text`` will be exactly the id of a record."""
    return _REFERENCES.get(text, "").endswith(".id")
