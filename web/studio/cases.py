"""Saved cases: what a module must make of a submission, kept and compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from connectors.errors import ConnectorError, SettingsError
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.delivery.cases import CaseDiff, add_case, check_cases
from engine.storage.cases import expect, remove_case
from engine.storage.model_cases import LONGEST_NAME
from engine.storage.models import Module
from engine.storage.secrets import SecretsUnreadable
from engine.storage.submissions import submission_by_public_id
from web.acting import note, note_apart
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.diffs import Line, difference
from web.studio.finding import found
from web.studio.module_pages import document_in, module_of

blueprint = Blueprint("cases", __name__, url_prefix="/forms/<form_key>/modules/<key>/cases")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the draft makes of each saved case. ``problem`` says why that cannot be told."""

    cases: list[CaseDiff]
    problem: str = ""

    @property
    def differing(self) -> list[str]:
        """The names of the cases that differ."""
        return [case.name for case in self.cases if case.differs]

    def hunks(self, case: CaseDiff) -> list[list[Line]]:
        """How the plan of ``case`` changes."""
        return difference(case.expected, case.planned)


def checked(module: Module) -> Checked:
    """The module's draft compared with its saved cases. Asks no CRM."""
    try:
        return Checked(check_cases(instance(), module, load_module(document_in(module, "draft"))))
    except (DocumentMistakes, SettingsError) as error:
        return Checked([], problem=translated(error))


def accept(module: Module, outcome: Checked, names: Collection[str]) -> None:
    """Expect of the cases ``names`` what the draft makes of them from now on."""
    for case in outcome.cases:
        if case.name in names:
            expect(db.session(), module.id, case.name, case.planned)


@blueprint.post("")
def save(form_key: str, key: str) -> Response:
    """Keep what the module makes of a submission today. Asks the CRM, as the preview did."""
    module, name = module_of(form_key, key), request.form.get("name", "").strip()
    public_id = request.form.get("submission", "")
    submission = found(submission_by_public_id(db.session(), public_id))
    found(submission if submission.form.id == module.form_id else None)
    if not 0 < len(name) <= LONGEST_NAME:
        flash(_("A case needs a name of at most %(count)s letters.", count=LONGEST_NAME), "bad")
        return _back(form_key, key, public_id)
    which = "draft" if request.form.get("which") == "draft" and module.draft else "live"
    try:
        config = load_module(document_in(module, which))
        db.session.commit()  # no transaction may stay open while the CRM is asked
        add_case(instance(), module, config, submission, name)
    except (ConnectorError, SecretsUnreadable, DocumentMistakes) as error:
        flash(_("The case is not saved: %(problem)s", problem=translated(error)), "bad")
    else:
        note_apart("save", "case", f"{form_key}/{key}: {name}")
        flash(_("Saved as the case “%(name)s”.", name=name), "good")
    return _back(form_key, key, public_id)


@blueprint.post("/remove")
def remove(form_key: str, key: str) -> Response:
    session, module = db.session(), module_of(form_key, key)
    name = request.form.get("name", "")
    if not remove_case(session, module.id, name):
        abort(404)
    note("remove", "case", f"{form_key}/{key}: {name}")
    session.commit()
    flash(_("The case “%(name)s” is removed.", name=name), "good")
    return _back(form_key, key, "")


def _back(form_key: str, key: str, submission: str) -> Response:
    address = url_for(
        "studio.previews.show", form_key=form_key, key=key, submission=submission or None
    )
    return redirect(address, 303)
