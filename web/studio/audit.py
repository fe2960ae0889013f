"""The audit log: what people did."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from engine.storage.audit import Wanted, entries_page
from engine.storage.people import all_people
from web.database import db
from web.studio.filters import filters_among
from web.studio.finding import page_number
from web.studio.words import nouns

blueprint = Blueprint("audit", __name__, url_prefix="/audit")
_TEXTS = ("actor", "target")
"""What is looked for in texts, beside the filters."""


@blueprint.get("")
def index() -> str:
    session, filters = db.session(), filters_among(noun=nouns())
    texts = {name: text for name in _TEXTS if (text := request.args.get(name, "").strip())}
    wanted = Wanted(**texts, **filters.values)
    return render_template(
        "studio/audit.html",
        page=None if filters.mistakes else entries_page(session, wanted, page_number()),
        people=all_people(session),
        filters=filters,
        asked={**texts, **filters.said},
    )
