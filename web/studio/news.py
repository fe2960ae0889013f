"""What a form was sent and does not declare, offered to be taken among its fields with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import g
from werkzeug.datastructures import MultiDict

from engine.deciding.form import FormConfig, FormField
from engine.deciding.newcomers import News, news
from engine.storage.seen_fields import Arrival, latest_arrivals
from web.database import db
from web.studio.field_table import MOST_ROWS, FieldTable

TAKE, TAKE_ALL, REWORD = "take:", "take-all", "reword:"
"""What buttons ask for; two of them name the answer or the field that they are about."""


def arrivals(form_id: int) -> Sequence[Arrival]:
    """The form's latest submissions, read once for a request."""
    known: dict[int, Sequence[Arrival]] = g.setdefault("arrivals", {})
    if form_id not in known:
        known[form_id] = latest_arrivals(db.session(), form_id)
    return known[form_id]


def news_of(form_id: int, fields: Sequence[FormField]) -> News:
    """What the form's latest submissions tell, if it has these fields."""
    return news(fields, [arrival.sent for arrival in arrivals(form_id)])


def labels_in(config: FormConfig) -> Mapping[str, str]:
    """What the form calls the answers, by every name of its fields."""
    return {
        name: field.label
        for field in config.fields
        if field.label
        for name in (field.key, *field.aliases)
    }


def takes_news(act: str) -> bool:
    return act == TAKE_ALL or act.startswith((TAKE, REWORD))


def take(table: FieldTable, told: News, act: str, sent: MultiDict[str, str]) -> int:
    """Do ``act`` to the table, and count what was taken.

    What a newcomer is, a person may choose: inputs ``new-2-name`` and ``new-2-as`` belong together.
    """
    count = 0
    chosen = _chosen(sent)
    for one in told.newcomers:
        name = one.field.key
        if act in (TAKE_ALL, TAKE + name) and len(table.rows) < MOST_ROWS:
            table.adopt(one.field, chosen.get(name, one.same_as))
            count += 1
    for other in told.reworded:
        if act == REWORD + other.key:
            table.reword(other.key, other.label)
            count += 1
    return count


def _chosen(sent: MultiDict[str, str]) -> Mapping[str, str]:
    """For names the fields that they are other names of; "" for a field of their own."""
    names = {place.removesuffix("-name"): name for place, name in sent.items() if _names(place)}
    return {name: sent[f"{place}-as"] for place, name in names.items() if f"{place}-as" in sent}


def _names(place: str) -> bool:
    return place.startswith("new-") and place.endswith("-name")
