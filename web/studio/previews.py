"""A module's preview: what it would do to the CRM with a submission, before it does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, request
from flask_babel import gettext as _

from engine.deciding.bodies import LimitExceeded
from engine.deciding.reading import read_body
from engine.delivery.preview import Sample, made_up, sample_of
from engine.storage.cases import cases_of
from engine.storage.model_cases import SavedCase
from engine.storage.models import Module, Submission
from engine.storage.seen_fields import Recent
from web.database import db
from web.sentences import translated
from web.studio.module_pages import document_in, module_of, page
from web.studio.planning import Unplanned, as_if_on, is_on, latest, previews

blueprint = Blueprint("previews", __name__, url_prefix="/forms/<form_key>/modules/<key>/preview")


@blueprint.get("")
def show(form_key: str, key: str) -> str:
    return _page(module_of(form_key, key), request.args.get("submission", ""))


@blueprint.post("")
def plan(form_key: str, key: str) -> Any:
    """Not a GET: it asks the CRM about whomever the sample names."""
    module = module_of(form_key, key)
    chosen = request.form.get("submission", "")
    try:
        sample = _sample(module, chosen)
        document = document_in(module, _which(module))
        (made,) = previews(module, as_if_on(document), [sample])
    except Unplanned as error:
        return _page(module, chosen, problem=str(error))
    return _page(module, chosen, made=made, off=not is_on(document))


def _sample(module: Module, chosen: str) -> Sample:
    pasted = request.form.get("sample", "").strip()
    if chosen:
        one = next((one for one in _choices(module) if one.public_id == chosen), None)
        if one is None:
            abort(404)
        return sample_of(one)
    if not pasted:
        raise Unplanned(_("Choose a submission, or paste a sample."))
    raw = pasted.encode(errors="replace")
    try:
        problem = read_body(raw).problem
    except LimitExceeded as error:
        problem = str(error)
    if problem:
        raise Unplanned(_("The sample cannot be read: %(problem)s", problem=translated(problem)))
    return made_up(module.form, raw)


def _choices(module: Module) -> list[Submission | Recent]:
    """The latest submissions, then those of saved cases that are older."""
    return _offered(module, cases_of(db.session(), module.id))


def _offered(module: Module, cases: Sequence[SavedCase]) -> list[Submission | Recent]:
    saved: list[Submission | Recent] = [case.submission for case in cases]
    return list({one.id: one for one in [*latest(module), *saved]}.values())


def _which(module: Module) -> str:
    """The draft while there is one, unless the live revision is asked for."""
    which = request.form.get("which", "draft")
    return "draft" if which == "draft" and module.draft else "live"


def _page(module: Module, chosen: str, **shown: Any) -> str:
    cases = cases_of(db.session(), module.id)
    return page(
        "module_preview",
        module,
        submissions=_offered(module, cases),
        cases=cases,
        chosen=chosen,
        which=_which(module),
        sample=request.form.get("sample", ""),
        **{"made": None, "problem": "", **shown},
    )
