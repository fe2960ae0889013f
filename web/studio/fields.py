"""The fields of a form: found, checked in a table, and kept. New forms begin here, too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.field_finding import (
    FoundForm,
    NothingFound,
    fields_in_answers,
    fields_in_json,
    looks_like_json,
)
from engine.deciding.form import FormConfig
from engine.deciding.html_forms import forms_in_html
from engine.delivery.page_source import page_source
from engine.storage.drafts import Overtaken
from engine.storage.form_changes import hold_form
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.models import Form
from web.acting import note
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.diffs import Line, difference
from web.studio.field_table import FieldTable, field_types, table_in, table_of
from web.studio.finding import found, suggested_key
from web.studio.form_seen import FIELDS, hold_as_seen, mark_shown, told_overtaken
from web.studio.news import arrivals, news_of, take, takes_news
from web.studio.snippets import USUAL
from web.yaml_text import write

blueprint = Blueprint("fields", __name__, url_prefix="/forms")


@dataclass(frozen=True, slots=True)
class Search:
    """What a person looks for fields in. ``forms`` are to be chosen from, ``problem`` why none was found."""

    source: str = ""
    address: str = ""
    forms: tuple[FoundForm, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""


@blueprint.get("/<key>/fields")
def show(key: str) -> str:
    form = found(form_by_key(db.session(), key))
    return _page(form, table_of(form_config(form)), Search())


@blueprint.post("/<key>/fields")
def change(key: str) -> Any:
    form, table = found(form_by_key(db.session(), key)), table_in(request.form)
    act = request.form.get("do", "save")
    if act != "save":
        search = _changed(table, act, form)
        return _page(found(form_by_key(db.session(), key)), table, search)
    try:
        hold_as_seen(form, FIELDS)
    except Overtaken:
        return _page(form, table, _search(), overtaken=told_overtaken(form)), 409
    config = table.config(form_config(form))
    if config is None:
        return _page(form, table, _search()), 422
    save_form(db.session(), config)
    note("save", "form", key)
    db.session.commit()
    flash(_("Saved. Old names of renamed fields keep working."), "good")
    return redirect(url_for(".show", key=key), 303)


@blueprint.post("/<key>/fields/take")
def take_seen(key: str) -> Any:
    """Take among the fields what the form was sent. What is there already is taken for done."""
    session, act = db.session(), request.form.get("do", "")
    form = found(form_by_key(session, key))
    hold_form(session, form, "")
    table = table_of(form_config(form))
    count = take(table, news_of(form.id, table.fields), act, request.form)
    config = table.config(form_config(form)) if count else None
    if config is None:
        told = _("Nothing was changed: these are the fields as they are now.")
        flash(told, "bad" if count else "good")
        return redirect(url_for(".show", key=key), 303)
    save_form(session, config)
    note("save", "form", key)
    session.commit()
    many = ngettext("%(num)d answer is a field now.", "%(num)d answers are fields now.", count)
    flash(table.said if count == 1 else many, "good")
    return redirect(url_for("studio.forms.show", key=key), 303)


@blueprint.get("/_new")
def new() -> str:
    return _new_page(FieldTable([]), Search())


@blueprint.post("/_new")
def create() -> Any:
    table, act = table_in(request.form), request.form.get("do", "save")
    if act == "usual":
        table.add(USUAL)
        return _new_page(table, _search())
    if act != "save":
        return _new_page(table, _changed(table, act, None))
    key, name = _key_and_name()
    config, errors = _begun(key, name)
    made = table.config(config) if config else None
    if made is None:
        return _new_page(table, _search(), errors), 422
    if form_by_key(db.session(), made.form):
        errors["key"] = _("There is a form %(key)s already; choose another key.", key=made.form)
        return _new_page(table, _search(), errors), 409
    save_form(db.session(), made)
    note("save", "form", made.form)
    db.session.commit()
    return redirect(url_for("studio.forms.snippets", key=made.form), 303)


def _key_and_name() -> tuple[str, str]:
    name = request.form.get("name", "").strip()
    return request.form.get("key", "").strip() or suggested_key(name), name


def _begun(key: str, name: str) -> tuple[FormConfig | None, dict[str, str]]:
    """A form without fields, or what is wrong with its name and key."""
    errors = {}
    if not name:
        errors["name"] = _("Enter a name, such as Callback.")
    try:
        config = load(FormConfig, {"form": key, "name": name or "?"})
    except DocumentMistakes as mistakes:
        for issue in mistakes.issues:
            place = "key" if issue.path == "/form" else "name"
            if place == "key" and not key and errors:
                continue  # it would have been made of the name
            errors.setdefault(
                place,
                _("Enter a key of small Latin letters, digits and hyphens, such as callback.")
                if place == "key"
                else translated(issue.message),
            )
        return None, errors
    return (None if errors else config), errors


def _search() -> Search:
    return Search(request.form.get("source", ""), request.form.get("url", "").strip())


def _changed(table: FieldTable, act: str, form: Form | None) -> Search:
    """Change ``table`` as asked, and tell what was searched."""
    search = _search()
    if form is not None and takes_news(act):
        take(table, news_of(form.id, table.fields), act, request.form)
        return search
    if act not in ("find", "seen"):
        table.change(act)
        return search
    try:
        forms = _found_forms(search, act, form)
    except NothingFound as error:
        return replace(search, problem=translated(error))
    which = request.form.get("which", "")
    number = int(which) if which.isdecimal() and len(which) < 4 else None
    if len(forms) == 1:
        number = 0
    if number is None or number >= len(forms):
        return replace(search, forms=tuple(forms))
    table.add(forms[number].fields)
    return Search(notes=forms[number].notes)


def _found_forms(search: Search, act: str, form: Form | None) -> list[FoundForm]:
    """Raises NothingFound."""
    if act == "seen":
        if form is None:
            raise NothingFound(_("A new form has no submissions yet."))
        return [fields_in_answers([arrival.sent for arrival in arrivals(form.id)])]
    if search.source.strip():
        if looks_like_json(search.source):
            return [fields_in_json(search.source)]
        return forms_in_html(search.source)
    if not search.address:
        raise NothingFound(_("Paste the form or a sample, or enter the address of its page."))
    db.session.rollback()  # nothing stays open while a website takes its time
    return forms_in_html(page_source(search.address, instance().settings.targets))


def _page(form: Form, table: FieldTable, search: Search, *, overtaken: str = "") -> str:
    return render_template(
        "studio/form_fields.html",
        form=form,
        table=table,
        search=search,
        types=field_types(),
        mark=mark_shown(form, FIELDS, anew=bool(overtaken)),
        overtaken=overtaken,
        hunks=_differences(form, table) if overtaken else [],
        news=news_of(form.id, table.fields),
    )


def _differences(form: Form, table: FieldTable) -> list[list[Line]]:
    """What saving the table would change of the fields that are saved now."""
    saved = table_of(form_config(form))
    texts = (write({"fields": [row.document() for row in each.rows]}) for each in (saved, table))
    return difference(*texts)


def _new_page(table: FieldTable, search: Search, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "studio/form_new.html",
        table=table,
        search=search,
        errors=errors or {},
        types=field_types(),
        name=request.form.get("name", ""),
        key=request.form.get("key", ""),
    )
