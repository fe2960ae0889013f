"""Substring search over many short texts, fast enough for benchmarks."""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class TextIndex:
    """Finds the records whose text contains a string, by the trigrams both are made of.

    Postings are only ever added to; the texts tell which of them still hold.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._postings: dict[str, array[int]] = {}

    def put(self, id: int, text: str) -> None:
        """Let ``text`` be what the record is found by from now on."""
        text = text.casefold()
        for trigram in _trigrams(text) - _trigrams(self._texts.get(id, "")):
            self._postings.setdefault(trigram, array("Q")).append(id)
        self._texts[id] = text

    def remove(self, id: int) -> None:
        self._texts.pop(id, None)

    def find(self, part: str) -> list[int]:
        """Ids of the records whose text contains ``part``, without regard to case, ascending."""
        wanted = part.casefold()
        return sorted(id for id in self._candidates(wanted) if wanted in self._texts.get(id, ""))

    def _candidates(self, wanted: str) -> Iterable[int]:
        if len(wanted) < 3:
            return self._texts
        postings = [self._postings.get(trigram, array("Q")) for trigram in _trigrams(wanted)]
        rarest = min(postings, key=len)
        return set(rarest)


def _trigrams(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)}
