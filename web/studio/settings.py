"""Settings: what counts for all of this Formwire, and the way to each of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import make_url

from engine.delivery.telling import name_of
from engine.storage.channels import channels
from engine.storage.drafts import Overtaken
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.forms_list import forms_by_name
from engine.storage.models import Form
from web.acting import note
from web.database import db
from web.instance import instance
from web.studio.finding import found, page_number
from web.studio.form_seen import KEEPING, hold_as_seen, mark_shown, told_overtaken
from web.studio.keeping_form import KeepingForm, kept

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
def index() -> str:
    page = forms_by_name(db.session(), number=page_number())
    settings = instance().settings
    return render_template(
        "studio/settings.html",
        told=[(channel, name_of(channel)) for channel in channels(db.session())],
        page=page,
        keeping=[(form, form_config(form).keep) for form in page.rows],
        settings=settings,
        database=make_url(settings.database_url).get_backend_name(),
    )


@blueprint.get("/keeping/<key>")
def keeping(key: str) -> str:
    form = found(form_by_key(db.session(), key))
    return _keeping_page(form, KeepingForm(data=dict(form_config(form).keep)))


@blueprint.post("/keeping/<key>")
def save_keeping(key: str) -> Any:
    session = db.session()
    form, entered = found(form_by_key(session, key)), KeepingForm()
    try:
        hold_as_seen(form, KEEPING)
    except Overtaken:
        return _keeping_page(form, entered, overtaken=told_overtaken(form)), 409
    config = kept(entered, form_config(form)) if entered.validate_on_submit() else None
    if config is None:
        return _keeping_page(form, entered), 422
    save_form(session, config)
    note("save", "form", key)
    session.commit()
    flash(_("Saved. What is older is erased within an hour."), "good")
    return redirect(url_for(".index"), 303)


def _keeping_page(form: Form, entered: KeepingForm, *, overtaken: str = "") -> str:
    return render_template(
        "studio/settings_keeping.html",
        form=form,
        entered=entered,
        mark=mark_shown(form, KEEPING, anew=bool(overtaken)),
        overtaken=overtaken,
    )
