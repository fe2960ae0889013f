"""A module: its document, its draft and its switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.deciding.module import load_module
from engine.storage.connections import all_connections, spec_for
from engine.storage.drafts import Overtaken, switch_module
from engine.storage.forms import (
    NoSuchThing,
    form_by_key,
    form_config,
    module_by_key,
    named_connection,
    save_module,
)
from engine.storage.models import Form, Module
from web.acting import note
from web.database import db
from web.studio.finding import found, suggested_key
from web.studio.macro_list import macros_of
from web.studio.module_pages import (
    document_in,
    keep_draft,
    live_of,
    mistakes_of,
    module_of,
    overtaken,
    page,
    shut,
)
from web.studio.reading import reading_of
from web.studio.starters import new_module
from web.yaml_text import Mistake, TextMistakes, read, write

blueprint = Blueprint("modules", __name__, url_prefix="/forms/<form_key>/modules")


@blueprint.get("/<key>")
def show(form_key: str, key: str) -> str:
    """The draft, else the live revision; or the old revision that the address asks for."""
    module = module_of(form_key, key)
    number = request.args.get("revision", type=int)
    if number is None or number == module.revisions[-1].number:
        return _editor(module, write(document_in(module, "draft" if module.draft else "live")), [])
    old = next((each for each in module.revisions if each.number == number), None)
    return page("module_old", module, old=found(old), text=write(found(old).document))


@blueprint.post("/<key>")
def save(form_key: str, key: str) -> Any:
    module, text = module_of(form_key, key), request.form.get("text", "")
    try:
        kept = keep_draft(module, read(text, load_module, {"form": form_key, "module": key}))
    except TextMistakes as error:
        return _editor(module, text, error.mistakes), 422
    except NoSuchThing as error:
        return _editor(module, text, mistakes_of(error)), 422
    except Overtaken:
        return _editor(module, text, [Mistake("", None, overtaken(module))]), 409
    on = kept and request.form.get("then") == "publish"
    next_page = "studio.drafts.confirm" if on else ".show"
    return redirect(url_for(next_page, form_key=form_key, key=key), 303)


@blueprint.post("/<key>/switch")
def switch(form_key: str, key: str) -> Response:
    session, module = db.session(), module_of(form_key, key)
    on = request.form.get("on") == "yes"
    if on and (reason := shut(module.connection)):
        flash(reason, "bad")
    else:
        switch_module(session, module, on=on, author=current_user.email)
        note("switch on" if on else "switch off", "module", f"{form_key}/{key}")
        session.commit()
    return redirect(url_for(".show", form_key=form_key, key=key), 303)


@blueprint.get("/_new")
def new(form_key: str) -> str:
    return _new_page(found(form_by_key(db.session(), form_key)))


@blueprint.post("/_new")
def create(form_key: str) -> Any:
    """Make a module of what was chosen, or of a text."""
    session = db.session()
    form = found(form_by_key(session, form_key))
    text = request.form.get("text") or _begun(form)
    try:
        config = read(text, load_module, {"form": form_key})
        if module_by_key(session, form_key, config.module):
            taken = _("there is a module %(key)s already", key=config.module)
            raise TextMistakes([Mistake("/module", None, taken)])
        if config.active.enabled and (reason := shut(named_connection(session, config))):
            raise TextMistakes([Mistake("/active/enabled", None, reason)])
        save_module(session, config, author=current_user.email)
    except TextMistakes as error:
        return _new_page(form, text, error.mistakes), 422
    except NoSuchThing as error:
        return _new_page(form, text, mistakes_of(error)), 422
    note("publish", "module", f"{form_key}/{config.module}", revision=1)
    session.commit()
    tab = url_for("studio.editor.show", form_key=form_key, key=config.module, kind="contact")
    return redirect(tab, 303)


def _editor(module: Module, text: str, mistakes: list[Mistake]) -> str:
    return page(
        "module",
        module,
        text=text,
        mistakes=mistakes,
        reading=reading_of(module, text),
        macros=macros_of(module.form),
        merge_help=spec_for(module.connection).merge_help if _leaves_it_to_the_crm(module) else "",
    )


def _leaves_it_to_the_crm(module: Module) -> bool:
    """Whether the live module or its draft asks for the CRM's own duplicate control."""
    documents = [live_of(module).document]
    documents += [module.draft.document] if module.draft else []
    return any(
        document.get("deal", {}).get("duplicates", {}).get("control") == "crm"
        for document in documents
    )


def _begun(form: Form) -> str:
    """The text of a module as it was chosen: a name, and the connection it serves.

    The key is made of the name, or is the connection's.
    """
    name, connection = request.form.get("name", "").strip(), request.form.get("connection", "")
    key = suggested_key(name) or connection
    return write(new_module(form_config(form), connection, key, name))


def _new_page(form: Form, text: str = "", mistakes: Sequence[Mistake] = ()) -> str:
    known = all_connections(db.session())
    if not text and known:
        text = write(new_module(form_config(form), known[0].key, known[0].key))
    return render_template(
        "studio/module_new.html",
        form=form,
        text=text,
        mistakes=mistakes,
        connections=known,
        as_text="text" in request.form,
        name=request.form.get("name", ""),
        chosen=request.form.get("connection", ""),
    )
