"""Reading what a request says: its path, its query and its body, each as declared, or a Problem."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, TypeAdapter
from pydantic import ValidationError as ShapeError
from werkzeug.exceptions import RequestEntityTooLarge

from engine.deciding.documents import Document, DocumentMistakes, Key, load, pointer
from engine.deciding.module import ModuleConfig, load_module
from rules.checking import Issue
from web.api.problems import MALFORMED, NOT_FOUND, NOT_JSON, TOO_LARGE, Problem, mistaken

MOST_BYTES = 256 * 1024

PublicId = Annotated[str, StringConstraints(pattern=r"^[2-9a-z]{20}$")]
StepKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,80}$")]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _on_our_calendar(instant: datetime) -> datetime:
    if not 2 <= instant.year <= 9998:  # so that it exists in every time zone
        raise ValueError("must be of a year between 2 and 9998")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_on_our_calendar)]

PATH: Mapping[str, TypeAdapter[Any]] = {
    "connection": TypeAdapter(Key),
    "form": TypeAdapter(Key),
    "module": TypeAdapter(Key),
    "number": TypeAdapter(Number),
    "order": TypeAdapter(PublicId),
    "run": TypeAdapter(PublicId),
    "step": TypeAdapter(StepKey),
    "submission": TypeAdapter(PublicId),
}
"""What may stand in an address, by its name there."""

_D = TypeVar("_D", bound=Document)


def path_arguments(given: Mapping[str, str]) -> dict[str, Any]:
    """The parts of the address. One that cannot be is one that is not there."""
    try:
        return {name: PATH[name].validate_python(text) for name, text in given.items()}
    except ShapeError as error:
        raise Problem(NOT_FOUND, "no key or id looks like this") from error


def read_query(shape: type[_D]) -> _D:
    repeated = [name for name, texts in request.args.lists() if len(texts) > 1]
    try:
        if repeated:
            raise DocumentMistakes([Issue(pointer(name), "is there twice") for name in repeated])
        return load(shape, request.args.to_dict())
    except DocumentMistakes as error:
        raise mistaken(error) from error


def read_body(shape: type[_D], fixed: Mapping[str, Any]) -> _D:
    """The body as ``shape``. What it says of ``fixed``, the parts of the address, must be the same."""
    document = _json_object()
    issues = [
        Issue(pointer(name), f"must be {value}, as in the address")
        for name, value in fixed.items()
        if name in document and document[name] != value
    ]
    try:
        config: Any = load_module(document) if shape is ModuleConfig else load(shape, document)
    except DocumentMistakes as error:
        issues.extend(error.issues)
    if issues:
        raise mistaken(DocumentMistakes(issues))
    return config


def _json_object() -> dict[str, Any]:
    if not request.is_json:
        raise Problem(NOT_JSON, f"the body is labelled {request.mimetype or 'as nothing'}")
    try:
        text = _body().decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Problem(MALFORMED, _spoken(error)) from error
    if not isinstance(document, dict):
        raise Problem(MALFORMED, "the body is no JSON object")
    if not all(map(_storable, _texts(document))):
        raise Problem(MALFORMED, "a text holds the character U+0000 or half a character")
    return document


def _body() -> bytes:
    # A body without a length is cut at the maximum in silence, so one byte more is asked for.
    request.max_content_length = MOST_BYTES + 1
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise Problem(TOO_LARGE, f"more than {MOST_BYTES} bytes") from error
    if len(raw) > MOST_BYTES:
        raise Problem(TOO_LARGE, f"more than {MOST_BYTES} bytes")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return document


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _spoken(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} in line {error.lineno}, column {error.colno}"
        case UnicodeDecodeError():
            return "the body is not UTF-8"
        case RecursionError():
            return "the body is nested too deep"
    return str(error)


def _texts(document: Any) -> Iterator[str]:
    """Every text of a JSON document, keys included."""
    waiting = [document]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as pairs:
                yield from pairs
                waiting.extend(pairs.values())
            case list() as items:
                waiting.extend(items)


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
