"""The audit log: what people did."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from engine.storage.audit import Wanted, entries_page, nouns
from engine.storage.people import all_people
from web.database import db
from web.studio.finding import day, page_number

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
def index() -> str:
    session, asked = db.session(), request.args
    wanted = Wanted(
        actor=asked.get("actor", "").strip(),
        noun=asked.get("noun", ""),
        target=asked.get("target", "").strip(),
        since=day("since"),
        until=day("until", end=True),
    )
    return render_template(
        "studio/audit.html",
        page=entries_page(session, wanted, page_number()),
        nouns=nouns(session),
        people=all_people(session),
        asked={
            key: asked[key]
            for key in ("actor", "noun", "target", "since", "until")
            if asked.get(key)
        },
    )
