"""Tasks and notes.

Source: developers.kommo.com, Tasks and Notes. Notes exist only below an entity type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.kommo.simulator.account import ACCOUNT_ID, ENTITIES
from connectors.kommo.simulator.crm import Crm, crm, links_to
from connectors.kommo.simulator.dialect import answer, no_content, refuse
from connectors.kommo.simulator.element import (
    Element,
    read_author,
    read_element,
    read_elements,
    read_flag,
    read_moment,
    read_task_type,
    read_text,
    read_user,
    read_whole,
    settle,
)
from connectors.kommo.simulator.links import ENTITY
from connectors.kommo.simulator.lists import (
    in_order,
    is_between,
    is_one_of,
    keep,
    nested,
    page_of,
)
from connectors.simulation import Record

TASK_KEYS: Mapping[str, Callable[[Crm, Element, str], Any]] = {
    "text": read_text,
    "complete_till": read_moment,
    "entity_type": read_text,
    "entity_id": read_whole,
    "responsible_user_id": read_user,
    "task_type_id": read_task_type,
    "duration": read_whole,
    "is_completed": read_flag,
    "created_by": read_author,
    "created_at": read_moment,
}
TASK_FILTERS = {
    "id": is_one_of(lambda task: task["id"]),
    "responsible_user_id": is_one_of(lambda task: task["responsible_user_id"]),
    "is_completed": is_one_of(lambda task: int(task["is_completed"])),
    "task_type": is_one_of(lambda task: task["task_type_id"]),
    "entity_type": is_one_of(lambda task: task["entity_type"]),
    "entity_id": is_one_of(lambda task: task["entity_id"]),
    "updated_at": is_between(lambda task: task["updated_at"]),
}
NOTE_PARAMS: Mapping[str, tuple[str, ...]] = {
    "common": ("text",),
    "service_message": ("service", "text"),
    "extended_service_message": ("service", "text"),
    "call_in": ("uniq", "duration", "source", "link", "phone"),
    "call_out": ("uniq", "duration", "source", "link", "phone"),
    "sms_in": ("text", "phone"),
    "sms_out": ("text", "phone"),
    "geolocation": ("text", "address", "longitude", "latitude"),
    "attachment": ("file_uuid", "version_uuid", "file_name"),
}
"""Note type to the parameters it must have."""
NOTE_FILTERS = {
    "id": is_one_of(lambda note: note["id"]),
    "entity_id": is_one_of(lambda note: note["entity_id"]),
    "note_type": is_one_of(lambda note: note["note_type"]),
    "updated_at": is_between(lambda note: note["updated_at"]),
}

activities = Blueprint("activities", __name__)


@activities.get("/tasks")
def show_tasks() -> Response:
    found = keep(_tasks(), nested(request.args).get("filter"), TASK_FILTERS)
    return page_of("tasks", in_order(found, ("id", "created_at", "complete_till")), _show_task)


@activities.get("/tasks/<int:id>")
def show_task(id: int) -> Response:
    task = crm().store.get("tasks", id)
    return answer(_show_task(task)) if task else no_content()


@activities.post("/tasks")
def create_tasks() -> Response:
    account, elements = crm(), read_elements()
    for element in elements:
        element.require("text", "complete_till")
    drafts = [_read_task(account, element) for element in elements]
    settle(elements)
    rows = []
    for element, draft in zip(elements, drafts, strict=True):
        blank = {"duration": 0, "is_completed": False, "task_type_id": 1, "result": []}
        about = {"entity_type": None, "entity_id": None}
        task = account.store.add("tasks", {**_stamp(account), **blank, **about, **draft})
        row = {"id": task["id"], "request_id": element.request_id}
        rows.append({**row, **links_to(f"tasks/{task['id']}")})
    return answer({**links_to("tasks"), "_embedded": {"tasks": rows}})


@activities.patch("/tasks")
def change_tasks() -> Response:
    elements = read_elements()
    for element in elements:
        element.require("id")
    before = [_task_named(element) for element in elements]
    drafts = [_read_task(crm(), element) for element in elements]
    settle(elements)
    rows = [
        {**_change_task(old, draft), "request_id": element.request_id}
        for element, old, draft in zip(elements, before, drafts, strict=True)
        if old
    ]
    return answer({**links_to("tasks"), "_embedded": {"tasks": rows}})


@activities.patch("/tasks/<int:id>")
def change_task(id: int) -> Response:
    before, element = crm().store.get("tasks", id), read_element()
    if before is None:
        refuse(404, f"tasks {id} not found")
    draft = _read_task(crm(), element)
    settle([element])
    return answer(_change_task(before, draft))


@activities.get(f"/{ENTITY}/notes")
def show_notes(entity: str) -> Response:
    notes = [note for note in crm().store.all("notes") if note["entity_type"] == entity]
    return _notes_page(entity, notes)


@activities.get(f"/{ENTITY}/<int:id>/notes")
def show_notes_of(entity: str, id: int) -> Response:
    return _notes_page(entity, crm().store.about((entity, id), "notes"))


@activities.get(f"/{ENTITY}/notes/<int:note_id>")
@activities.get(f"/{ENTITY}/<int:id>/notes/<int:note_id>")
def show_note(entity: str, note_id: int, id: int | None = None) -> Response:
    note = crm().store.get("notes", note_id)
    if note is None or note["entity_type"] != entity or id not in (None, note["entity_id"]):
        return no_content()
    return answer(_show_note(entity, note))


@activities.post(f"/{ENTITY}/notes")
def create_notes(entity: str) -> Response:
    return _create_notes(entity, None)


@activities.post(f"/{ENTITY}/<int:id>/notes")
def create_notes_of(entity: str, id: int) -> Response:
    if crm().store.get(entity, id) is None:
        refuse(404, f"{entity} {id} not found")
    return _create_notes(entity, id)


def _tasks() -> list[Record]:
    """All tasks, or those about the record that the filter names, which an index finds."""
    wanted = nested(request.args).get("filter")
    if isinstance(wanted, dict) and str(wanted.get("entity_id", "")).isdigit():
        kind = wanted.get("entity_type")
        if kind in ENTITIES:
            return crm().store.about((kind, int(wanted["entity_id"])), "tasks")
    return crm().store.all("tasks")


def _read_task(crm: Crm, element: Element) -> dict[str, Any]:
    draft = {key: read(crm, element, key) for key, read in TASK_KEYS.items() if key in element.body}
    kind, id = draft.get("entity_type"), draft.get("entity_id")
    if kind is not None and kind not in ENTITIES:
        element.refuse("NotSupportedChoice", "entity_type")
    elif id is not None and (kind is None or crm.store.get(kind, id) is None):
        element.refuse("NotSupportedChoice", "entity_id")
    if isinstance(element.body.get("result"), Mapping):
        draft["result"] = {"text": str(element.body["result"].get("text", ""))}
    return draft


def _task_named(element: Element) -> Record | None:
    id = element.body.get("id")
    task = crm().store.get("tasks", id) if isinstance(id, int) else None
    if id is not None and task is None:
        element.refuse("NotSupportedChoice", "id")
    return task


def _change_task(before: Record, draft: Record) -> dict[str, Any]:
    moment = crm().moment()
    author = {"updated_at": moment, "updated_by": crm().acting_user()}
    task = crm().store.replace("tasks", {**before, **author, **draft})
    return {"id": task["id"], "updated_at": moment, **links_to(f"tasks/{task['id']}")}


def _create_notes(entity: str, parent: int | None) -> Response:
    account, elements = crm(), read_elements()
    drafts = [_read_note(account, entity, parent, element) for element in elements]
    settle(elements)
    rows = []
    for element, draft in zip(elements, drafts, strict=True):
        note = account.store.add("notes", {**_stamp(account), **draft})
        row = {"id": note["id"], "entity_id": note["entity_id"], "request_id": element.request_id}
        rows.append({**row, **_note_link(entity, note)})
    return answer({**links_to(f"{entity}/notes"), "_embedded": {"notes": rows}})


def _read_note(crm: Crm, entity: str, parent: int | None, element: Element) -> dict[str, Any]:
    id, type = element.body.get("entity_id", parent), element.body.get("note_type")
    if id is None:
        element.refuse("FieldMissing", "entity_id")
    elif not isinstance(id, int) or crm.store.get(entity, id) is None:
        element.refuse("NotSupportedChoice", "entity_id")
    params = element.child("params", element.body.get("params"))
    if isinstance(type, str) and type in NOTE_PARAMS:
        params.require(*NOTE_PARAMS[type])
    else:
        element.refuse("NotSupportedChoice" if type else "FieldMissing", "note_type")
    draft = {"entity_type": entity, "entity_id": id, "note_type": type, "params": params.body}
    if "created_by" in element.body:
        draft["created_by"] = read_author(crm, element, "created_by")
    return draft


def _stamp(crm: Crm) -> dict[str, Any]:
    user, moment = crm.acting_user(), crm.moment()
    return {
        "created_by": user,
        "updated_by": user,
        "created_at": moment,
        "updated_at": moment,
        "responsible_user_id": user,
        "group_id": 0,
        "account_id": ACCOUNT_ID,
    }


def _show_task(task: Record) -> dict[str, Any]:
    return {**task, **links_to(f"tasks/{task['id']}")}


def _notes_page(entity: str, notes: list[Record]) -> Response:
    found = keep(notes, nested(request.args).get("filter"), NOTE_FILTERS)
    ordered = in_order(found, ("id", "updated_at"))
    return page_of("notes", ordered, lambda note: _show_note(entity, note))


def _show_note(entity: str, note: Record) -> dict[str, Any]:
    shown = {key: value for key, value in note.items() if key != "entity_type"}
    return {**shown, **_note_link(entity, note)}


def _note_link(entity: str, note: Record) -> dict[str, Any]:
    return links_to(f"{entity}/{note['entity_id']}/notes/{note['id']}")
