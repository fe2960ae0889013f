"""Tasks, which are Pipedrive's activities, and notes: about one record, and in HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.base import Draft, Json, Kind, Record, Ref
from connectors.errors import RejectedError
from connectors.pipedrive.api import Item
from connectors.pipedrive.mapping import number_of
from connectors.pipedrive.values import as_html, as_text, moment

LONGEST_SUBJECT = 255
NOTES_PATH = "v1/notes"  # v2 has none
ABOUT: Mapping[Kind, str] = {
    Kind.DEAL: "deal_id",
    Kind.CONTACT: "person_id",
    Kind.COMPANY: "org_id",
}
"""Kind to where an activity or note names the record it is about."""

_MARKER = re.compile(r"Formwire ID: (\S+)")


def parent_of(draft: Draft) -> Ref:
    """The record that a task or note is about. Raises RejectedError."""
    if not draft.links or draft.links[0].kind not in ABOUT:
        raise RejectedError("a task or note needs the deal, contact or company it is about")
    return draft.links[0]


def new_activity(draft: Draft, *, marked: bool) -> dict[str, Json]:
    """A task in Pipedrive's form. ``marked``: our marker becomes the last line of its note.

    A text that is no plain short line stands whole in the note. Raises RejectedError.
    """
    parent = parent_of(draft)
    text = str(draft.fields.get("text", ""))
    subject = (text.strip().splitlines() or [""])[0][:LONGEST_SUBJECT]
    note = [as_html(text)] if text.strip() != subject else []
    if marked and draft.marker:
        note.append(f"Formwire ID: {draft.marker}")
    body: dict[str, Json] = {"subject": subject, **_about(parent)}
    if note:
        body["note"] = "<br>".join(note)
    if draft.fields.get("type"):
        body["type"] = draft.fields["type"]
    if draft.fields.get("responsible"):
        body["owner_id"] = _owner(draft.fields["responsible"])
    if draft.fields.get("due"):
        body |= _due(draft.fields["due"])
    return body


def _about(parent: Ref) -> dict[str, Json]:
    id = number_of(parent)
    if parent.kind is Kind.CONTACT:
        # An activity's person is its primary participant; person_id is read-only
        # (pipedrive.readme.io, API v2 migration guide).
        return {"participants": [{"person_id": id, "primary": True}]}
    return {ABOUT[parent.kind]: id}


def _owner(value: Json) -> int:
    try:
        return int(value)
    except (ValueError, TypeError) as error:
        raise RejectedError("the value is no user", field="responsible") from error


def _due(value: Json) -> dict[str, Json]:
    """The moment as a date and a time in UTC."""
    try:
        at = datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise RejectedError("the value is no time", field="due") from error
    utc = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return {"due_date": f"{utc:%Y-%m-%d}", "due_time": f"{utc:%H:%M}"}


def new_note(draft: Draft) -> dict[str, Json]:
    """A note in Pipedrive's form. Raises RejectedError."""
    parent = parent_of(draft)
    content = as_html(str(draft.fields.get("text", "")))
    return {"content": content, ABOUT[parent.kind]: number_of(parent)}


def task_record(item: Item) -> Record:
    """Read an activity."""
    lines = as_text(item.get("note") or "")
    text = _MARKER.sub("", lines).strip()
    due = f"{item.get('due_date')}T{item.get('due_time') or '00:00'}"
    fields = {
        "text": text or item.get("subject"),
        "type": item.get("type"),
        "due": f"{due[:16]}:00+00:00" if item.get("due_date") else None,
        "responsible": str(item["owner_id"]) if item.get("owner_id") else None,
    }
    return Record(
        Kind.TASK,
        str(item["id"]),
        {id: value for id, value in fields.items() if value},
        links=tuple(
            Ref(kind, str(item[key])) for kind, key in ABOUT.items() if item.get(key) is not None
        ),
        created_at=moment(item.get("add_time")),
        updated_at=moment(item.get("update_time")),
    )


def marker_of(item: Item) -> str | None:
    """Our marker in an activity's note, wherever people wrote more."""
    found = _MARKER.search(as_text(item.get("note") or ""))
    return found[1] if found else None


def note_record(item: Item) -> Record:
    """Read a note."""
    return Record(
        Kind.NOTE,
        str(item["id"]),
        {"text": as_text(item.get("content") or "")},
        links=tuple(
            Ref(kind, str(item[key])) for kind, key in ABOUT.items() if item.get(key) is not None
        ),
        created_at=moment(item.get("add_time")),
        updated_at=moment(item.get("update_time")),
    )
