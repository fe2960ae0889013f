"""Forms: all of them, and one with its submissions, snippets, modules and settings."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.storage.base import now
from engine.storage.drafts import Overtaken
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.forms_list import form_rows
from engine.storage.models import Form
from engine.storage.modules import modules_of
from engine.storage.submissions import Wanted, strip_of
from engine.storage.submissions_list import submissions_page
from web.acting import note
from web.database import db
from web.instance import instance
from web.studio.bars import bars_of
from web.studio.field_table import field_types
from web.studio.finding import found, last_days, page_number
from web.studio.form_seen import GUARD, hold_as_seen, mark_shown, refused, told_overtaken
from web.studio.guard_form import GuardForm, guard_values, guarded
from web.studio.news import arrivals, labels_in, news_of
from web.studio.places import GROUPS, PLACES, place_of
from web.studio.setup_steps import expected
from web.studio.snippets import address_of, snippet
from web.studio.starters import NEW_FORM
from web.studio.submission_sieve import wanted_standing
from web.yaml_text import Mistake, TextMistakes, read, write

WEEK = timedelta(days=7)

blueprint = Blueprint("forms", __name__, url_prefix="/forms")


@blueprint.get("")
def index() -> str:
    """All forms, or those that are searched for, with what came on each of the last seven days."""
    named, state = request.args.get("q", "").strip(), request.args.get("state", "")
    days = last_days(7)
    on = {"on": True, "off": False}.get(state)
    page = form_rows(db.session(), days, named=named, on=on, number=page_number())
    return render_template(
        "studio/forms.html",
        page=page,
        bars=bars_of([row.days for row in page.rows], days),
        named=named,
        state=state,
    )


@blueprint.get("/<key>")
def show(key: str) -> str:
    session = db.session()
    form, standing = found(form_by_key(session, key)), wanted_standing()
    config = form_config(form)
    return render_template(
        "studio/form.html",
        form=form,
        strip=strip_of(session, now() - WEEK, form.id),
        standing=standing,
        page=submissions_page(session, Wanted(key, standing), page_number()),
        modules=modules_of(session, form.id),
        last=next((arrival for arrival in arrivals(form.id) if arrival.sent.answers), None),
        news=news_of(form.id, config.fields),
        labels=labels_in(config),
        fields=config.fields,
        types=field_types(),
    )


@blueprint.get("/<key>/snippets")
def snippets(key: str) -> str:
    form = found(form_by_key(db.session(), key))
    config, site = form_config(form), instance().settings.public_url
    place = PLACES.get(request.args.get("sender", "")) or place_of(_last_sender(form))
    parts = snippet(place.snippet, config, site) if place.snippet else []
    own_address = address_of(config, site)
    others = [part for part in parts if part.code != own_address]
    return render_template(
        "studio/snippets.html",
        form=form,
        groups=GROUPS,
        place=place,
        go_betweens=[one for one in PLACES.values() if one.sender == "automation"],
        expected=list(expected(place)),
        demand=config.spam.demand,
        address=own_address,
        shows_address=not any(own_address in part.code for part in others),
        parts=others,
        made_of_fields=place.snippet not in ("", "googleforms"),
    )


@blueprint.get("/<key>/settings")
def settings(key: str) -> str:
    form = found(form_by_key(db.session(), key))
    return _settings_page(form, write(form.config), [])


@blueprint.post("/<key>/settings")
def save(key: str) -> Any:
    session = db.session()
    form, text = found(form_by_key(session, key)), request.form.get("text", "")
    try:
        hold_as_seen(form)
        save_form(session, read(text, _form_config, {"form": form.key}))
    except TextMistakes as error:
        return _settings_page(form, text, error.mistakes), 422
    except Overtaken:
        return _settings_page(form, text, [], overtaken=told_overtaken(form)), 409
    note("save", "form", key)
    session.commit()
    return redirect(url_for(".show", key=key), 303)


@blueprint.get("/<key>/guard")
def guard(key: str) -> str:
    form = found(form_by_key(db.session(), key))
    return _guard_page(form, GuardForm(data=guard_values(form_config(form))))


@blueprint.post("/<key>/guard")
def save_guard(key: str) -> Any:
    form, entered = found(form_by_key(db.session(), key)), GuardForm()

    def change(config: FormConfig) -> FormConfig | None:
        return guarded(entered, config) if entered.validate_on_submit() else None

    if answer := refused(form, GUARD, change, partial(_guard_page, form, entered)):
        return answer
    flash(_("Saved. It counts for submissions from now on."), "good")
    return redirect(url_for(".guard", key=key), 303)


@blueprint.get("/_text")
def new() -> str:
    return _new_page(write(NEW_FORM), [])


@blueprint.post("/_text")
def create() -> Any:
    session, text = db.session(), request.form.get("text", "")
    try:
        config = read(text, _form_config, {})
    except TextMistakes as error:
        return _new_page(text, error.mistakes), 422
    if form_by_key(session, config.form):
        taken = Mistake("/form", None, f"there is a form {config.form!r} already")
        return _new_page(text, [taken]), 409
    save_form(session, config)
    note("save", "form", config.form)
    session.commit()
    return redirect(url_for(".snippets", key=config.form), 303)


def _last_sender(form: Form) -> str:
    return next((arrival.sender for arrival in arrivals(form.id)), "")


def _form_config(document: Any) -> FormConfig:
    return load(FormConfig, document)


def _settings_page(form: Form, text: str, mistakes: list[Mistake], *, overtaken: str = "") -> str:
    return render_template(
        "studio/form_settings.html",
        form=form,
        text=text,
        mistakes=mistakes,
        mark=mark_shown(form, anew=bool(overtaken)),
        overtaken=overtaken,
    )


def _guard_page(form: Form, entered: GuardForm, *, overtaken: str = "") -> str:
    return render_template(
        "studio/form_guard.html",
        form=form,
        entered=entered,
        mark=mark_shown(form, GUARD, anew=bool(overtaken)),
        overtaken=overtaken,
    )


def _new_page(text: str, mistakes: list[Mistake]) -> str:
    return render_template("studio/form_text.html", text=text, mistakes=mistakes)
