"""One's own password, looks of the studio, and where one is signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.model_people import Person
from engine.storage.people import password_hash, set_password_hash
from engine.storage.second_step import is_on, recovery_codes_left
from engine.storage.web_sessions import end_sessions_of, sessions_of
from web.acting import actor, apart, note
from web.brake import HASHING
from web.database import db
from web.language import OWN_ZONE_COOKIE, YEAR, own_zone, zones
from web.own_password import ChangePasswordForm, own_password_fits
from web.studio.finding import local_address

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
def index() -> str:
    return render_template(
        "studio/account.html",
        sessions=sessions_of(db.session(), current_user.id, now()),
        here=this_browser(),
        second_step=is_on(db.session(), current_user.id),
        codes_left=recovery_codes_left(db.session(), current_user.id),
        zones=zones(),
        own_zone=own_zone(),
    )


@blueprint.get("/password")
def password() -> str:
    return render_template("studio/password.html", form=ChangePasswordForm())


@blueprint.post("/password")
def change_password() -> Any:
    """Whoever learned the old password is out: every session but this one ends."""
    form = ChangePasswordForm()
    if not form.validate_on_submit() or not own_password_fits(form):
        return render_template("studio/password.html", form=form), 422
    with HASHING:
        hashed = password_hash(form.password.data)
    with apart() as database:
        person = database.get_one(Person, current_user.id)
        set_password_hash(database, person, hashed, here=this_browser())
        add_entry(database, actor(), "change password", "person", person.email)
    flash(_("Your password is changed. All other browsers are signed out."), "good")
    return redirect(url_for(".index"), 303)


@blueprint.post("/sign-out-elsewhere")
def sign_out_elsewhere() -> Response:
    end_sessions_of(db.session(), current_user.id, but=this_browser())
    note("sign out elsewhere", "person", current_user.email)
    db.session.commit()
    flash(_("All other browsers are signed out."), "good")
    return redirect(url_for(".index"), 303)


def this_browser() -> str | None:
    """The key of the session that the request came with."""
    digest: str | None = session.digest  # type: ignore[attr-defined]  # it is a BrowserSession
    return digest


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


@blueprint.post("/zone")
def zone() -> Response:
    """Keep the chosen time zone in this browser; anything else means: the browser's own."""
    answer = redirect(url_for(".index", _anchor="looks"), 303)
    chosen = request.form.get("zone", "")
    if chosen in zones():
        answer.set_cookie(
            OWN_ZONE_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure
        )
    else:
        answer.delete_cookie(OWN_ZONE_COOKIE)
    return answer
