"""Files of submissions, by links that expire. A file is only ever handed over, never shown."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, send_file

from engine.deciding.bodies import FilePart
from engine.deciding.file_types import served_as
from engine.delivery.files import linked_file
from web.instance import instance

files = Blueprint("files", __name__)


@files.get("/files/<token>")
def show(token: str) -> Response:
    """Whoever has the link gets the file: it stands in the CRM, whose people have no account here."""
    return handed_over(linked_file(instance(), token))


def handed_over(file: FilePart) -> Response:
    """``file`` as a download that no browser opens in our name."""
    response = send_file(
        BytesIO(file.content),
        mimetype=served_as(file.filename, file.kind),
        as_attachment=True,
        download_name=file.filename,
        conditional=False,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
