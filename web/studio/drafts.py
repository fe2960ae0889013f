"""A module's draft on its way to be a revision, and the revisions there were."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user

from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.storage.drafts import Overtaken, discard_draft, publish, save_draft
from engine.storage.forms import NoSuchThing, named_connection
from engine.storage.models import Module
from engine.storage.modules import revisions_of
from web.acting import note
from web.database import db
from web.sentences import translated
from web.studio.cases import Checked, accept, checked
from web.studio.diffs import difference
from web.studio.finding import found
from web.studio.module_pages import (
    document_in,
    mistakes_of,
    module_of,
    overtaken,
    page,
    seen,
    shut,
)
from web.studio.planning import Effect, Unplanned, effects
from web.studio.reading import reading_of
from web.yaml_text import Mistake, write

TRIED = 5
MOST_COMMENT = 500

blueprint = Blueprint("drafts", __name__, url_prefix="/forms/<form_key>/modules/<key>")


@blueprint.get("/history")
def history(form_key: str, key: str) -> str:
    return _history(module_of(form_key, key), [])


@blueprint.get("/compare")
def compare(form_key: str, key: str) -> str:
    module = module_of(form_key, key)
    before, after = request.args.get("before", "live"), request.args.get("after", "draft")
    return page(
        "module_compare",
        module,
        before=before,
        after=after,
        revisions=revisions_of(db.session(), module.id),
        hunks=difference(write(document_in(module, before)), write(document_in(module, after))),
    )


@blueprint.get("/publish")
def confirm(form_key: str, key: str) -> str:
    return _confirm(module_of(form_key, key), [])


@blueprint.post("/publish/effect")
def effect(form_key: str, key: str) -> str:
    """The same page, with what the draft would do to the latest submissions."""
    module = module_of(form_key, key)
    found(module.draft)
    try:
        told = effects(module, TRIED)
    except Unplanned as error:
        return _confirm(module, [], problem=translated(error))
    return _confirm(module, [], told=told)


@blueprint.post("/publish")
def publish_draft(form_key: str, key: str) -> Any:
    session, module = db.session(), module_of(form_key, key)
    comment = request.form.get("comment", "").strip()[:MOST_COMMENT]
    if reason := _kept_off(module):
        return _confirm(module, [Mistake("/active/enabled", None, reason)]), 422
    outcome, accepted = checked(module) if module.draft else None, _accepted()
    if outcome and not accepted.issuperset(outcome.differing):
        return _confirm(module, [], outcome=outcome), 409
    try:
        revision = publish(session, module, seen(), author=current_user.email, comment=comment)
    except Overtaken:
        return _confirm(module, [Mistake("", None, overtaken(module))]), 409
    except (DocumentMistakes, NoSuchThing) as error:
        return _confirm(module, mistakes_of(error)), 422
    if outcome:
        accept(module, outcome, accepted)
    note("publish", "module", f"{form_key}/{key}", revision=revision.number)
    session.commit()
    flash(_("Revision %(number)s is live.", number=revision.number), "good")
    return _back(form_key, key)


@blueprint.post("/draft/discard")
def discard(form_key: str, key: str) -> Any:
    session, module = db.session(), module_of(form_key, key)
    try:
        discard_draft(session, module, seen())
    except Overtaken:
        return _history(module, [Mistake("", None, overtaken(module))]), 409
    note("discard draft", "module", f"{form_key}/{key}")
    session.commit()
    flash(_("The draft is discarded."), "good")
    return _back(form_key, key)


@blueprint.post("/draft/restore")
def restore(form_key: str, key: str) -> Any:
    session, module = db.session(), module_of(form_key, key)
    number = request.form.get("restored", "")
    try:
        config = load_module(document_in(module, number))
        draft = save_draft(session, module, config, seen(), author=current_user.email)
    except Overtaken:
        return _history(module, [Mistake("", None, overtaken(module))]), 409
    except (DocumentMistakes, NoSuchThing) as error:
        return _history(module, mistakes_of(error)), 422
    note("restore", "module", f"{form_key}/{key}", revision=number)
    session.commit()
    if draft is None:
        flash(_("This is what the live revision says, so there is no draft."), "good")
    else:
        flash(_("The draft says now what revision %(number)s said.", number=number), "good")
    return _back(form_key, key)


def _kept_off(module: Module) -> str:
    """Why the draft may not switch the module on; empty when it may, or does not."""
    if module.draft is None or module.enabled:
        return ""
    try:
        config = load_module(module.draft.document)
        connection = named_connection(db.session(), config)
    except (DocumentMistakes, NoSuchThing):
        return ""  # publishing tells
    return shut(connection) if config.active.enabled else ""


def _accepted() -> set[str]:
    """The cases whose differences the person has seen and agreed to."""
    return set(request.form.getlist("differing")) if request.form.get("accepted") else set()


def _history(module: Module, mistakes: list[Mistake]) -> str:
    revisions = revisions_of(db.session(), module.id)
    return page("module_history", module, revisions=revisions, mistakes=mistakes)


def _confirm(
    module: Module,
    mistakes: list[Mistake],
    *,
    told: list[Effect] | None = None,
    problem: str = "",
    outcome: Checked | None = None,
) -> str:
    hunks, reading = [], None
    if module.draft:
        text = write(document_in(module, "draft"))
        hunks = difference(write(document_in(module, "live")), text)
        reading, outcome = reading_of(module, text), outcome or checked(module)
    return page(
        "module_publish",
        module,
        mistakes=mistakes,
        hunks=hunks,
        effects=told,
        problem=problem,
        outcome=outcome,
        reading=reading,
        unconfirmed=request.method == "POST" and bool(outcome and outcome.differing),
        tried=TRIED,
        comment=request.form.get("comment", ""),
    )


def _back(form_key: str, key: str) -> Any:
    return redirect(url_for("studio.modules.show", form_key=form_key, key=key), 303)
