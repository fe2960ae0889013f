"""Tokens by which programs use the API, in the name of whoever makes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length

from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.model_people import ApiToken, Person
from engine.storage.tokens import (
    Scope,
    all_tokens,
    create_token,
    revoke_token,
    token_by_public_id,
)
from web.acting import actor, apart
from web.database import db
from web.new_password import stripped
from web.studio.finding import found
from web.studio.people import may_change

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")


class TokenForm(FlaskForm):
    """What a token is for, and what it may do how long."""

    name = StringField(
        _("Name"),
        [DataRequired(_("Say what it is for.")), Length(max=200)],
        filters=[stripped],
        description=_("What it is for, such as “nightly backup”."),
        render_kw={"autocomplete": "off"},
    )
    scopes = SelectMultipleField(
        _("What it may do"),
        [DataRequired(_("Choose at least one."))],
        choices=[SelectChoice(scope.value) for scope in Scope],
    )
    days = SelectField(
        _("Expires after"),
        choices=[
            SelectChoice(30, _("30 days")),
            SelectChoice(90, _("90 days")),
            SelectChoice(365, _("a year")),
            SelectChoice(1095, _("3 years")),
        ],
        coerce=int,
        default=365,
    )


@blueprint.get("")
def index() -> str:
    rows = [(token, _state(token), may_change(token.person)) for token in all_tokens(db.session())]
    return render_template("studio/tokens.html", rows=rows)


@blueprint.get("/_new")
def new() -> str:
    form = TokenForm()
    form.scopes.data = []
    return _page(form)


@blueprint.post("/_new")
def create() -> Any:
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(form), 422
    with apart() as session:
        me = session.get_one(Person, current_user.id)
        scopes, lifetime = map(Scope, form.scopes.data or []), timedelta(days=form.days.data)
        token, secret = create_token(session, me, form.name.data, scopes, lifetime)
        details = {"name": token.name, "person": me.email, "scopes": token.scopes}
        add_entry(session, actor(), "create", "token", token.public_id, details)
    # In this answer only: a message after a redirect would keep the token in the session.
    return render_template("studio/token_secret.html", made=token, secret=secret), 201


@blueprint.post("/<public_id>/revoke")
def revoke(public_id: str) -> Response:
    with apart() as session:
        token = found(token_by_public_id(session, public_id))
        if not may_change(token.person):
            abort(403)
        revoke_token(session, public_id)
        details = {"name": token.name, "person": token.person.email}
        add_entry(session, actor(), "revoke", "token", public_id, details)
    flash(gettext("%(name)s opens nothing any more.", name=token.name), "good")
    return redirect(url_for(".index"), 303)


def _state(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= now() else "valid"


def _page(form: TokenForm) -> str:
    nouns: dict[str, dict[bool, str]] = {}  # what it is about to: reads only? to its scope
    for scope in Scope:
        nouns.setdefault(scope.partition(":")[0], {})[scope.changes_nothing] = scope.value
    return render_template("studio/token_new.html", form=form, nouns=nouns)
