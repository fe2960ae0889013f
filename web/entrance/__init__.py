"""The way in for whoever is not signed in: setting up, invitations, the second step.

The sign-in form itself is Flask-Security's; see `web.sign_in`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from engine.storage.people import anybody
from web.database import SAFE_METHODS
from web.entrance import invitation, language, second_step, setup
from web.instance import instance

blueprint = Blueprint("entrance", __name__)
for _page in (setup, invitation, second_step, language):
    blueprint.register_blueprint(_page.blueprint)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.before_request(_set_up_first)


@blueprint.before_request
def _refuse_other_sites() -> None:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in SAFE_METHODS and site not in ("same-origin", "none"):
        abort(403)


@blueprint.errorhandler(NotFound)
def _not_found(_error: NotFound) -> tuple[str, int]:
    return render_template("entrance/not_found.html"), 404


def _set_up_first() -> Any:
    """Lead whoever wants to sign in to the set-up while there is nobody who could."""
    if request.endpoint != "security.login" or request.method not in SAFE_METHODS:
        return None
    with instance().database.read() as session:
        return None if anybody(session) else redirect(url_for("entrance.setup.show"), 303)
