"""A run: what was planned, what was done, and why."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.deciding import plan as plans
from engine.delivery import bell
from engine.storage.models import RunState
from engine.storage.run_pages import calls_of, remedy_of, run_by_public_id, timeline
from engine.storage.runs import retry_now
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
        retriable=run.state in RETRIABLE,
        moving=run.state in MOVING,
    )


@blueprint.post("/<public_id>/retry")
def retry(public_id: str) -> Response:
    session = db.session()
    run = found(run_by_public_id(session, public_id))
    retry_now(session, run.id)
    session.commit()
    bell.ring(instance().settings.redis_url, run.connection_id)
    return redirect(url_for(".show", public_id=public_id), 303)
