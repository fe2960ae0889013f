"""Files that came with submissions: links to them, and what is behind a link.

The bytes stay where they are durable already, in the submission's raw body, and are cut out of it by
the reader that found them there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.deciding.bodies import FilePart
from engine.deciding.reading import read_body
from engine.deciding.uploads import Uploads, problems
from engine.delivery.configs import form_config
from engine.delivery.signing import Forged, sign, signed
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.models import Submission
from engine.storage.submissions import submission_with_bytes

_LINK = "link to a file"


class NoSuchFile(Exception):
    """A link is forged or has expired, its file is gone, or its form takes no files any more."""


def listed(
    settings: Settings,
    files: Sequence[FilePart],
    uploads: Uploads,
    submission_id: str,
    received_at: datetime,
) -> list[dict[str, Any]]:
    """The facts of each file, with its ``link``, or the ``problem`` for which it has none.

    The same submission gives the same links. ``submission_id`` is the public one.
    """
    until = received_at + timedelta(days=uploads.link_days)
    found = []
    for number, (file, problem) in enumerate(zip(files, problems(files, uploads), strict=True)):
        content = [submission_id, number, int(until.timestamp())]
        token = "" if problem else sign(settings.secret_key, _LINK, content)
        link = f"{settings.public_url}/files/{token}" if token else ""
        found.append({**file.facts, "problem": problem, "link": link})
    return found


def told(file: Mapping[str, Any]) -> str:
    """A sentence about a file that got no link."""
    if not file["problem"]:
        return ""
    return f"The file “{file['filename']}” is kept and has no link: {file['problem']}."


def linked_file(instance: Instance, token: str) -> FilePart:
    """The file behind a link. Raises NoSuchFile."""
    try:
        submission_id, number, until_s = signed(instance.settings.secret_keys, _LINK, token)
    except (Forged, ValueError) as error:
        raise NoSuchFile from error
    if now().timestamp() >= until_s:
        raise NoSuchFile
    with instance.database.read() as session:
        submission = submission_with_bytes(session, submission_id)
    if submission is None:
        raise NoSuchFile
    return file_of(submission, number)


def file_of(submission: Submission, number: int) -> FilePart:
    """A file of ``submission`` that is `openable`. Raises NoSuchFile."""
    files = read_body(submission.raw, submission.content_type, submission.headers).files
    if number >= len(files) or number not in openable(submission):
        raise NoSuchFile
    return files[number]


def openable(submission: Submission) -> frozenset[int]:
    """Positions of the files that had a link from the beginning, or that their form takes by now."""
    uploads = form_config(submission.form).uploads
    if not uploads.files or not submission.files:
        return frozenset()
    files = read_body(submission.raw, submission.content_type, submission.headers).files
    now_taken = [not problem for problem in problems(files, uploads)]
    linked = [bool(file.get("link")) for file in submission.files]
    return frozenset(
        number for number, ok in enumerate(zip(now_taken, linked, strict=False)) if any(ok)
    )
