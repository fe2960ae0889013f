"""The fields that a form's submissions really had, as a page's parts ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g

from engine.storage.seen_fields import SeenField, seen_fields
from web.database import db


def fields_seen(form_id: int) -> Mapping[str, SeenField]:
    """As `seen_fields`, read once for a request: several parts of a page ask."""
    known: dict[int, Mapping[str, SeenField]] = g.setdefault("fields_seen", {})
    if form_id not in known:
        known[form_id] = seen_fields(db.session(), form_id)
    return known[form_id]
