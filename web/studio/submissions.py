"""Submissions: all of them by where they stand, and one in full."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.deciding.reading import Reading
from engine.delivery.configs import form_config
from engine.delivery.files import file_of, openable
from engine.delivery.held import (
    APPROVABLE,
    DROPPABLE,
    approve_submission,
    drop_submission,
    probably_said,
    take_mended,
)
from engine.delivery.levers import NotNow
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.base import now
from engine.storage.models import Submission
from engine.storage.submissions import (
    Page,
    strip_of,
    strip_within,
    submission_by_public_id,
    submission_with_bytes,
)
from engine.storage.submissions_list import submissions_page
from web.acting import actor
from web.database import db
from web.instance import instance
from web.intake.files import handed_over
from web.sentences import translated
from web.studio.finding import found, page_number
from web.studio.news import labels_in
from web.studio.submission_sieve import sieve_of_submissions

WEEK = timedelta(days=7)

blueprint = Blueprint("submissions", __name__, url_prefix="/submissions")


@blueprint.get("")
def index() -> str:
    session, sieve = db.session(), sieve_of_submissions()
    wanted = sieve.wanted
    return render_template(
        "studio/submissions.html",
        strip=strip_within(session, wanted) if sieve.narrows else strip_of(session, now() - WEEK),
        sieve=sieve,
        filters=sieve.filters,
        standing=wanted.standing,
        page=Page((), 1, 0) if sieve.mistakes else submissions_page(session, wanted, page_number()),
        unfolded=sieve.mistakes or request.headers.get("HX-Trigger") == "sieve",
    )


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    submission = found(submission_by_public_id(db.session(), public_id))
    form = form_config(submission.form)
    return render_template(
        "studio/submission.html",
        submission=submission,
        labels={**labels_in(form), **submission.labels},
        approvable=APPROVABLE,
        droppable=DROPPABLE,
        probable=_probable(submission),
        openable=openable(submission),
        spam=submission.answers.get("spam", {}),
        hold_at=form.spam.hold_at,
    )


def _probable(submission: Submission) -> Reading | None:
    try:
        return probably_said(submission)
    except NotNow:
        return None


@blueprint.get("/<public_id>/files/<int:number>")
def file(public_id: str, number: int) -> Response:
    return handed_over(file_of(found(submission_with_bytes(db.session(), public_id)), number))


@blueprint.post("/<public_id>/approve")
def approve(public_id: str) -> Response:
    return _decide(public_id, approve_submission)


@blueprint.post("/<public_id>/mend")
def mend(public_id: str) -> Response:
    return _decide(public_id, take_mended)


@blueprint.post("/<public_id>/drop")
def drop(public_id: str) -> Response:
    return _decide(public_id, drop_submission)


def _decide(public_id: str, decide: Callable[[Instance, int, Actor], None]) -> Response:
    id = found(submission_by_public_id(db.session(), public_id)).id
    db.session.commit()  # what follows has a transaction of its own
    try:
        decide(instance(), id, actor())
    except NotNow as error:
        flash(_("Nothing was changed: %(problem)s.", problem=translated(error)), "bad")
    return redirect(url_for(".show", public_id=public_id), 303)
