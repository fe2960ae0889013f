"""The switchboard: every form, module and rule, whether it is on, and who said so last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.deciding.module import Active
from engine.delivery.configs import form_config, module_config
from engine.storage import drafts
from engine.storage.drafts import Overtaken
from engine.storage.forms import form_by_key, live_revision, save_form
from engine.storage.model_audit import AuditEntry
from engine.storage.models import Form, Module, Revision
from engine.storage.modules import module_with_form
from engine.storage.switches import (
    OFF,
    ON,
    forms_page,
    last_switches,
    live_revisions,
    modules_by_form,
)
from rules.builder import sentence
from rules.sets import VERBS, is_off, key_of, sentence_of_set
from web.acting import note
from web.database import db
from web.sentences import say
from web.studio.finding import found, local_address, page_number
from web.studio.module_pages import shut

MOST_WHY = 500

blueprint = Blueprint("switchboard", __name__, url_prefix="/switchboard")


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that is on or off. ``now`` is what that means, ``then`` what the other would.

    ``last`` is who switched it as it is, when that is known. ``bar`` says why it cannot be
    switched on yet.
    """

    noun: str
    target: str
    title: str
    on: bool
    now: str
    then: str
    address: str
    last: AuditEntry | None
    bar: str = ""


@dataclass(frozen=True, slots=True)
class ModuleRow:
    module: Module
    revision: Revision
    switch: Switch
    rules: tuple[tuple[str, Switch], ...]  # by their keys


@dataclass(frozen=True, slots=True)
class FormRow:
    form: Form
    switch: Switch
    modules: tuple[ModuleRow, ...]


@blueprint.get("")
def index() -> str:
    session, wanted = db.session(), request.args.get("search", "").strip()
    page = forms_page(session, wanted, page_number())
    modules = modules_by_form(session, [form.id for form in page.rows])
    live = _live(session, [one.id for some in modules.values() for one in some])
    board = [(form, modules.get(form.id, ())) for form in page.rows]
    lasts = last_switches(session, list(_targets(board, live)))
    return render_template(
        "studio/switchboard.html",
        page=page,
        rows=[_form_row(form, some, live, lasts) for form, some in board],
        wanted=wanted,
    )


@blueprint.post("/<form_key>")
def switch_form(form_key: str) -> Response:
    session = db.session()
    form, why = found(form_by_key(session, form_key)), _why()
    if why:
        on = _on()
        save_form(session, form_config(form).model_copy(update={"enabled": on}))
        note(ON if on else OFF, "form", form_key, why=why)
        session.commit()
    return _back(form_key)


@blueprint.post("/<form_key>/<key>")
def switch_module(form_key: str, key: str) -> Response:
    session = db.session()
    module, why = found(module_with_form(session, form_key, key)), _why()
    on = _on()
    if on and (reason := shut(module.connection)):
        flash(reason, "bad")
    elif why:
        drafts.switch_module(session, module, on=on, author=current_user.email, comment=why)
        note(ON if on else OFF, "module", f"{form_key}/{key}", why=why)
        session.commit()
    return _back(form_key)


@blueprint.post("/<form_key>/<key>/rules")
def switch_rule(form_key: str, key: str) -> Response:
    session, rule = db.session(), request.form.get("rule", "")
    module, why = found(module_with_form(session, form_key, key)), _why()
    if not why:
        return _back(form_key)
    on, revision = _on(), request.form.get("revision", 0, type=int)
    try:
        drafts.switch_rule(
            session,
            module,
            rule,
            on=on,
            revision=revision,
            author=current_user.email,
            comment=why,
        )
    except Overtaken:
        flash(_("The module was changed meanwhile: look again, then switch."), "bad")
        return _back(form_key)
    after = live_revision(session, module.id).number
    note(ON if on else OFF, "rule", f"{form_key}/{key}#{rule}", why=why, revision=after)
    session.commit()
    flash(_("Revision %(number)s is live.", number=after), "good")
    return _back(form_key)


def _on() -> bool:
    return request.form.get("on") == "yes"


def _why() -> str:
    """What the person gave as their reason. Without one nothing is switched."""
    why = request.form.get("why", "").strip()[:MOST_WHY]
    if not why:
        flash(_("Not switched: say why, for those who will wonder."), "bad")
    return why


def _back(form_key: str) -> Response:
    """Back to where the switch was."""
    back = local_address(request.form.get("back", "")) or url_for(".index")
    return redirect(f"{back}#form-{form_key}", 303)


_Live = Mapping[int, tuple[Revision, Active]]
"""Module id to its live revision, with what that says of when the module is active."""


def _live(session: Session, module_ids: Sequence[int]) -> _Live:
    revisions = live_revisions(session, module_ids)
    return {id: (one, module_config(one).active) for id, one in revisions.items()}


def _targets(
    board: Sequence[tuple[Form, Sequence[Module]]], live: _Live
) -> Iterator[tuple[str, str]]:
    """What `last_switches` is asked about."""
    for form, modules in board:
        yield "form", form.key
        for module in modules:
            yield "module", f"{form.key}/{module.key}"
            for rule in live[module.id][1].rules:
                yield "rule", f"{form.key}/{module.key}#{key_of(rule)}"


_Lasts = Mapping[tuple[str, str], AuditEntry]


def _form_row(form: Form, modules: Sequence[Module], live: _Live, lasts: _Lasts) -> FormRow:
    words = _words(get_locale().language)
    taken, refused = words["taken"], words["refused"]
    switch = Switch(
        "form",
        form.key,
        form.name,
        form.enabled,
        now=taken if form.enabled else refused,
        then=refused if form.enabled else taken,
        address=url_for(".switch_form", form_key=form.key),
        last=_last(lasts, "form", form.key, form.enabled),
    )
    rows = tuple(_module_row(form, one, *live[one.id], lasts) for one in modules)
    return FormRow(form, switch, rows)


# Kept by language: every row says the same again.
@cache
def _words(_language: str) -> Mapping[str, str]:
    return {
        "taken": _("Its address takes submissions."),
        "refused": _("Its address refuses submissions, so no module runs."),
        "passed": _("Submissions pass it by; runs that began go on."),
        "activate": _("Activate if"),
        "deactivate": _("Deactivate if"),
        "hold": _("Hold if"),
    }


def _module_row(
    form: Form, module: Module, revision: Revision, active: Active, lasts: _Lasts
) -> ModuleRow:
    target = f"{form.key}/{module.key}"
    runs = sentence_of_set(active.rules, say)
    passed = _words(get_locale().language)["passed"]
    switch = Switch(
        "module",
        target,
        module.name,
        module.enabled,
        now=runs if module.enabled else passed,
        then=passed if module.enabled else runs,
        address=url_for(".switch_module", form_key=form.key, key=module.key),
        last=_last(lasts, "module", target, module.enabled),
        bar="" if module.enabled else shut(module.connection),
    )
    rules = tuple(_rule_switches(form, module, active, lasts))
    return ModuleRow(module, revision, switch, rules)


def _rule_switches(
    form: Form, module: Module, active: Active, lasts: _Lasts
) -> Iterator[tuple[str, Switch]]:
    words = _words(get_locale().language)
    for rule in active.rules:
        key, on = key_of(rule), not is_off(rule)
        verb = next(word for word in rule if word in VERBS)
        target = f"{form.key}/{module.key}#{key}"
        yield (
            key,
            Switch(
                "rule",
                target,
                f"{words[verb]} {sentence(rule[verb], say)}",
                on,
                now="" if on else _("It counts as not there."),
                then=sentence_of_set(active.switched(key, on=not on).rules, say),
                address=url_for(".switch_rule", form_key=form.key, key=module.key),
                last=_last(lasts, "rule", target, on),
            ),
        )


def _last(lasts: _Lasts, noun: str, target: str, on: bool) -> AuditEntry | None:
    """The last switching, unless it was undone since in another way, such as by an import."""
    entry = lasts.get((noun, target))
    return entry if entry is not None and (entry.act == ON) == on else None
