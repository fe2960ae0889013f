"""A module: its document, its switch and its revisions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine.deciding.module import ModuleConfig, load_module
from engine.storage.forms import (
    NoSuchThing,
    form_by_key,
    live_revision,
    module_by_key,
    save_module,
)
from engine.storage.models import Connection, Form, Module, Revision
from engine.storage.modules import module_with_form, revisions_of, switch_module
from web.database import db
from web.studio.finding import found
from web.studio.starters import new_module
from web.yaml_text import Mistake, TextMistakes, read, write

blueprint = Blueprint("modules", __name__, url_prefix="/forms/<form_key>/modules")


@blueprint.get("/<key>")
def show(form_key: str, key: str) -> str:
    module = _module(form_key, key)
    shown = _shown_revision(module)
    return _page(module, write(shown.document), [], shown=shown)


@blueprint.post("/<key>")
def save(form_key: str, key: str) -> Any:
    session, module = db.session(), _module(form_key, key)
    text = request.form.get("text", "")
    newest = live_revision(session, module.id).number
    if request.form.get("revision", type=int) not in (None, newest):
        late = _("revision %(number)s was saved meanwhile; compare, then save again", number=newest)
        return _page(module, text, [Mistake("", None, late)]), 409
    try:
        config = read(text, load_module, {"form": form_key, "module": key})
        _save(config)
    except TextMistakes as error:
        return _page(module, text, error.mistakes), 422
    return redirect(url_for(".show", form_key=form_key, key=key), 303)


@blueprint.post("/<key>/switch")
def switch(form_key: str, key: str) -> Response:
    session, module = db.session(), _module(form_key, key)
    switch_module(session, module, on=request.form.get("on") == "yes", author=current_user.email)
    session.commit()
    return redirect(url_for(".show", form_key=form_key, key=key), 303)


@blueprint.get("/_new")
def new(form_key: str) -> str:
    form, connections = found(form_by_key(db.session(), form_key)), _connections()
    text = write(new_module(form.key, connections[0].key)) if connections else ""
    return _new_page(form, text, [])


@blueprint.post("/_new")
def create(form_key: str) -> Any:
    session, text = db.session(), request.form.get("text", "")
    form = found(form_by_key(session, form_key))
    try:
        config = read(text, load_module, {"form": form_key})
        if module_by_key(session, form_key, config.module):
            taken = _("there is a module %(key)s already", key=config.module)
            raise TextMistakes([Mistake("/module", None, taken)])
        _save(config)
    except TextMistakes as error:
        return _new_page(form, text, error.mistakes), 422
    return redirect(url_for(".show", form_key=form_key, key=config.module), 303)


def _save(config: ModuleConfig) -> None:
    """Save as a new revision. Raises TextMistakes when it names a connection that is not there."""
    try:
        save_module(db.session(), config, author=current_user.email)
    except NoSuchThing as error:
        known = ", ".join(connection.key for connection in _connections())
        message = _("%(problem)s; there are: %(known)s", problem=error, known=known or "–")
        raise TextMistakes([Mistake("/connection", None, message)]) from error
    db.session.commit()


def _module(form_key: str, key: str) -> Module:
    return found(module_with_form(db.session(), form_key, key))


def _shown_revision(module: Module) -> Revision:
    """The revision that the address asks for, else the live one."""
    number = request.args.get("revision", type=int)
    revisions = revisions_of(db.session(), module.id)
    return next((each for each in revisions if each.number == number), revisions[0])


def _connections() -> list[Connection]:
    return list(db.session.scalars(select(Connection).order_by(Connection.name)))


def _page(module: Module, text: str, mistakes: list[Mistake], shown: Revision | None = None) -> str:
    revisions = revisions_of(db.session(), module.id)
    return render_template(
        "studio/module.html",
        module=module,
        form=module.form,
        text=text,
        mistakes=mistakes,
        revisions=revisions,
        shown=shown or revisions[0],
    )


def _new_page(form: Form, text: str, mistakes: list[Mistake]) -> str:
    return render_template(
        "studio/module_new.html",
        form=form,
        text=text,
        mistakes=mistakes,
        connections=_connections(),
    )
