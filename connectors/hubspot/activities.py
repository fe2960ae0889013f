"""Tasks and notes: objects of their own, about one record, whose texts HubSpot keeps as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.base import Draft, Json, Kind, Record, Ref
from connectors.errors import RejectedError
from connectors.hubspot.api import Item
from connectors.hubspot.catalog import OWNER, TASK_TYPES
from connectors.hubspot.values import instant, milliseconds, plain, rich

SUBJECT, TASK_BODY, NOTE_BODY = "hs_task_subject", "hs_task_body", "hs_note_body"
WHEN, TASK_TYPE = "hs_timestamp", "hs_task_type"
LONGEST_SUBJECT = 200

PROPERTIES: Mapping[Kind, tuple[str, ...]] = {
    Kind.TASK: (SUBJECT, TASK_BODY, TASK_TYPE, WHEN, OWNER),
    Kind.NOTE: (NOTE_BODY, WHEN),
}
BLAMED: Mapping[str, str] = {
    SUBJECT: "text",
    TASK_BODY: "text",
    NOTE_BODY: "text",
    TASK_TYPE: "type",
    WHEN: "due",
    OWNER: "responsible",
}
"""HubSpot's property to our field id."""


def new_task(draft: Draft) -> dict[str, str]:
    """A task's properties. Raises RejectedError."""
    subject, body = _subject_and_body(str(draft.fields.get("text") or ""))
    properties = {
        SUBJECT: subject,
        WHEN: _due(draft),
        TASK_TYPE: str(draft.fields.get("type") or TASK_TYPES[0].id),
        "hs_task_status": "NOT_STARTED",
    }
    if body:
        properties[TASK_BODY] = rich(body)
    if draft.fields.get("responsible"):
        properties[OWNER] = str(draft.fields["responsible"])
    return properties


def _due(draft: Draft) -> str:
    try:
        return milliseconds(draft.fields["due"])
    except (KeyError, ValueError, TypeError) as error:
        raise RejectedError("a task needs the time when it is due", field="due") from error


def new_note(draft: Draft) -> dict[str, str]:
    """A note's properties. It stands in the record's history where it was written."""
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    return {NOTE_BODY: rich(str(draft.fields.get("text") or "")), WHEN: str(now_ms)}


def parent_of(draft: Draft) -> Ref:
    """The record that a task or note is about. Raises RejectedError."""
    if not draft.links:
        raise RejectedError("a task or note needs the record it is about")
    return draft.links[0]


def record(kind: Kind, item: Item, created: datetime | None, updated: datetime | None) -> Record:
    """Read a task or note."""
    properties: Mapping[str, str | None] = item.get("properties") or {}
    fields: dict[str, Json] = {"text": _text(kind, properties)}
    if kind is Kind.TASK:
        due = properties.get(WHEN)
        found = {
            "type": properties.get(TASK_TYPE),
            "due": instant(due).isoformat() if due else None,
            "responsible": properties.get(OWNER),
        }
        fields |= {id: value for id, value in found.items() if value}
    return Record(kind, str(item["id"]), fields, created_at=created, updated_at=updated)


def is_same(kind: Kind, record: Record, draft: Draft) -> bool:
    """Whether the record says what the draft says."""
    if str(record.fields["text"]).split() != str(draft.fields.get("text") or "").split():
        return False
    due, there = draft.fields.get("due"), record.fields.get("due")
    return kind is Kind.NOTE or not due or not there or milliseconds(due) == milliseconds(there)


def _subject_and_body(text: str) -> tuple[str, str]:
    """A task's title is one line; what does not fit there is repeated whole below it."""
    lines = text.strip().split("\n")
    if len(lines) == 1 and len(lines[0]) <= LONGEST_SUBJECT:
        return lines[0], ""
    return lines[0][:LONGEST_SUBJECT], text.strip()


def _text(kind: Kind, properties: Mapping[str, str | None]) -> str:
    body = plain(properties.get(NOTE_BODY if kind is Kind.NOTE else TASK_BODY) or "")
    return body or (properties.get(SUBJECT) or "")
