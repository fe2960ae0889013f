"""Long lists, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from engine.deciding.documents import Document, DocumentMistakes
from engine.storage.slices import UnknownCursor
from rules.checking import Issue
from web.api.problems import mistaken
from web.api.reading import PublicId


class Paging(Document):
    """Which slice is wanted."""

    after: PublicId | None = Field(None, description="Go on after this: the `next` of an answer.")
    limit: int = Field(50, ge=1, le=200, description="How many items at most.")


@contextmanager
def known_cursor() -> Iterator[None]:
    """Tell a cursor that names nothing as a mistake of the query."""
    try:
        yield
    except UnknownCursor as error:
        issue = Issue("/after", "names no item; use the “next” of an earlier answer")
        raise mistaken(DocumentMistakes([issue])) from error
