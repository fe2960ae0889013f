"""The audit log: what people did."""

from __future__ import annotations

from typing import Any

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
    said = {name: request.args.get(name, "").strip() for name in _TEXTS}
    texts: dict[str, Any] = {name: text for name, text in said.items() if text}
    wanted = Wanted(**texts, **filters.values)
    return render_template(
        "studio/audit.html",
        page=None if filters.mistakes else entries_page(session, wanted, page_number()),
        people=all_people(session),
        filters=filters,
        asked={**texts, **filters.said},
    )
