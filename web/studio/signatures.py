"""What a form's sender signs with, and what becomes of posts that it did not sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, RadioField, SelectChoice, ValidationError
from wtforms.validators import Length

from engine.deciding.form import FormConfig
from engine.storage.base import now
from engine.storage.forms import form_by_key, form_config
from engine.storage.models import Form
from engine.storage.secrets import SecretsUnreadable
from engine.storage.sender_secrets import (
    CONFIRMATION,
    MOST,
    SenderSecrets,
    TooMany,
    add_sender_secret,
    drop_all_sender_secrets,
    drop_sender_secret,
    keep_confirmation,
    sender_secrets,
)
from web.acting import note
from web.database import db
from web.instance import instance
from web.studio.finding import found
from web.studio.form_seen import UNPROVEN, hold_as_seen, mark_shown, refused
from web.studio.places import PLACES

blueprint = Blueprint("signatures", __name__, url_prefix="/forms/<key>/signature")

ALL = "all"
_SHORTEST, _LONGEST = 8, 500


class SecretForm(FlaskForm):
    """A secret, VK's confirmation string, or both. What was entered is never shown again."""

    secret = PasswordField(
        _("Secret"),
        [Length(max=_LONGEST)],
        filters=[lambda text: (text or "").strip()],
        description=_("It is kept encrypted and shown to nobody again."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    confirmation = PasswordField(
        _("Confirmation string, for VK only"),
        [Length(max=_LONGEST)],
        filters=[lambda text: (text or "").strip()],
        description=_("What the address answers when VK asks for it."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def validate_secret(self, field: Field) -> None:
        if 0 < len(field.data) < _SHORTEST:
            raise ValidationError(
                gettext("Use one of at least 8 characters: a shorter one can be guessed.")
            )
        if not field.data and not self.confirmation.data:
            raise ValidationError(gettext("Enter the secret, as the sender shows it."))


class UnprovenForm(FlaskForm):
    """Field names are those of the document."""

    signature = RadioField(
        choices=[
            SelectChoice("hold", _("Keep it, and have a person decide")),
            SelectChoice("refuse", _("Refuse it, and keep nothing of it but a count")),
        ],
    )
    tests = RadioField(
        choices=[
            SelectChoice("hold", _("Keep them, and have a person decide")),
            SelectChoice(
                "accept", _("Treat them like any other submission, to see them arrive in the CRM")
            ),
        ],
    )


@blueprint.get("")
def show(key: str) -> str:
    return _page(found(form_by_key(db.session(), key)))


@blueprint.post("")
def save(key: str) -> Any:
    """What becomes of posts without a good signature, and of a sender's samples."""
    form, entered = found(form_by_key(db.session(), key)), UnprovenForm()

    def change(config: FormConfig) -> FormConfig | None:
        chosen = {"signature": entered.signature.data, "tests": entered.tests.data}
        return config.model_copy(update=chosen) if entered.validate_on_submit() else None

    if answer := refused(form, UNPROVEN, change, partial(_page, form, unproven=entered)):
        return answer
    flash(gettext("Saved. It counts for submissions from now on."), "good")
    return redirect(url_for(".show", key=key), 303)


@blueprint.post("/secrets")
def add(key: str) -> Any:
    """Let posts be signed with one more secret; those that are there count as before."""
    session, entered = db.session(), SecretForm()
    form = found(form_by_key(session, key))
    hold_as_seen(form)
    if not entered.validate_on_submit() or not _kept(form, entered):
        return _page(form, secret=entered), 422
    note("add secret", "form", key)
    session.commit()
    flash(gettext("Kept. Posts that are signed with it are let in from now on."), "good")
    return redirect(url_for(".show", key=key), 303)


def _kept(form: Form, entered: SecretForm) -> bool:
    """Whether what was entered is kept; else its fields tell why not."""
    vault = instance().vault
    try:
        if entered.secret.data:
            add_sender_secret(vault, form, entered.secret.data, now())
        if entered.confirmation.data:
            keep_confirmation(vault, form, entered.confirmation.data)
    except TooMany:
        told = gettext("There are %(most)s already. Remove one that counts no more.", most=MOST)
        entered.secret.errors = [told]
        return False
    except SecretsUnreadable:
        entered.secret.errors = [gettext("First remove those that cannot be decrypted.")]
        return False
    return True


@blueprint.post("/secrets/remove")
def drop(key: str) -> Any:
    """Forget a secret, the confirmation string, or all of them."""
    session, which = db.session(), request.form.get("which", "")
    form = found(form_by_key(session, key))
    hold_as_seen(form)
    if which == ALL:
        drop_all_sender_secrets(form)
    else:
        try:
            there = drop_sender_secret(instance().vault, form, which)
        except SecretsUnreadable:
            there = False
        if not there:
            abort(404)
    note("remove secret", "form", key)
    session.commit()
    flash(gettext("Removed. It counts for nothing any more."), "good")
    return redirect(url_for(".show", key=key), 303)


def _page(
    form: Form,
    *,
    secret: SecretForm | None = None,
    unproven: UnprovenForm | None = None,
    overtaken: str = "",
) -> str:
    try:
        kept: SenderSecrets | None = sender_secrets(instance().vault, form)
    except SecretsUnreadable:
        kept = None
    config = form_config(form)
    chosen: Mapping[str, str] = {"signature": config.signature, "tests": config.tests}
    return render_template(
        "studio/form_signature.html",
        form=form,
        added=[(at, datetime.fromisoformat(at)) for at in kept.by_time] if kept else [],
        kept=kept,
        all=ALL,
        confirmation=CONFIRMATION,
        secret=secret or SecretForm(formdata=None),
        unproven=unproven or UnprovenForm(formdata=None, data=chosen),
        where=[(place.name, place.secret) for place in PLACES.values() if place.secret],
        own_page=config.page.enabled,
        mark=mark_shown(form, UNPROVEN, anew=bool(overtaken)),
        overtaken=overtaken,
    )
