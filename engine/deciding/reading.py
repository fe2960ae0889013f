"""The body of a request, read as answers, facts about the visit, technical values and files."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from engine.deciding.bodies import (
    MAX_PAIRS,
    FilePart,
    Many,
    Object,
    TooLarge,
    TooManyAnswers,
    Tree,
    Unreadable,
    parse_body,
)
from engine.deciding.context import Context, context_of, is_context
from engine.deciding.file_types import extension_for, safe_name
from engine.deciding.senders.general import described
from engine.deciding.senders.recognising import Laid, laid_out, unread
from engine.deciding.senders.sender import Asked
from engine.deciding.technical import is_technical

MAX_ANSWERS = 500
MAX_NAME = 1_000
MAX_VALUE_BYTES = 64 * 1024
MAX_LABEL = 4_000
MAX_TOLD = 500
"""Of what a sender says of the visitor."""

Answer: TypeAlias = "str | list[str]"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """A body as we understand it.

    ``technical`` are values that serve the sender or us and are never answers. ``problem`` says for
    a person why the body could not be read; then all but the sender is empty. ``warnings`` say what
    may be wrong with what was read.

    ``sender`` is the key of a known sender; ``labels`` are what it asked, by the answer's name,
    where that is another text. ``id`` is the same in all its posts of one filling-in, the last of
    which is ``finished``. A ``test`` is made of the sender's sample data, or of none. ``secret`` is
    what the sender put into the body to prove who it is; it is never kept.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    context: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    technical: Mapping[str, Answer] = field(default_factory=dict)
    files: tuple[FilePart, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: str | None = None
    sender: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    finished: bool = True
    test: bool = False
    secret: str = field(default="", repr=False)


def read_body(
    raw: bytes, content_type: str | None = None, headers: Mapping[str, str] = _NO_HEADERS
) -> Reading:
    """Read the body of a submission. ``headers`` help to know its sender.

    Names that repeat become lists; ``a[b]`` and nested JSON become ``a.b``; values are the text the
    sender wrote. A name over the limit is shortened, and stays unlike any other.
    Raises a LimitExceeded: TooManyAnswers, TooDeep or TooLarge.
    """
    try:
        body = parse_body(raw, content_type)
    except Unreadable as error:
        known = unread(raw)
        return (
            Reading(problem=known.problem, sender=known.sender)
            if known
            else Reading(problem=str(error))
        )
    laid = laid_out(body.tree, headers, is_form=body.is_form)
    if laid.problem:
        return Reading(problem=laid.problem, sender=laid.sender)
    sorting = _Sorting()
    for file in body.files:
        sorting.add(file.name, file)
    for asked in laid.asked:
        for name, value in _flat(asked.value, asked.name):
            sorting.add(name, value)
            sorting.label(name, asked)
    for around, tree in laid.around:
        for name, value in _flat(tree, around):
            sorting.add(name, value, answer=False)
    return sorting.reading(laid, body.warnings)


class _Sorting:
    """Puts each value where it belongs, and counts."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._technical: dict[str, Answer] = {}
        self._context: list[tuple[str, str]] = []
        self._files: list[FilePart] = []
        self._labels: dict[str, str] = {}
        self._answer_count = self._count = 0

    def add(self, name: str, value: Answer | FilePart, *, answer: bool = True) -> None:
        name = _short(_storable(name))
        if isinstance(value, FilePart):
            self._counted(1, answer)
            filename = safe_name(_storable(value.filename))
            self._files.append(replace(value, name=name, filename=filename))
            return
        texts = _listed(value)
        if files := [file for text in texts if (file := _data_url(text, name))]:
            for file in files:
                self.add(name, file, answer=answer)
            value = texts = [text for text in texts if _data_url(text, name) is None]
            if not value:
                return
        technical = not answer or is_technical(name, value)
        context = is_context(name)
        self._counted(len(texts), answer=not (technical or context))
        texts = [_checked(text, name) for text in texts]
        if context:
            self._context += [(name, text) for text in texts]
        else:
            values = self._technical if technical else self._answers
            _put(values, name, texts if isinstance(value, list) else texts[0])

    def _counted(self, values: int, answer: bool) -> None:
        self._count += values
        self._answer_count += values if answer else 0
        if self._answer_count > MAX_ANSWERS or self._count > MAX_PAIRS:
            raise TooManyAnswers(f"More than {MAX_ANSWERS} answers; send fewer fields.")

    def label(self, name: str, asked: Asked) -> None:
        """Keep what was asked for ``name``, which is what ``asked`` has, or a part of it."""
        if asked.label and (label := _storable(asked.label)) != name:
            part = name.removeprefix(asked.name).strip(".") if asked.name else ""
            self._labels[_short(_storable(name))] = f"{label}: {part}" if part else label
        elif len(name) > MAX_NAME:
            self._labels[_short(_storable(name))] = _storable(name)

    def reading(self, laid: Laid, warnings: tuple[str, ...]) -> Reading:
        cookies = next((v for k, v in self._technical.items() if k.lower() == "cookies"), "")
        context: Context = context_of(self._context, ";".join(_listed(cookies)))
        for name, text in laid.visitor.items():
            context["visitor"][name] = _storable(text)[:MAX_TOLD]
        named = {*self._answers, *(file.name for file in self._files)}
        labels = {name: text[:MAX_LABEL] for name, text in self._labels.items() if name in named}
        return Reading(
            self._answers,
            context,
            self._technical,
            tuple(self._files),
            warnings,
            sender=laid.sender,
            labels=labels,
            id=_storable(laid.id),
            finished=laid.finished,
            test=laid.test,
            secret=laid.secret,
        )


def _listed(value: Answer) -> list[str]:
    return value if isinstance(value, list) else [value]


def _put(values: dict[str, Answer], name: str, value: Answer) -> None:
    """Add ``value``; of a repeated name all values are kept, in order."""
    values[name] = [*_listed(values[name]), *_listed(value)] if name in values else value


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> str:
    """Databases refuse NUL and halves of characters."""
    if text.isascii() and "\x00" not in text:  # most are; to look for nothing else is quick
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def _short(name: str) -> str:
    if len(name) <= MAX_NAME:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
    return f"{name[: MAX_NAME - 14]}… {digest}"


def _checked(text: str, name: str) -> str:
    text = _storable(text)
    if len(text) * 4 > MAX_VALUE_BYTES < len(text.encode()):
        raise TooLarge(
            f"The value of {name[:60]!r} is longer than {MAX_VALUE_BYTES // 1024} kB; send it as a file."
        )
    return text


# A value as texts


def _flat(tree: Tree, name: str) -> Iterator[tuple[str, Answer | FilePart]]:
    """Names with texts, lists of texts, or files."""
    if isinstance(tree, str):
        yield name, tree
    elif isinstance(tree, Object):
        if file := _embedded_file(tree, name):
            yield name, file
        elif link := _link_to_file(tree):
            yield name, link
        elif not tree.pairs and name:
            yield name, ""
        else:
            for key, value in tree.pairs:
                yield from _flat_member(key, value, name)
    elif isinstance(tree, list):
        yield from _flat_list(tree, name)
    else:
        yield name, ""


def _flat_member(key: str, value: Tree, name: str) -> Iterator[tuple[str, Answer | FilePart]]:
    if len(key) > 2 and key.endswith("[]"):
        key = key[:-2]
        value = Many(value if isinstance(value, list) else [value])
    yield from _flat(value, f"{name}.{key}" if name else key)


def _flat_list(items: list[Tree], name: str) -> Iterator[tuple[str, Answer | FilePart]]:
    """Texts stay one list, and a list of one is its item; named items are answers of their own."""
    if any(isinstance(item, Object) for item in items):
        items = [
            (_link_to_file(item) or item) if isinstance(item, Object) else item for item in items
        ]
    if name and all(isinstance(item, str) or item is None for item in items):
        texts = [item for item in items if isinstance(item, str)]
        if isinstance(items, Many):
            yield name, texts
        else:
            yield name, texts if len(texts) > 1 else "".join(texts)
        return
    named = [pair for item in items if (pair := described(item)) is not None]
    if len(named) == len(items):
        for own_name, value in named:
            yield from _flat(value, own_name)
    else:
        for position, item in enumerate(items):
            yield from _flat(item, f"{name}.{position}" if name else str(position))


_FILE_NAMES = ("filename", "file_name", "fileName")
_FILE_CONTENTS = ("content", "data", "base64")


def _embedded_file(tree: Object, name: str) -> FilePart | None:
    """A file inside JSON: ``{"filename": …, "content": base64}``, and the like."""
    members = {key: value for key, value in tree.pairs if isinstance(value, str)}
    filename = next((members[key] for key in _FILE_NAMES if key in members), None)
    content = next((members[key] for key in _FILE_CONTENTS if key in members), None)
    if filename is None or content is None:
        return None
    kind = members.get("type", "")
    if file := _data_url(content, name):
        return FilePart.of(name, filename, kind or file.content_type, file.content)
    data = _decoded(content)
    # What is not base64 is itself the file.
    return FilePart.of(
        name, filename, kind, content.encode(errors="replace") if data is None else data
    )


_LINKS = ("url", "file", "fileUrl", "file_url", "href", "downloadUrl", "download_url")
_FILE_FACTS = frozenset(
    {*_FILE_NAMES, "size", "mimeType", "mime_type", "mimetype", "contentType", "content_type"}
)


def _link_to_file(tree: Object) -> str:
    """The address of a file that stayed with the sender: ``{"url": …, "name": …, "size": …}``."""
    members = dict(tree.pairs)
    links = (members[key] for key in _LINKS if key in members)
    link = next((link for link in links if isinstance(link, str)), "")
    return link if link.startswith(("https://", "http://")) and _FILE_FACTS & {*members} else ""


_DATA_URL = re.compile(r"data:([\w.+/-]{0,100})((?:;[\w.=+-]{1,60}){0,5});base64,", re.IGNORECASE)


def _data_url(text: str, name: str) -> FilePart | None:
    """A file as a page's script reads it: ``data:image/png;base64,…``, named after its field."""
    head = _DATA_URL.match(text) if text[:5].lower() == "data:" else None
    content = _decoded(text[head.end() :]) if head else None
    if head is None or content is None:
        return None
    return FilePart.of(name, f"{name}{extension_for(head[1])}", head[1], content)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None
