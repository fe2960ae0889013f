"""A run: what was planned, what was done, and why; and what a person decides about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from connectors.errors import ConnectorError
from engine.deciding import plan as plans
from engine.deciding.plan import Plan
from engine.delivery import bell, levers
from engine.delivery.adopting import adopt_told
from engine.delivery.configs import form_config
from engine.delivery.levers import ENDED, NotNow, Verb
from engine.storage.base import now
from engine.storage.models import ConnectionState, JournalStep, Run, RunState
from engine.storage.modules import revision_by_number, revisions_of
from engine.storage.run_pages import calls_of, remedy_of, run_by_public_id, timeline
from engine.storage.secrets import SecretsUnreadable
from web.acting import actor
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.finding import found
from web.studio.journey import journey
from web.studio.news import labels_in
from web.studio.planning import Unplanned, replay_preview
from web.studio.words import title_of

RETRIABLE = (RunState.WAITING, RunState.FAILED)
MOVING = (RunState.QUEUED, RunState.RUNNING)

blueprint = Blueprint("runs", __name__, url_prefix="/runs")


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    session = db.session()
    run = _run(public_id)
    plan = plans.load(run.plan) if run.plan else None
    asked = levers.asks_about(run)
    return render_template(
        "studio/run.html",
        run=run,
        plan=plan,
        labels={**labels_in(form_config(run.submission.form)), **run.submission.labels},
        journal={step.key: step for step in run.steps},
        journey=journey(timeline(session, run), run.steps, plan),
        calls=calls_of(session, run.id),
        remedy=remedy_of(session, run),
        asked=asked,
        asked_step=plan.step(asked.key) if plan and asked else None,
        open_steps=levers.open_steps(run),
        left_out={step.key: levers.left_out_with(run, step.key) for step in levers.open_steps(run)},
        approvable=levers.awaits_approval(run) and not asked,
        # Once a person has chosen in the CRM, a plan that waited for it is made anew.
        retriable=run.state in RETRIABLE
        or (run.state == RunState.HELD and not levers.awaits_approval(run) and not asked),
        about=_about(plan, asked, run.steps),
        titles=lambda steps: [_title(step, plan) for step in steps],
        replayable=run.state in ENDED,
        moving=_moves_soon(run),
    )


@blueprint.post("/<public_id>/retry")
def retry(public_id: str) -> Any:
    return _decide(public_id, Verb.RETRY)


@blueprint.post("/<public_id>/approve")
def approve(public_id: str) -> Any:
    return _decide(public_id, Verb.APPROVE)


@blueprint.post("/<public_id>/discard")
def discard(public_id: str) -> Any:
    return _decide(public_id, Verb.DISCARD)


@blueprint.post("/<public_id>/steps/<key>/adopt")
def adopt(public_id: str, key: str) -> Any:
    run = _run(public_id)
    told = request.form.get("record", "")
    db.session.commit()  # no transaction may stay open while the CRM is asked
    try:
        return _gone_on(adopt_told(instance(), run.id, key, told, actor()), public_id)
    except (ConnectorError, SecretsUnreadable) as error:
        problem = _("The CRM could not be asked: %(problem)s", problem=translated(error))
    except NotNow as error:
        problem = translated(error)
    return _refused(public_id, problem)


@blueprint.post("/<public_id>/steps/<key>/resend")
def resend(public_id: str, key: str) -> Any:
    return _act(public_id, lambda id: levers.resend(db.session(), id, key, actor()))


@blueprint.post("/<public_id>/steps/<key>/skip")
def skip(public_id: str, key: str) -> Any:
    return _act(public_id, lambda id: levers.skip(db.session(), id, key, actor()))


@blueprint.get("/<public_id>/again")
def choose_again(public_id: str) -> str:
    """Choose through which revision the submission runs again."""
    return _again_page(_run(public_id))


@blueprint.post("/<public_id>/again/plan")
def plan_again(public_id: str) -> str:
    """The same page with what would happen. Not a GET: it asks the CRM about a visitor."""
    run = _run(public_id)
    number = request.form.get("revision", type=int)
    revision = found(revision_by_number(db.session(), run.module_id, number or 0))
    try:
        made = replay_preview(run, revision)
    except Unplanned as error:
        return _again_page(run, chosen=revision.number, problem=str(error))
    return _again_page(run, chosen=revision.number, made=made)


@blueprint.post("/<public_id>/again")
def replay(public_id: str) -> Any:
    number = request.form.get("revision", 0, type=int)
    return _act(public_id, lambda id: levers.replay(db.session(), id, actor(), revision=number))


def _moves_soon(run: Run) -> bool:
    """Whether whoever looks at the run's page sees it go on within a minute."""
    if run.state == RunState.WAITING and run.connection.state == ConnectionState.OK:
        return run.due_at <= now() + timedelta(minutes=1)
    return run.state in MOVING


def _title(step: JournalStep, plan: Plan | None) -> str:
    planned = plan.step(step.key) if plan else None
    return title_of(planned) if planned else step.key


def _about(
    plan: Plan | None, asked: JournalStep | None, steps: Sequence[JournalStep]
) -> list[tuple[str, str | None]]:
    """Records that are there already and that the step is linked with: where to look."""
    planned = plan.step(asked.key) if plan and asked else None
    linked = planned.links if planned else ()
    return [(_title(step, plan), step.record_url) for step in steps if step.key in linked]


def _run(public_id: str) -> Run:
    return found(run_by_public_id(db.session(), public_id))


def _decide(public_id: str, verb: Verb) -> Any:
    return _act(public_id, lambda id: levers.decide(db.session(), verb, id, actor()))


def _act(public_id: str, pull: Callable[[int], Run]) -> Any:
    """Do what a person decided about the run, and show the one that goes on."""
    try:
        going = pull(_run(public_id).id)
    except NotNow as error:
        return _refused(public_id, translated(error))
    db.session.commit()
    return _gone_on(going, public_id)


def _gone_on(going: Run, public_id: str) -> Any:
    """Let the drain of the run's connection know, when it goes on."""
    if going.state == RunState.QUEUED:
        bell.ring(instance().settings.redis_url, going.connection_id)
    if going.public_id != public_id:
        flash(_("This is the submission's new run. The earlier one stays as it is."), "good")
    return redirect(url_for(".show", public_id=going.public_id), 303)


def _refused(public_id: str, problem: str) -> Any:
    db.session.rollback()
    flash(_("Nothing was changed: %(problem)s.", problem=problem.rstrip(".")), "bad")
    return redirect(url_for(".show", public_id=public_id), 303)


def _again_page(run: Run, *, chosen: int | None = None, **shown: Any) -> str:
    revisions = revisions_of(db.session(), run.module_id)
    return render_template(
        "studio/run_again.html",
        run=run,
        newest=revisions[0].number,
        chosen=chosen or revisions[0].number,
        **{"made": None, "problem": "", **shown},
    )
