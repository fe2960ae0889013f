"""What JSON probably says that a sender's template broke.

Templates put visitors' texts between quotes as they are, so a quote or a line break in one makes the
body no JSON. Here a quote ends a text only where the document can go on after it. That is a guess:
it is offered to a person, and nothing is ever sent because of it alone.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping

from engine.deciding.bodies import MAX_DEPTH, LimitExceeded
from engine.deciding.reading import Reading, read_body

_NAME = r'"(?:[^"\\\n]|\\.){1,200}+"\s*+:'
_END_OF_NAME = re.compile(r'"\s*+:')
_END_IN_OBJECT = re.compile(rf'(?<!\\)"(?=\s*+(?:\}}\s*+(?:[,\]}}]|$)|,\s*+(?:\}}|{_NAME})|$))')
_END_IN_LIST = re.compile(r'(?<!\\)"(?=\s*+(?:\]|,\s*+["{\[\d-]|$))')
_BARE = re.compile(r"[^,}\]\n]*+")
_LITERAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_MOST_BYTES = 128 * 1024
"""Of a body that is guessed at; what people type is shorter."""
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')


def probable(raw: bytes, headers: Mapping[str, str]) -> Reading | None:
    """The answers that a body which is no JSON, but begins like it, was meant to have; None if there are none."""
    text = raw.removeprefix(codecs.BOM_UTF8).decode(errors="replace").strip()
    if text[:1] not in ("{", "[") or len(raw) > _MOST_BYTES:
        return None
    document = _Mending(text).document()
    if document is None:
        return None
    try:
        reading = read_body(document.encode(errors="replace"), "application/json", headers)
    except LimitExceeded:
        return None
    return reading if reading.problem is None and any(reading.answers.values()) else None


class _Mending:
    """One pass over the text; each step goes on by at least one character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[str] = []  # brackets
        self._out: list[str] = []
        self._awaits_value = False  # of a name

    def document(self) -> str | None:
        """The JSON that it was meant to be; None when nobody can tell."""
        while self._at < len(self._text):
            if not self._step(self._text[self._at]):
                break
        if len(self._open) > MAX_DEPTH:
            return None
        while self._open:
            self._close()
        document = "".join(self._out)
        try:
            json.loads(document)
        except ValueError:
            return None
        return document

    def _step(self, mark: str) -> bool:
        """Take what stands here; False when the document is over, or too deep to go on."""
        if mark in "{[":
            self._begin(mark)
            self._open.append(mark)
            self._awaits_value = False
        elif mark in "}]":
            self._close()
        elif mark == ",":
            self._end_value()
            if self._last not in ("{", "[", ","):
                self._out.append(",")
        elif mark == '"':
            self._quoted()
            return True
        elif not mark.isspace() and mark != ":":
            self._bare()
            return True
        self._at += 1
        return bool(self._open) and len(self._open) <= MAX_DEPTH

    @property
    def _last(self) -> str:
        return self._out[-1] if self._out else ""

    def _begin(self, mark: str) -> None:
        """A comma that was forgotten before a value or name."""
        if self._last and not self._awaits_value and self._last not in ("{", "[", ","):
            self._out.append(",")
        self._out.append(mark)

    def _end_value(self) -> None:
        """A name whose value the template left empty."""
        if self._awaits_value:
            self._out.append('""')
            self._awaits_value = False

    def _close(self) -> None:
        self._end_value()
        if self._last == ",":
            self._out.pop()
        self._out.append("}" if self._open.pop() == "{" else "]")

    def _quoted(self) -> None:
        begin = self._at + 1
        in_object = self._open[-1] == "{"
        if in_object and not self._awaits_value:
            end = _END_OF_NAME.search(self._text, begin)
            self._at = end.end() if end else len(self._text)
            if end:
                self._begin(json.dumps(_said(self._text[begin : end.start()])))
                self._out.append(":")
                self._awaits_value = True
            return
        closing = _END_IN_OBJECT if in_object else _END_IN_LIST
        end = closing.search(self._text, begin)
        stop = end.start() if end else len(self._text)
        self._begin(json.dumps(_said(self._text[begin:stop])))
        self._awaits_value = False
        self._at = stop + 1

    def _bare(self) -> None:
        """A value without quotes: as it is if JSON knows it so, else as a text."""
        found = _BARE.match(self._text, self._at)
        stop = max(found.end() if found else 0, self._at + 1)
        word = self._text[self._at : stop].strip()
        self._at = stop
        if self._awaits_value or self._open[-1] == "[":
            self._begin(word if _LITERAL.fullmatch(word) else json.dumps(_said(word)))
            self._awaits_value = False


def _said(text: str) -> str:
    """A text with the escapes that were meant; every other backslash is the visitor's own."""
    plain = _ESCAPE.sub(lambda found: str(json.loads(f'"{found[0]}"')), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
