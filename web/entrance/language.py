"""Choosing the language, whether signed in or not."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from web.language import LANGUAGE_COOKIE, LANGUAGES, YEAR
from web.studio.finding import local_address

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> Response:
    """Keep the chosen language in this browser, and go back to where it was chosen."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise BadRequest
    back = local_address(request.form.get("back", "")) or url_for("studio.home.index")
    answer = redirect(back, 303)
    answer.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure
    )
    return answer
