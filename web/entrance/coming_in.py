"""Signing in whoever has just shown enough."""

from __future__ import annotations

from flask import redirect, url_for
from flask_security import login_user
from werkzeug.wrappers import Response

from web.database import db, looking_only
from web.people import StudioPerson
from web.studio.finding import local_address


def come_in(person_id: int, by: list[str], where: str = "") -> Response:
    """Begin a session of the person and lead them to ``where``, a path of this site, or home."""
    with looking_only():
        login_user(db.session.get_one(StudioPerson, person_id), authn_via=by)
    return redirect(local_address(where) or url_for("studio.home.index"), 303)
