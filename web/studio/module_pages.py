"""What every page of a module shows and asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, g, render_template, request
from flask_babel import gettext as _
from flask_security import current_user

from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import ModuleConfig
from engine.storage.connections import all_connections, is_authorised
from engine.storage.drafts import Seen, save_draft
from engine.storage.forms import NoSuchThing, live_revision
from engine.storage.models import Connection, Module, Revision
from engine.storage.modules import module_with_form, revision_by_number
from web.acting import note
from web.database import SAFE_METHODS, db
from web.instance import instance
from web.sentences import translated
from web.studio.diffs import changes_between
from web.studio.finding import found
from web.yaml_text import Mistake, write


def module_of(form_key: str, key: str) -> Module:
    return found(module_with_form(db.session(), form_key, key))


def live_of(module: Module) -> Revision:
    """As `live_revision`, read once for a request that changes nothing: several parts of a page ask."""
    if request.method not in SAFE_METHODS:
        return live_revision(db.session(), module.id)
    known: dict[int, Revision] = g.setdefault("live_revisions", {})
    if module.id not in known:
        known[module.id] = live_revision(db.session(), module.id)
    return known[module.id]


def page(template: str, module: Module, **shown: Any) -> str:
    """One of a module's pages, under their common head."""
    live, draft = live_of(module), module.draft
    usual = {
        "module": module,
        "form": module.form,
        "live": live,
        "draft": draft,
        "seen": Seen(live.number, draft.saved_at if draft else None),
        "shut": shut(module.connection),
        "changed": changes_between(write(live.document), write(draft.document)) if draft else 0,
    }
    return render_template(f"studio/{template}.html", **usual | shown)


def shut(connection: Connection) -> str:
    """Why no module of ``connection`` can be switched on yet; empty when one can."""
    if is_authorised(connection, instance().vault):
        return ""
    return _(
        "Connect %(connection)s first: its CRM does not let Formwire in.",
        connection=connection.name,
    )


def seen() -> Seen:
    """What the person had before them, as the page that sends this says."""
    try:
        draft_at = datetime.fromisoformat(request.form.get("draft_at", ""))
    except ValueError:
        draft_at = None
    return Seen(request.form.get("revision", 0, type=int), draft_at)


def overtaken(module: Module) -> str:
    """Why a change is not made, for the person who made it."""
    session = db.session()
    session.expire(module, ["draft"])
    live, draft = live_revision(session, module.id), module.draft
    if seen().revision != live.number or (draft and draft.base != live.number):
        return _(
            "revision %(number)s was saved meanwhile; compare, then save again", number=live.number
        )
    if draft:
        return _("%(author)s changed the draft meanwhile", author=draft.author)
    return _("the draft was discarded meanwhile")


def keep_draft(module: Module, config: ModuleConfig) -> bool:
    """Save ``config`` as the draft; False when it is what the live revision says already.

    Raises Overtaken, NoSuchThing.
    """
    draft = save_draft(db.session(), module, config, seen(), author=current_user.email)
    note("save draft", "module", f"{module.form.key}/{module.key}")
    db.session().commit()
    if draft is None:
        flash(_("This is what the live revision says, so there is no draft."), "good")
    return draft is not None


def mistakes_of(error: DocumentMistakes | NoSuchThing) -> list[Mistake]:
    """What is wrong with a document that has no text before a person."""
    if isinstance(error, DocumentMistakes):
        return [Mistake(issue.path, None, issue.message) for issue in error.issues]
    known = ", ".join(connection.key for connection in all_connections(db.session())) or "–"
    message = _("%(problem)s; there are: %(known)s", problem=translated(error), known=known)
    return [Mistake("/connection", None, message)]


def document_in(module: Module, name: str) -> Mapping[str, Any]:
    """The document of the module that ``name`` means: live, draft, or a revision's number."""
    if name == "draft":
        return found(module.draft).document
    if name == "live":
        return live_of(module).document
    return found(_numbered(module, name)).document


def _numbered(module: Module, name: str) -> Revision | None:
    return (
        revision_by_number(db.session(), module.id, int(name)) if _NUMBER.fullmatch(name) else None
    )


_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
