"""The Logic tab: a module's rules in rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user

from engine.deciding.advice import shapes_of
from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.module import ModuleConfig, load_module
from engine.delivery.configs import form_config
from engine.storage.drafts import Overtaken, Seen, save_draft
from engine.storage.forms import NoSuchThing
from engine.storage.models import Module
from engine.storage.modules import beside
from rules.checking import Issue
from web.acting import note
from web.database import db
from web.sentences import translated
from web.studio.fields_seen import fields_seen, submissions_seen
from web.studio.findings import Findings, answers_of, conclusion, findings, truths
from web.studio.logic_form import LogicForm, form_of, outline_in
from web.studio.module_pages import document_in, mistakes_of, module_of, overtaken, page, seen
from web.studio.outline import Outline, outline_of, rule_spans
from web.studio.planning import CHOICES, chosen_of
from web.studio.rule_lines import groups_for, lines_of, pressed, refuse_foreign
from web.yaml_text import Mistake

blueprint = Blueprint("logic", __name__, url_prefix="/forms/<form_key>/modules/<key>/logic")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The tab as a person has it before them, after the button ``act``. ``at`` is the part to go on with."""

    module: Module
    parts: Outline
    found: Findings
    seen: Seen | None = None
    act: str = ""
    at: int | None = None
    changed: bool = False
    refused: bool = False
    strict: bool = False

    @property
    def errors(self) -> Mapping[int, list[Issue]]:
        """Those to be told: what is merely not said yet only to whom asks, or wants to save."""
        return self.found.errors if self.strict or not self.found.unfinished else {}


@blueprint.get("")
def show(form_key: str, key: str) -> str:
    module = module_of(form_key, key)
    parts = outline_of(_config(module).active.rules)
    return _page(Sheet(module, parts, _findings(module, parts)), [])


@blueprint.post("")
def save(form_key: str, key: str) -> Any:
    """What the buttons of the tab do; only saving leaves anything behind."""
    module, entered, do = module_of(form_key, key), LogicForm(), request.form.get("do", "save")
    parts = outline_in(entered)
    if parts is None:
        abort(400)
    refuse_foreign(parts, outline_of(_config(module).active.rules))
    if do == "save":
        return _save(module, parts)
    parts, at = pressed(parts, do)
    sheet = Sheet(
        module,
        parts,
        _findings(module, parts),
        seen(),
        act=do.rpartition("-")[0],
        at=at,
        changed=True,
        strict=do == "check",
    )
    return _page(sheet, [])


def _save(module: Module, parts: Outline) -> Any:
    found = _findings(module, parts)
    sheet = Sheet(
        module, parts, found, seen(), changed=True, refused=bool(found.errors), strict=True
    )
    if found.rules is None:
        return _page(sheet, []), 422
    try:
        config = load_module(_with_rules(_document(module), found.rules))
        draft = save_draft(db.session(), module, config, seen(), author=current_user.email)
    except Overtaken:
        mistakes = [Mistake("", None, overtaken(module))]
        return _page(Sheet(module, parts, found, changed=True), mistakes), 409
    except (DocumentMistakes, NoSuchThing) as error:
        return _page(sheet, mistakes_of(error)), 422
    note("save draft", "module", f"{module.form.key}/{module.key}", part="logic")
    db.session.commit()
    if draft is None:
        flash(_("This is what the live revision says, so there is no draft."), "good")
    else:
        flash(_("The draft is saved. It counts when it is published."), "good")
    chosen = request.form.get("submission") or None
    address = url_for(".show", form_key=module.form.key, key=module.key, submission=chosen)
    return redirect(address, 303)


def _document(module: Module) -> Mapping[str, Any]:
    return document_in(module, "draft" if module.draft else "live")


def _config(module: Module) -> ModuleConfig:
    """The draft, else the live module. Raises DocumentMistakes for a draft of a time with other rules."""
    return load(ModuleConfig, _document(module))


@blueprint.errorhandler(DocumentMistakes)
def _unreadable(error: DocumentMistakes) -> Any:
    """The text can be mended where it is shown as text."""
    flash(_("The draft cannot be shown in rows: %(problem)s", problem=translated(error)), "bad")
    return redirect(url_for("studio.modules.show", **(request.view_args or {})), 303)


def _with_rules(document: Mapping[str, Any], rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {**document, "active": {**document.get("active", {}), "rules": rules}}


def _findings(module: Module, parts: Outline) -> Findings:
    seen_names = fields_seen(module.form_id).keys()
    return findings(parts, shapes_of(form_config(module.form), seen_names))


def _page(sheet: Sheet, mistakes: list[Mistake]) -> str:
    module, parts, found = sheet.module, sheet.parts, sheet.found
    submissions = submissions_seen(module.form_id)[:CHOICES]
    chosen = chosen_of(submissions, request.values.get("submission", ""))
    answers = answers_of(chosen, module, _config(module), parts) if chosen else None
    groups = groups_for(module, beside(db.session(), module))
    return page(
        "module_logic",
        module,
        mistakes=mistakes,
        sheet=sheet,
        address=url_for("studio.logic.show", form_key=module.form.key, key=module.key),
        errors=sheet.errors,
        known=sheet.seen,
        entered=form_of(parts),
        lines=lines_of(parts, groups),
        groups=groups,
        truths=list(truths(parts, answers)) if answers is not None else [],
        verdict=conclusion(found.rules, answers) if found.rules and answers is not None else None,
        submissions=submissions,
        chosen=chosen,
        spans={positions.start: positions for positions in rule_spans(parts)},
    )
