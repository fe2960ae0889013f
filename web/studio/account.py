"""One's own looks of the studio."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from web.studio.finding import local_address

YEAR = timedelta(days=365)

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.post("/theme")
def theme() -> Response:
    """Keep the chosen theme in this browser; anything else means: follow the system."""
    answer = redirect(
        local_address(request.form.get("back", "")) or url_for("studio.home.index"), 303
    )
    chosen = request.form.get("theme", "")
    if chosen in ("light", "dark"):
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure)
    else:
        answer.delete_cookie("theme")
    return answer
