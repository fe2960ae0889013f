"""Notices: what a person should know or do."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.storage.notice_pages import notices_with_links
from engine.storage.notices import clear_notices
from web.acting import note
from web.database import db

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
def index() -> str:
    return render_template("studio/notices.html", notices=notices_with_links(db.session()))


@blueprint.get("/clear")
def confirm() -> str:
    return render_template("studio/notices_clear.html", notices=notices_with_links(db.session()))


@blueprint.post("/clear")
def clear() -> Response:
    """Only what the page showed: what came since is news."""
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
    except ValueError:
        abort(400)
    if until.tzinfo is None:
        abort(400)
    clear_notices(db.session(), until=until)
    note("clear", "notices", "")
    db.session.commit()
    return redirect(url_for(".index"), 303)
