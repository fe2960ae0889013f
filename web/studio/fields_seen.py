"""The submissions and fields that a form really had, as a page's parts ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import g

from engine.storage.seen_fields import Recent, SeenField, fields_of, recent
from web.database import db


def submissions_seen(form_id: int) -> Sequence[Recent]:
    """As `recent`, read once for a request: several parts of a page ask."""
    known: dict[int, Sequence[Recent]] = g.setdefault("submissions_seen", {})
    if form_id not in known:
        known[form_id] = recent(db.session(), form_id)
    return known[form_id]


def fields_seen(form_id: int) -> Mapping[str, SeenField]:
    """As `seen_fields`, likewise."""
    known: dict[int, Mapping[str, SeenField]] = g.setdefault("fields_seen", {})
    if form_id not in known:
        known[form_id] = fields_of(submissions_seen(form_id))
    return known[form_id]
