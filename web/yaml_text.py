"""Documents as people edit them: YAML whose mistakes are told with their lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import yaml

from engine.deciding.documents import Document, DocumentMistakes, pointer
from rules.checking import Issue

MOST_CHARACTERS = 65_536
_DEEPEST = 40

_D = TypeVar("_D", bound=Document)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a text. ``line`` counts from 1; None when it belongs to no line."""

    path: str
    line: int | None
    message: str


class TextMistakes(Exception):
    """A text cannot be used. ``mistakes`` are all that is wrong with it, never empty."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes


def read(text: str, load: Callable[[Any], _D], fixed: Mapping[str, str]) -> _D:
    """The document that ``text`` is. Raises TextMistakes.

    ``fixed`` are top-level entries that this page may not change, such as the module's own key.
    """
    node = _compose(text)
    document = _construct(node)
    issues = list(_changed(document, fixed))
    try:
        config = load(document)
    except DocumentMistakes as error:
        issues.extend(error.issues)
    if issues:
        raise TextMistakes(_with_lines(issues, node))
    return config


def placed(text: str, issues: Iterable[Issue]) -> list[Mistake]:
    """What is to be said about a text that `read` has read, with its lines."""
    return _with_lines(issues, _compose(text))


def write(document: Mapping[str, Any]) -> str:
    """``document`` as text for people that `read` makes the same of."""
    return _written(json.dumps(document))


@lru_cache(maxsize=64)
def _written(document: str) -> str:
    """Kept, since pages show the same few documents over and over, and PyYAML takes its time."""
    text: str = yaml.dump(
        json.loads(document), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=1000
    )
    return text


class _Writer(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as people do."""


def _text(writer: _Writer, text: str) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    if "\x85" in text:  # elsewhere than in double quotes YAML reads it as an ordinary line's end
        return '"'
    return "|" if "\n" in text else None


_Writer.add_representer(str, _text)


@lru_cache(maxsize=32)
def _compose(text: str) -> yaml.Node:
    """What ``text`` is made of, kept as `_written` is: nobody may change it. Raises TextMistakes."""
    if len(text) > MOST_CHARACTERS:
        raise _refused(f"is longer than {MOST_CHARACTERS} characters")
    try:
        _check_shape(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(node, yaml.MappingNode):
            raise _refused("is empty, or no list of “key: value” lines")
        if repeated := list(_repeated(node, ())):
            raise TextMistakes(repeated)
        _construct(node)
    except yaml.MarkedYAMLError as error:
        raise _refused(_spoken(error), _line_of(error.problem_mark)) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: such as the date 2026-13-45
        raise _refused(str(error)) from error
    return node


def _construct(node: yaml.Node) -> Any:
    """What ``node`` says, built anew. Raises YAMLError and ValueError."""
    return yaml.SafeLoader("").construct_document(node)


def _check_shape(text: str) -> None:
    """Refuse what makes reading YAML expensive before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _refused("uses an alias (*name); write it out", _line_of(event.start_mark))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _refused("is nested too deep", _line_of(event.start_mark))


def _refused(message: str, line: int | None = None) -> TextMistakes:
    return TextMistakes([Mistake("", line, message)])


def _spoken(error: yaml.MarkedYAMLError) -> str:
    return ": ".join(part for part in (error.context, error.problem) if part)


def _line_of(mark: Any) -> int | None:
    return None if mark is None else mark.line + 1


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[str, int]]:
    """JSON Pointer to line, for every place of the document."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield pointer(*inner), key.start_mark.line + 1
            yield from _lines(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            inner = (*path, number)
            yield pointer(*inner), value.start_mark.line + 1
            yield from _lines(value, inner)


def _repeated(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    """Keys that stand twice in one place: YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            inner = (*path, str(key.value))
            if str(key.value) in seen:
                message = "stands here twice; keep one of them"
                yield Mistake(pointer(*inner), key.start_mark.line + 1, message)
            seen.add(str(key.value))
            yield from _repeated(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _repeated(value, (*path, number))


def _changed(document: Mapping[str, Any], fixed: Mapping[str, str]) -> Iterator[Issue]:
    for key, value in fixed.items():
        if document.get(key) != value:
            yield Issue(pointer(key), f"must stay {value} here")


def _with_lines(issues: Iterable[Issue], node: yaml.Node) -> list[Mistake]:
    lines = dict(_lines(node, ()))
    return [_with_line(issue, lines) for issue in issues]


def _with_line(issue: Issue, lines: Mapping[str, int]) -> Mistake:
    """The issue with the line of its place, or of the nearest place around it."""
    path = issue.path
    while path and path not in lines:
        path = path.rpartition("/")[0]
    return Mistake(issue.path, lines.get(path), issue.message)
