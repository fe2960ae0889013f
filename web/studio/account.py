"""One's own looks of the studio, and where one is signed in."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.storage.base import now
from engine.storage.web_sessions import end_sessions_of, sessions_of
from web.acting import note
from web.database import db
from web.studio.finding import local_address

YEAR = timedelta(days=365)

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
def index() -> str:
    return render_template(
        "studio/account.html",
        sessions=sessions_of(db.session(), current_user.id, now()),
        here=session.digest,  # type: ignore[attr-defined]  # it is a BrowserSession
    )


@blueprint.post("/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """End every session of the person, this one too: whoever is in doubt begins anew."""
    end_sessions_of(db.session(), current_user.id)
    note("sign out everywhere", "person", current_user.email)
    db.session.commit()
    return redirect(url_for("security.login"), 303)


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
