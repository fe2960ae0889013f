"""Which of the files that came with a submission get a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from engine.deciding.bodies import FilePart
from engine.deciding.documents import Document
from engine.deciding.file_types import extension_of, is_what_it_says

_MB = 1024 * 1024


def _extension(text: str) -> str:
    extension = text.lower().removeprefix(".")
    if not re.fullmatch(r"[a-z0-9]{1,10}", extension):
        raise ValueError(f"{text!r} is no file extension; write it like pdf")
    return extension


class Uploads(Document):
    """What files a form takes. Without ``files`` it takes none.

    Sizes are in megabytes of 1024 × 1024 bytes. ``types`` are extensions; the first bytes of a file
    must fit its own. A link works for ``link_days``.
    """

    files: Annotated[int, Field(ge=0, le=50)] = 0
    size_mb: Annotated[int, Field(ge=1, le=10)] = 5
    total_mb: Annotated[int, Field(ge=1, le=10)] = 10
    types: tuple[Annotated[str, AfterValidator(_extension)], ...] = (
        *("pdf", "jpg", "jpeg", "png", "gif", "webp", "heic"),
        *("doc", "docx", "xls", "xlsx", "odt", "ods", "rtf", "txt", "csv", "zip"),
    )
    link_days: Annotated[int, Field(ge=1, le=365)] = 30


def problems(files: Sequence[FilePart], uploads: Uploads) -> list[str]:
    """For each file why it gets no link, as a phrase for a person; "" for a file that gets one."""
    found, taken, total = [], 0, 0
    for file in files:
        problem = _problem(file, uploads)
        if not problem and taken == uploads.files:
            problem = f"the form takes {uploads.files} at once"
        if not problem and total + file.size_bytes > uploads.total_mb * _MB:
            problem = f"the form takes {uploads.total_mb} MB of files at once"
        if not problem:
            taken, total = taken + 1, total + file.size_bytes
        found.append(problem)
    return found


def _problem(file: FilePart, uploads: Uploads) -> str:
    """What is wrong with ``file`` by itself."""
    if not uploads.files:
        return "the form takes no files"
    extension = extension_of(file.filename)
    if extension not in uploads.types:
        return f"the form takes no files of the type {extension or 'without an extension'}"
    if not is_what_it_says(file.filename, file.kind):
        return f"its first bytes are not those of a {extension} file"
    if file.size_bytes > uploads.size_mb * _MB:
        return f"it is larger than {uploads.size_mb} MB"
    return ""
