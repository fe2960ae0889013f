"""One's own second step at sign-in: switching it on and off, and its recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from engine import totp
from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.model_people import Person
from engine.storage.second_step import (
    AlreadyOn,
    begin_second_step,
    begun_secret,
    confirm_second_step,
    end_second_step,
    is_on,
    new_recovery_codes,
    recovery_codes_left,
)
from engine.storage.secrets import SecretsUnreadable
from engine.storage.sign_ins import TooManyTries
from engine.storage.web_sessions import end_sessions_of
from web.acting import actor, apart
from web.brake import braked, told
from web.codes import CodeForm, brake_of, code_fits
from web.database import db
from web.instance import instance
from web.own_password import OwnPasswordForm, own_password_fits
from web.studio.account import this_browser

QUIET_ZONE = 4  # light modules around a QR code, as its standard asks
blueprint = Blueprint("second_step", __name__, url_prefix="/account/second-step")


@blueprint.get("")
def show() -> str:
    return _page()


@blueprint.post("/begin")
def begin() -> Any:
    """Draw a secret. The password is asked for: a thief of a session must not lock its owner out."""
    form = OwnPasswordForm()
    if not form.validate_on_submit() or not own_password_fits(form):
        return _page(password=form), 422
    try:
        with apart() as session:
            begin_second_step(session, instance().vault, _me(session))
            add_entry(session, actor(), "begin second step", "person", current_user.email)
    except AlreadyOn:
        flash(_("The second step is switched on already."), "bad")
    return _back()


@blueprint.post("/confirm")
def confirm() -> Any:
    form = CodeForm()
    codes: Sequence[str] = ()

    def right() -> bool:
        nonlocal codes
        with apart() as session:
            me = _me(session)
            found = confirm_second_step(session, instance().vault, me, form.code.data or "", now())
            if found is not None:
                codes = found
                end_sessions_of(session, me.id, but=this_browser())
                add_entry(session, actor(), "switch on second step", "person", me.email)
            return found is not None

    if not form.validate_on_submit():
        return _page(code=form), 422
    db.session.commit()
    try:
        if braked(brake_of(current_user), right):
            return _codes_page(codes)
        form.code.errors = [_("This is not what the app should show now: is its clock right?")]
    except TooManyTries as error:
        form.code.errors = [told(error)]
    except SecretsUnreadable:
        form.code.errors = [_("This code cannot be checked any more: begin anew.")]
    return _page(code=form), 422


@blueprint.post("/recovery-codes")
def renew_codes() -> Any:
    if (refusal := _without_code()) is not None:
        return refusal
    with apart() as session:
        codes = new_recovery_codes(session, current_user.id)
        add_entry(session, actor(), "renew recovery codes", "person", current_user.email)
    return _codes_page(codes)


@blueprint.post("/end")
def end() -> Any:
    if (refusal := _without_code()) is not None:
        return refusal
    with apart() as session:
        end_second_step(session, current_user.id)
        add_entry(session, actor(), "switch off second step", "person", current_user.email)
    flash(_("You sign in with your password only."), "good")
    return _back()


def _without_code() -> Any:
    """The page that says why nothing was done; None when the code was right."""
    form = CodeForm()
    valid = form.validate_on_submit()
    db.session.commit()
    return None if valid and code_fits(form, current_user) else (_page(code=form), 422)


def _me(session: Any) -> Person:
    me: Person = session.get_one(Person, current_user.id)
    return me


def _back() -> Response:
    return redirect(url_for(".show"), 303)


def _codes_page(codes: Sequence[str]) -> Any:
    # In this answer only: a message after a redirect would keep them in the session.
    return render_template("studio/recovery_codes.html", codes=codes), 201


def _page(password: OwnPasswordForm | None = None, code: CodeForm | None = None) -> str:
    """The page of the state that the second step is in: off, begun or on."""
    code = code or CodeForm(formdata=None)
    with instance().database.read() as session:
        me = _me(session)
        if is_on(session, me.id):
            left = recovery_codes_left(session, me.id)
            return render_template("studio/second_step_on.html", form=code, left=left)
        try:
            secret = begun_secret(session, instance().vault, me)
        except SecretsUnreadable:
            secret = None
    password = password or OwnPasswordForm(formdata=None)
    if secret is None:
        return render_template("studio/second_step_off.html", form=password)
    code.code.description = _("The six digits that your app shows now.")
    size, path = _qr(totp.address(secret, me.email, _issuer()))
    return render_template(
        "studio/second_step_begun.html", form=code, secret=secret, size=size, path=path
    )


def _issuer() -> str:
    """What the app files the code under."""
    return f"Formwire {urlsplit(instance().settings.public_url).hostname}"


def _qr(text: str) -> tuple[int, str]:
    """How many modules a QR code's side has, and its dark ones as the path of an SVG."""
    rows = list(segno.make_qr(text, error="m").matrix_iter(border=QUIET_ZONE))
    dark = ((x, y) for y, row in enumerate(rows) for x, bit in enumerate(row) if bit)
    return len(rows), "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)
