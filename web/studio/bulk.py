"""Deciding about many runs at once: an order, its progress, and its brakes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.deciding.plan import Plan
from engine.deciding.plan import load as load_plan
from engine.delivery.bulk import fitting, order, steer
from engine.delivery.levers import CHOSEN, NotNow, Verb
from engine.storage.bulk import latest_items, order_by_public_id, orders_page, progress_of
from engine.storage.forms import live_revision
from engine.storage.model_bulk import BulkOrder, BulkState
from engine.storage.models import Run
from engine.storage.runs_list import Choice, chosen_runs, count_runs, listed_runs
from web.acting import actor
from web.database import db
from web.sentences import translated
from web.studio.filters import Filters, filters
from web.studio.finding import found, page_number
from web.studio.planning import Unplanned, replay_preview

SHOWN = 10

blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")


@blueprint.get("")
def index() -> str:
    session = db.session()
    page = orders_page(session, page_number())
    progress = progress_of(session, [each.id for each in page.rows])
    return render_template("studio/bulk.html", page=page, progress=progress)


@blueprint.get("/_new")
def new() -> str:
    return _new_page()


@blueprint.post("/_new/plan")
def plan() -> str:
    """The same page with a sample of what would happen. Not a GET: it may ask the CRM."""
    runs = _chosen(1)
    if not runs:
        return _new_page()
    try:
        return _new_page(sample=runs[0], sample_plan=_plan_of(_verb(), runs[0]))
    except Unplanned as error:
        return _new_page(problem=translated(error))


@blueprint.post("/_new")
def create() -> Any:
    session, narrowed = db.session(), filters()
    if narrowed.mistakes:
        return _new_page(), 422
    try:
        made = order(session, _verb(), _choice(narrowed), actor())
    except NotNow as error:
        session.rollback()
        return _new_page(problem=translated(error)), 409
    session.commit()
    return redirect(url_for(".show", public_id=made.public_id), 303)


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    session = db.session()
    shown = _order(public_id)
    return render_template(
        "studio/bulk_order.html",
        order=shown,
        progress=progress_of(session, [shown.id])[shown.id],
        items=latest_items(session, shown.id, SHOWN),
        moving=shown.state == BulkState.GOING,
    )


@blueprint.post("/<public_id>/<any(pause, resume, stop):move>")
def move(public_id: str, move: str) -> Any:
    session = db.session()
    try:
        steer(session, _order(public_id).id, move, actor())
        session.commit()
    except NotNow as error:
        session.rollback()
        flash(_("Nothing was changed: %(problem)s.", problem=translated(error)), "bad")
    return redirect(url_for(".show", public_id=public_id), 303)


def _order(public_id: str) -> BulkOrder:
    return found(order_by_public_id(db.session(), public_id))


def _verb() -> Verb:
    verb = request.values.get("verb", Verb.RETRY)
    return Verb(verb) if verb in set(Verb) else abort(400)


def _choice(narrowed: Filters) -> Choice:
    """The runs that the address or the form asks for."""
    asked = request.values
    states = [state for state in asked.getlist("state") if state in CHOSEN[_verb()]]
    reason = asked.get("reason", "").strip() or None
    return Choice(states=states, reason=reason, **narrowed.values)


def _chosen(count: int) -> list[Run]:
    narrowed = filters()
    if narrowed.mistakes:
        return []
    return list(chosen_runs(db.session(), fitting(_verb(), _choice(narrowed)), limit=count))


def _plan_of(verb: Verb, run: Run) -> Plan | None:
    """What would be carried out for this run; None when nothing would. Raises Unplanned."""
    if verb is Verb.REPLAY:
        return replay_preview(run, live_revision(db.session(), run.module_id)).plan
    if run.plan is not None:
        return load_plan(run.plan)
    return replay_preview(run, run.revision).plan


def _new_page(**shown: Any) -> str:
    session, verb, narrowed = db.session(), _verb(), filters()
    choice = fitting(verb, _choice(narrowed))
    unclear = bool(narrowed.mistakes)
    return render_template(
        "studio/bulk_new.html",
        verb=verb,
        verbs=list(Verb),
        states=sorted(CHOSEN[verb]),
        asked=request.values,
        filters=narrowed,
        chosen_states=request.values.getlist("state"),
        count=0 if unclear else count_runs(session, choice),
        runs=() if unclear else listed_runs(session, choice, limit=SHOWN),
        **{"sample": None, "sample_plan": None, "problem": "", **shown},
    )
