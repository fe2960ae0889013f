"""The first page: what needs somebody, and what came lately."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request

from engine.storage.base import now
from engine.storage.days import days_of
from engine.storage.forms import first_form
from engine.storage.health import health_of_connections
from engine.storage.notice_pages import notices_with_links
from engine.storage.submissions import strip_of
from engine.storage.submissions_list import latest_submissions
from web.database import db
from web.studio.charts import charts_of, soon_percent
from web.studio.finding import last_days

WEEK = timedelta(days=7)
CHARTED = 14  # days
LATEST = 10
NOTICES = 5

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> str:
    session = db.session()
    # What the page asks for again and again are its lists: the charts stay as they are.
    days = None if "HX-Request" in request.headers else days_of(session, last_days(CHARTED))
    submissions = latest_submissions(session, LATEST)
    return render_template(
        "studio/home.html",
        strip=strip_of(session, now() - WEEK),
        charts=charts_of(days) if days else (),
        soon=soon_percent(days) if days else None,
        charted=CHARTED,
        submissions=submissions,
        notices=notices_with_links(session, most=NOTICES),
        connections=health_of_connections(session),
        form=None if submissions else first_form(session),  # for those who only begin
    )
