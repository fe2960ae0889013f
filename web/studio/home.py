"""The first page: what needs somebody, and what came lately."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from engine.storage.base import now
from engine.storage.forms_list import form_rows
from engine.storage.health import health_of_connections
from engine.storage.notice_pages import notices_with_links
from engine.storage.submissions import latest_submissions, strips, whole_strip
from web.database import db

WEEK = timedelta(days=7)
LATEST = 10

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> str:
    session = db.session()
    return render_template(
        "studio/home.html",
        strip=whole_strip(strips(session, now() - WEEK)),
        submissions=latest_submissions(session, LATEST),
        notices=notices_with_links(session)[:5],
        connections=health_of_connections(session),
        forms=form_rows(session, [now() - WEEK]),
    )
