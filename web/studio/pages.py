"""A form's own page as its owner sets it up: whether there is one, its words, and where it leads."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField

from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.form import FormConfig
from engine.storage.forms import form_by_key, form_config
from engine.storage.models import Form
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.finding import found
from web.studio.form_seen import OWN_PAGE, mark_shown, refused

blueprint = Blueprint("pages", __name__, url_prefix="/forms/<key>/page")


class PageForm(FlaskForm):
    """Field names are those of the document's ``page``, and ``redirect``."""

    enabled = BooleanField(_("The form has a page of its own"))
    intro = TextAreaField(
        _("Above the form"), description=_("What it is for, in a few words."), render_kw={"rows": 3}
    )
    button = StringField(_("On the button"), description=_("“Send” when left empty."))
    thanks = TextAreaField(
        _("After sending"),
        description=_("What people read then, unless they are sent to another page."),
        render_kw={"rows": 2},
    )
    redirect = StringField(
        _("Or send them to this page"),
        description=_("A full address. It counts for the form on websites, too."),
        render_kw={"inputmode": "url", "placeholder": "https://example.org/thanks"},
    )


@blueprint.get("")
def show(key: str) -> str:
    form = found(form_by_key(db.session(), key))
    config = form_config(form)
    given = {**config.page.model_dump(), "redirect": config.redirect or ""}
    return _page(form, PageForm(data=given))


@blueprint.post("")
def save(key: str) -> Any:
    form, entered = found(form_by_key(db.session(), key)), PageForm()
    change, page = partial(_entered, entered), partial(_page, form, entered)
    if answer := refused(form, OWN_PAGE, change, page):
        return answer
    flash(
        gettext("Saved. The page is there.")
        if entered.enabled.data
        else gettext("Saved. There is no page."),
        "good",
    )
    return redirect(url_for(".show", key=key), 303)


def _entered(entered: PageForm, config: FormConfig) -> FormConfig | None:
    """``config`` with what was entered; None when the document refuses it, which its fields then say."""
    page = {name: entered[name].data or "" for name in ("intro", "button", "thanks")}
    document = config.model_dump(mode="json", exclude_defaults=True)
    document["page"] = {name: text.strip() for name, text in page.items()} | {
        "enabled": entered.enabled.data
    }
    document["redirect"] = (entered["redirect"].data or "").strip() or None
    try:
        return load(FormConfig, document)
    except DocumentMistakes as mistakes:
        for issue in mistakes.issues:
            entered[issue.path.rpartition("/")[2]].errors = [translated(issue.message)]
        return None


def _page(form: Form, entered: PageForm, *, overtaken: str = "") -> str:
    return render_template(
        "studio/form_page.html",
        form=form,
        entered=entered,
        config=form_config(form),
        mark=mark_shown(form, OWN_PAGE, anew=bool(overtaken)),
        overtaken=overtaken,
        address=f"{instance().settings.public_url}/p/{form.key}",
    )
