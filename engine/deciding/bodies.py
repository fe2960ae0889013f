"""The bytes of a request body as one tree of names and texts, whatever format they are in.

A tree is an `Object`, a list, a text or None. Numbers and booleans become the text the sender wrote,
so that nothing is lost of a phone or a 64-bit id that came as a number.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from engine.deciding.file_types import kind_of

MAX_DEPTH = 16
MAX_PAIRS = 2_000
"""Names in one body, more than any form has: bounds the work, not the answers."""
MAX_MARKS = 20 * MAX_PAIRS
"""Texts and brackets in one JSON body, for the same reason."""
MAX_HEADER_BYTES = 512 * 1024
"""The heads of all parts of a multipart body together: reading a megabyte of them takes a second."""


class LimitExceeded(ValueError):
    """The body is over a limit and refused; the message says how to mend it."""


class TooManyAnswers(LimitExceeded):
    """More answers than a form may have."""


class TooDeep(LimitExceeded):
    """Nested deeper than we read."""


class TooLarge(LimitExceeded):
    """One value is too long."""


class Unreadable(ValueError):
    """Not in a format we read; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Object:
    """Names with their values, in the order sent; a name may repeat."""

    pairs: tuple[tuple[str, Tree], ...] = ()


class Many(list["Tree"]):
    """A list that stays one however few items it has, because its name ended in ``[]``."""


Tree: TypeAlias = "Object | list[Tree] | str | None"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file that came along. ``digest`` tells files of one name and size apart.

    ``content_type`` is what the sender says, ``kind`` what the first bytes show.
    """

    name: str
    filename: str
    content_type: str
    size_bytes: int
    digest: str = ""
    kind: str = ""
    content: bytes = field(default=b"", repr=False, compare=False)

    @classmethod
    def of(cls, name: str, filename: str, content_type: str, content: bytes) -> FilePart:
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        return cls(name, filename, content_type, len(content), digest, kind_of(content), content)

    @property
    def facts(self) -> dict[str, Any]:
        """All but the content, as JSON."""
        return {name: value for name, value in asdict(self).items() if name != "content"}


@dataclass(frozen=True, slots=True)
class Body:
    """``is_form``: it came as the fields of a form, not as JSON."""

    tree: Tree
    files: tuple[FilePart, ...] = ()
    warnings: tuple[str, ...] = ()
    is_form: bool = False


def parse_body(raw: bytes, content_type: str | None) -> Body:
    """Read a body in the format its first bytes show; the label decides only what they leave open.

    Raises LimitExceeded or Unreadable.
    """
    label, options = parse_options_header(content_type or "")
    text = _Text(options.get("charset", ""))
    bare = raw.removeprefix(codecs.BOM_UTF8).strip()
    if not bare:
        raise Unreadable("The body is empty.")
    if bare[:1] in (b"{", b"["):
        try:
            return Body(parse_json(text.of(bare)), warnings=text.warnings)
        except LimitExceeded:
            raise
        except ValueError as error:
            if not (_is_urlencoded_label(label) and _BRACKET_NAME.match(bare)):
                raise Unreadable(f"The body begins like JSON, but is not: {error}.") from error
    if boundary := _boundary(bare, label, options.get("boundary")):
        return _multipart(raw, boundary, text)
    if bare[:1] == b"<" or b"=" not in bare:
        raise Unreadable("The body is neither JSON nor form fields (name=value).")
    return _urlencoded(bare, text)


def _is_urlencoded_label(label: str) -> bool:
    return label.lower() == "application/x-www-form-urlencoded"


_BRACKET_NAME = re.compile(rb'[{\[][^"\s:]*=')


class _Text:
    """Bytes as text: UTF-8; else the declared charset, if it is one that browsers send; else Latin-1.

    Latin-1 reads anything and loses nothing, so it comes with a warning instead of an error.
    """

    def __init__(self, declared: str) -> None:
        self._declared = _browser_charset(declared)
        self.warnings: tuple[str, ...] = ()

    def of(self, raw: bytes) -> str:
        for charset in ("utf-8", self._declared):
            try:
                return raw.decode(charset)
            except UnicodeDecodeError:
                continue
        self.warnings = ("The text is not UTF-8, so some letters may be wrong; send UTF-8.",)
        return raw.decode("latin-1")


def _browser_charset(declared: str) -> str:
    """The codec for ``declared`` if the WHATWG Encoding Standard knows such a text encoding."""
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return "utf-8"
    return name if _BROWSER_CODEC.fullmatch(name) else "utf-8"


_BROWSER_CODEC = re.compile(
    r"cp(866|874|125\d|932|949)|iso8859-\d+|koi8-[ru]|mac-cyrillic|gbk|gb18030|big5|euc_(jp|kr)"
    r"|shift_jis|utf-16(-[lb]e)?"
)


# JSON

_JSON_MARKS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)


def parse_json(text: str) -> Tree:
    """Read JSON; deep documents are refused before the recursive parser sees them.

    Raises TooDeep or TooManyAnswers, or ValueError for what is no JSON.
    """
    depth = 0
    for count, mark in enumerate(_JSON_MARKS.finditer(text)):
        if count >= MAX_MARKS:
            raise TooManyAnswers(f"The JSON has more than {MAX_MARKS} parts; send fewer fields.")
        match mark[0]:
            case "{" | "[":
                depth += 1
            case "}" | "]":
                depth -= 1
            case '"':  # a text that never ends: no JSON, the parser will say so
                break
        if depth > MAX_DEPTH:
            raise TooDeep(f"The body is nested more than {MAX_DEPTH} deep; send flatter JSON.")
    try:
        tree = _without_booleans(_DECODER.decode(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}, column {error.colno}") from error
    return tree


def _no_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON number")


def _pairs(pairs: list[tuple[str, Tree | bool]]) -> Object:
    return Object(tuple((name, _without_booleans(value)) for name, value in pairs))


def _without_booleans(value: Tree | bool) -> Tree:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return [_without_booleans(item) for item in value]
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=str, parse_float=str, parse_constant=_no_constant
)


# Form fields

_BRACKETS = re.compile(r"(?P<base>[^\[\]]*[^\[\]\s])\[(?P<keys>[^\[\]]*(?:\]\[[^\[\]]*)*)\]")


def _urlencoded(raw: bytes, text: _Text) -> Body:
    if raw.count(b"&") >= MAX_PAIRS:
        raise TooManyAnswers(f"The body has more than {MAX_PAIRS} names; send fewer.")
    pairs = []
    for part in raw.replace(b"+", b" ").split(b"&"):
        name, _, value = part.partition(b"=")
        if part:
            pairs.append((text.of(_unquoted(name)), text.of(_unquoted(value))))
    return Body(_tree(pairs), warnings=text.warnings, is_form=True)


_QUOTED = re.compile(rb"(?:%[0-9a-fA-F]{2})+")


def _unquoted(raw: bytes) -> bytes:
    """Percent-decode. urllib's own takes a second for a megabyte of stray percent signs."""
    if b"%" not in raw:
        return raw
    return _QUOTED.sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode()), raw)


def _tree(pairs: list[tuple[str, str]]) -> Object:
    """``a[b]`` becomes an object a, ``a[]`` a list a, as PHP reads them."""
    names = {name for name, _ in pairs}
    if len(names) == len(pairs) and not any(name.endswith("]") for name in names):
        return Object(tuple(pairs))  # as most forms are
    return _grown([(_path(name), value) for name, value in pairs])


def _path(name: str) -> list[str]:
    """The keys that ``name`` goes through; the last is "" for a list."""
    match = _BRACKETS.fullmatch(name) if name.endswith("]") else None
    if match is None:
        return [name]
    *between, last = match["keys"].split("][")
    if len(between) >= MAX_DEPTH:
        raise TooDeep(f"A name has more than {MAX_DEPTH} brackets; send flatter names.")
    return [match["base"], *filter(None, between), last]


def flat_name(name: str) -> str:
    """The name that ``name`` has among the answers: ``a[b]`` becomes ``a.b``, and ``a[]`` becomes a.

    Raises TooDeep.
    """
    return ".".join(filter(None, _path(name))) or name


def _grown(pairs: list[tuple[list[str], str]]) -> Object:
    groups: dict[str, list[tuple[list[str], str]]] = {}
    for (key, *rest), value in pairs:
        groups.setdefault(key, []).append((rest, value))
    tree: list[tuple[str, Tree]] = []
    for key, inner in groups.items():
        tree.extend((key, value) for rest, value in inner if not rest)
        if many := Many(value for rest, value in inner if rest == [""]):
            tree.append((key, many))
        if deeper := [(rest, value) for rest, value in inner if rest not in ([], [""])]:
            tree.append((key, _grown(deeper)))
    return Object(tuple(tree))


_FIRST_LINE = re.compile(
    rb"--(?P<boundary>[^\r\n]{1,200}?)[ \t]*(?:\r\n|\r|\n)(?P<header>content-[dt])?", re.IGNORECASE
)


def _boundary(bare: bytes, label: str, declared: str | None) -> bytes | None:
    """The boundary that the body itself shows; the declared one when something stands before it."""
    labelled = label.lower().startswith("multipart/")
    first = _FIRST_LINE.match(bare)
    if first and (labelled or first["header"]):
        return first["boundary"]
    named = (declared or "").encode(errors="replace")
    return named if labelled and named and b"--" + named in bare else None


def _check_heads(raw: bytes, boundary: bytes) -> None:
    """Measure what stands between each boundary and the blank line after it. Raises TooLarge."""
    total = 0
    lines = re.finditer(b"--" + re.escape(boundary) + rb"[^\S\r\n]*[\r\n]", raw)
    for number, line in enumerate(lines, start=1):
        if number > MAX_PAIRS:
            raise TooManyAnswers(f"The body has more than {MAX_PAIRS} parts; send fewer.")
        start = line.end() - 1
        end = _BLANK_LINE.search(raw, start, start + MAX_HEADER_BYTES)
        total += (end.start() if end else min(len(raw), start + MAX_HEADER_BYTES)) - start
        if total >= MAX_HEADER_BYTES:
            raise TooLarge(
                f"The heads of the parts have more than {MAX_HEADER_BYTES // 1024} kB; send shorter names."
            )


_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")


def _multipart(raw: bytes, boundary: bytes, text: _Text) -> Body:
    _check_heads(raw, boundary)
    pairs, files = [], []
    try:
        for part, content in _parts(raw, boundary):
            name = part.name or ""
            if isinstance(part, Field):
                pairs.append((name, text.of(content)))
            elif part.filename:  # a file input left empty is a part with an empty file name
                kind = part.headers.get("Content-Type", "")
                files.append(FilePart.of(flat_name(name), part.filename, kind, content))
    except RequestEntityTooLarge as error:
        raise TooManyAnswers(f"The body has more than {MAX_PAIRS} parts; send fewer.") from error
    except ValueError as error:
        raise Unreadable("The multipart body ends too early or is malformed.") from error
    return Body(_tree(pairs), tuple(files), text.warnings, is_form=True)


def _parts(raw: bytes, boundary: bytes) -> Iterator[tuple[Field | File, bytes]]:
    decoder = MultipartDecoder(boundary, max_parts=MAX_PAIRS)
    decoder.receive_data(raw.lstrip())
    decoder.receive_data(None)
    part: Field | File = Field("", Headers())
    content = b""
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            part, content = event, b""
        elif isinstance(event, Data):
            content += event.data
            if not event.more_data:
                yield part, content
