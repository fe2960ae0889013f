"""Settings: what counts for all of this Formwire, and the way to each of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import make_url

from engine.deciding.form import FormConfig
from engine.delivery.telling import name_of
from engine.storage.channels import channels
from engine.storage.forms import form_by_key, form_config
from engine.storage.forms_list import forms_by_name
from engine.storage.models import Form
from web.database import db
from web.instance import instance
from web.studio.finding import found, page_number
from web.studio.form_seen import KEEPING, mark_shown, refused
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
    form, entered = found(form_by_key(db.session(), key)), KeepingForm()

    def change(config: FormConfig) -> FormConfig | None:
        return kept(entered, config) if entered.validate_on_submit() else None

    if answer := refused(form, KEEPING, change, partial(_keeping_page, form, entered)):
        return answer
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
