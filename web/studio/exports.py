"""What can be taken out of the studio as a file."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from engine.storage.base import now
from engine.storage.forms import form_by_key
from engine.storage.submissions import Standing
from engine.storage.submissions_export import Wanted
from web.acting import note_apart
from web.csv_text import submissions_csv
from web.database import db
from web.instance import instance
from web.studio.finding import found

blueprint = Blueprint("exports", __name__)


@blueprint.get("/submissions.csv")
def submissions() -> Response:
    """The submissions that the list shows, on all of its pages, piece by piece."""
    wanted = _wanted()
    asked = {key: request.args[key] for key in ("form", "state") if request.args.get(key)}
    note_apart("export", "submissions", "", **asked)
    text = submissions_csv(instance().database, wanted, bom=request.args.get("bom") == "1")
    # Old submissions may hold half a character, which UTF-8 has no bytes for.
    pieces = (piece.encode(errors="replace") for piece in text)
    response = Response(pieces, content_type="text/csv; charset=utf-8; header=present")
    name = f"submissions-{now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted() -> Wanted:
    """What the address asks for. Nonsense is refused: to ignore it would give away too much."""
    key, state = request.args.get("form"), request.args.get("state")
    if state and state not in set(Standing):
        abort(404)
    return Wanted(
        form_id=found(form_by_key(db.session(), key)).id if key else None,
        standing=Standing(state) if state else None,
    )
