"""Declarative documents: reading them, and telling every mistake at once with its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from rules.checking import Issue

Key = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", min_length=1, max_length=64)
]
"""What people call a form, module or connection in files and addresses."""


class Document(BaseModel):
    """A frozen part of a declarative document. Unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class DocumentMistakes(ValueError):
    """A document cannot be used. ``issues`` are all that is wrong with it, never empty."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("\n".join(f"{issue.path or '/'}: {issue.message}" for issue in issues))
        self.issues = tuple(issues)


_D = TypeVar("_D", bound=Document)


def load(shape: type[_D], document: Any) -> _D:
    """Read ``document`` as ``shape``. Raises DocumentMistakes."""
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise DocumentMistakes([_issue(details) for details in error.errors()]) from error


def pointer(*parts: str | int) -> str:
    """The JSON Pointer (RFC 6901) through ``parts``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


_WORDS = {
    "extra_forbidden": "is not known here; look for a typing error, or take it out",
    "missing": "is missing; add it",
}


def _issue(details: Any) -> Issue:
    message = _WORDS.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    return Issue(pointer(*_without_union_tags(details["loc"])), message)


def _without_union_tags(location: Iterable[str | int]) -> list[str | int]:
    """Pydantic names the union branch it tried, such as ``Row`` or ``str``; people did not write it."""
    return [part for part in location if not (isinstance(part, str) and part in _UNION_TAGS)]


_UNION_TAGS = frozenset({"Row", "str", "constrained-str"})
