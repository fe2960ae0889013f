"""The studio: where people wire forms to CRMs and read what happened to a lead."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask_babel import get_locale
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, NotFound

from engine.storage.base import now
from engine.storage.load_page import standing_of
from engine.storage.notices import standing_count
from web import circles, entrance, language, sentences
from web.database import db
from web.people import init_app as init_people
from web.studio import (
    account,
    audit,
    bulk,
    cases,
    channels,
    connecting,
    connections,
    drafts,
    drawn,
    exports,
    fields,
    formats,
    forms,
    home,
    invitations,
    load,
    logic,
    modules,
    navigation,
    notices,
    pages,
    people,
    previews,
    privacy,
    rights,
    runs,
    second_step,
    settings,
    signatures,
    submissions,
    switchboard,
    tokens,
    words,
)
from web.studio.editor import copy_pages as copying
from web.studio.editor import extra_pages as extras
from web.studio.editor import pages as editor

THEMES = ("light", "dark")
VERSION = version("formwire")

studio = Blueprint("studio", __name__)
_NOUNS = (
    home,
    forms,
    switchboard,
    fields,
    pages,
    signatures,
    modules,
    editor,
    extras,
    copying,
    drafts,
    logic,
    previews,
    cases,
    submissions,
    exports,
    runs,
    bulk,
    connections,
    load,
    connecting,
    notices,
    audit,
    people,
    invitations,
    tokens,
    privacy,
    channels,
    settings,
    account,
    second_step,
)
for _noun in _NOUNS:
    studio.register_blueprint(_noun.blueprint)
studio.before_request(rights.check)


def init_app(app: Flask) -> None:
    circles.init_app(app)
    language.init_app(app)
    sentences.init_app(app)
    init_people(app)
    formats.init_app(app)
    app.register_blueprint(studio)
    entrance.init_app(app)
    # Also for what is imported without a page's context.
    app.jinja_env.globals |= {"drawn": drawn, "navigation": navigation}
    app.context_processor(_layout)


def _layout() -> dict[str, Any]:
    """What the layout of every page needs."""
    theme = request.cookies.get("theme", "")
    return {
        "_": language.speech(),
        "Right": rights.Right,
        "act_words": words.act_words,
        "label_words": words.label_words,
        "language": get_locale().language,
        "languages": language.LANGUAGES,
        "kind_of": words.kind_of,
        "may": rights.may,
        "noun_words": words.noun_words,
        "notice_count": lambda: standing_count(db.session()),
        "role_words": words.role_words,
        "standing_of": lambda connection: standing_of(connection, now()),
        "state_of": words.state_of,
        "title_of": words.title_of,
        "version": VERSION,
        "theme": theme if theme in THEMES else "",
    }


@studio.errorhandler(NotFound)
def _not_found(_error: NotFound) -> tuple[str, int]:
    return render_template("studio/not_found.html"), 404


@studio.errorhandler(Forbidden)
def _forbidden(_error: Forbidden) -> tuple[str, int]:
    return render_template("studio/forbidden.html"), 403


@studio.errorhandler(CSRFError)
def _stale(_error: CSRFError) -> tuple[str, int]:
    return render_template("studio/stale.html"), 400
