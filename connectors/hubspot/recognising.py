"""What an earlier attempt may have created, and how surely it is told from other records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.base import Draft, Effect, Kind, Query, Record
from connectors.catalog import Catalog
from connectors.errors import RejectedError
from connectors.hubspot import activities
from connectors.hubspot.api import Api
from connectors.hubspot.catalog import KINDS
from connectors.hubspot.finding import PEOPLE, Finder
from connectors.hubspot.mapping import Own

# HubSpot's clock decides a record's createdAt, ours says since when; they may differ that much.
CLOCK_SLACK = timedelta(minutes=2)

_TELLING = ("email", "phone", "name", "first_name", "last_name")


def effect(kind: Kind, draft: Draft, *, marked: bool) -> Effect:
    """How surely `find_created` recognises the draft; ``marked``: the account keeps our markers.

    HubSpot itself lets no two records have one marker, and no two contacts one e-mail address.
    Other people are recognised by phone or name, notes by parent and text, deals by their people.
    A task may be finished, moved or reworded before anybody looks.
    """
    if kind in KINDS and marked and draft.marker:
        return Effect.KEYED
    match kind:
        case Kind.TASK:
            told = False
        case Kind.NOTE:
            told = True
        case Kind.DEAL:
            told = bool(draft.links)
        case Kind.CONTACT if draft.fields.get("email"):
            return Effect.KEYED
        case _:
            told = any(draft.fields.get(id) for id in _TELLING)
    return Effect.MARKED if told else Effect.UNMARKED


def find_created(
    api: Api, catalog: Catalog, own: Own, kind: Kind, drafts: Sequence[Draft], since: datetime
) -> list[list[Record]]:
    """Return what creating each draft at or after ``since`` may have made."""
    finder = Finder(api, catalog, kind, own)
    marked = [draft.marker for draft in drafts if own.marker and kind in KINDS and draft.marker]
    # Our marker is there since then, whatever a clock says.
    by_marker = finder.by_marker(marked) if marked else {}
    earliest = since - CLOCK_SLACK
    found: list[list[Record]] = []
    for draft in drafts:
        if draft.marker in marked:
            found.append([by_marker[draft.marker]] if draft.marker in by_marker else [])
            continue
        candidates = _candidates(finder, kind, draft)
        found.append(
            [one for one in candidates if one.created_at is None or one.created_at >= earliest]
        )
    return found


def _candidates(finder: Finder, kind: Kind, draft: Draft) -> list[Record]:
    if kind not in KINDS:
        there = finder.about(activities.parent_of(draft))
        return [one for one in there if activities.is_same(kind, one, draft)]
    if kind is Kind.DEAL and draft.links:
        by = {other: field for field, other in PEOPLE.items()}
        link = draft.links[0]
        (deals,) = finder.find([Query(by[link.kind], link.id)])
        name = draft.fields.get("name")
        return [deal for deal in deals if not name or deal.fields.get("name") == name]
    (found,) = finder.find([_recognised_by(kind, draft)])
    return found


def _recognised_by(kind: Kind, draft: Draft) -> Query:
    """The one question whose answer holds the record, if it exists."""
    for id in ("email", "phone"):
        if draft.fields.get(id):
            return Query(id, draft.fields[id][0])
    names = (str(draft.fields.get(id) or "") for id in ("first_name", "last_name"))
    name = str(draft.fields.get("name") or " ".join(filter(None, names)))
    if not name:
        raise RejectedError(f"a {kind} without name, phone and e-mail cannot be recognised")
    return Query("name", name)
