"""What can be taken out of the studio as a file."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from engine.storage.base import now
from web.acting import note_apart
from web.csv_text import submissions_csv
from web.instance import instance
from web.studio.submission_sieve import sieve_of_submissions

blueprint = Blueprint("exports", __name__)


@blueprint.get("/submissions.csv")
def submissions() -> Answer:
    """The submissions that the list shows, on all of its pages, piece by piece.

    What is not understood leads to the list, which says so: to ignore it would give away too much.
    """
    sieve = sieve_of_submissions()
    if sieve.mistakes:
        return redirect(url_for("studio.submissions.index", **sieve.asked))
    note_apart("export", "submissions", "", **sieve.asked)
    bom = request.args.get("bom") == "1"
    text = submissions_csv(instance().database, sieve.wanted, bom=bom)
    # Old submissions may hold half a character, which UTF-8 has no bytes for.
    pieces = (piece.encode(errors="replace") for piece in text)
    response = Response(pieces, content_type="text/csv; charset=utf-8; header=present")
    name = f"submissions-{now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
