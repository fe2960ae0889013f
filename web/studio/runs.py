"""A run: what was planned, what was done, and why."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.deciding import plan as plans
from engine.delivery import bell
from engine.storage import runs
from engine.storage.models import RunState
from engine.storage.run_pages import calls_of, remedy_of, run_by_public_id, timeline
from web.database import db
from web.instance import instance
from web.studio.finding import found
from web.studio.journey import journey

RETRIABLE = (RunState.WAITING, RunState.FAILED)
MOVING = (RunState.QUEUED, RunState.RUNNING)

blueprint = Blueprint("runs", __name__, url_prefix="/runs")


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    session = db.session()
    run = found(run_by_public_id(session, public_id))
    plan = plans.load(run.plan) if run.plan else None
    return render_template(
        "studio/run.html",
        run=run,
        plan=plan,
        journal={step.key: step for step in run.steps},
        journey=journey(timeline(session, run), run.steps, plan),
        calls=calls_of(session, run.id),
        remedy=remedy_of(session, run),
        # Once a person has chosen in the CRM, a plan that waited for it is made anew.
        retriable=run.state in RETRIABLE
        or (run.state == RunState.HELD and bool(plan and plan.hold)),
        approvable=run.state == RunState.HELD and bool(plan and plan.approval and not plan.hold),
        moving=run.state in MOVING,
    )


@blueprint.post("/<public_id>/retry")
def retry(public_id: str) -> Response:
    return _decide(public_id, runs.retry_now)


@blueprint.post("/<public_id>/approve")
def approve(public_id: str) -> Response:
    return _decide(public_id, runs.approve)


@blueprint.post("/<public_id>/discard")
def discard(public_id: str) -> Response:
    return _decide(public_id, runs.discard)


def _decide(public_id: str, decide: Callable[[Session, int], None]) -> Response:
    """Do what a person decided about the run, and let its connection's drain know."""
    session = db.session()
    run = found(run_by_public_id(session, public_id))
    decide(session, run.id)
    session.commit()
    bell.ring(instance().settings.redis_url, run.connection_id)
    return redirect(url_for(".show", public_id=public_id), 303)
