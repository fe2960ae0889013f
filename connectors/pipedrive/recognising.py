"""What an earlier attempt may have created, found in lists of the newest records.

Searches of Pipedrive look into an index that lags; its lists, sorted by the time of creation, come
from the database and cost half as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from connectors.base import Draft, Effect, Kind, Record
from connectors.catalog import Field
from connectors.errors import RejectedError
from connectors.pipedrive.activities import (
    ABOUT,
    NOTES_PATH,
    marker_of,
    note_record,
    parent_of,
    task_record,
)
from connectors.pipedrive.api import Item
from connectors.pipedrive.mapping import PEOPLE, field_called, path_of
from connectors.pipedrive.scene import Scene
from connectors.pipedrive.values import moment, same_value, same_words

# Pipedrive's clock decides when a record was made, ours says since when; they may differ that much.
CLOCK_SLACK = timedelta(minutes=2)

LONGEST_NAME = 255  # Pipedrive cuts what is longer

_TELLING = ("email", "phone", "name", "first_name", "last_name")


def effect(kind: Kind, draft: Draft, *, marked: bool) -> Effect:
    """How surely `find_created` recognises the draft; ``marked``: the account keeps our markers.

    People are recognised by phone, e-mail or name, notes by parent and text, unmarked deals by their
    people: deals of nobody often share their name. An unmarked task may be moved or reworded
    before anybody looks.
    """
    match kind:
        case Kind.TASK:
            told = marked
        case Kind.DEAL:
            told = marked or bool(draft.links)
        case Kind.NOTE:
            told = True
        case _:
            told = any(draft.fields.get(id) for id in _TELLING)
    return Effect.MARKED if told else Effect.UNMARKED


def find_created(
    scene: Scene, kind: Kind, drafts: Sequence[Draft], since: datetime
) -> list[list[Record]]:
    """Return what creating each draft at or after ``since`` may have made."""
    look = {Kind.NOTE: _notes, Kind.TASK: _tasks, Kind.DEAL: _deals}.get(kind)
    earliest = since - CLOCK_SLACK
    if look:
        return [look(scene, draft, earliest) for draft in drafts]
    return _people(scene, kind, drafts, earliest)


def _since(earliest: datetime, items: Iterable[Item]) -> list[Item]:
    """Those of ``items``, newest first, that were made at or after ``earliest`` and still are."""
    found = []
    for item in items:
        at = moment(item.get("add_time"))
        if at is not None and at < earliest:
            break
        if not item.get("is_deleted") and item.get("active_flag", True):
            found.append(item)
    return found


def _people(
    scene: Scene, kind: Kind, drafts: Sequence[Draft], earliest: datetime
) -> list[list[Record]]:
    tests = [_recognises(scene, kind, draft) for draft in drafts]
    items = _since(earliest, scene.api.newest(path_of(kind))) if drafts else []
    records = scene.records(kind, items)
    return [[record for record in records if test(record)] for test in tests]


def _recognises(scene: Scene, kind: Kind, draft: Draft) -> Callable[[Record], bool]:
    """What tells a person or company from others: the first of e-mail, phone and name it has."""
    for id in ("email", "phone"):
        field = field_called(kind, id, scene.catalog)
        if field and draft.fields.get(id):
            return partial(_bears, field, draft.fields[id][0])
    names = (str(draft.fields.get(id) or "") for id in ("first_name", "last_name"))
    name = str(draft.fields.get("name") or " ".join(filter(None, names)))
    if not name:
        raise RejectedError(f"a {kind} without name, phone and e-mail cannot be recognised")
    return partial(_is_called, name)


def _bears(field: Field, wanted: str, record: Record) -> bool:
    return any(same_value(field, wanted, one) for one in record.fields.get(field.id, ()))


def _is_called(name: str, record: Record) -> bool:
    there = str(record.fields.get("name", ""))
    return same_words(name[:LONGEST_NAME], there[:LONGEST_NAME])


def _deals(scene: Scene, draft: Draft, earliest: datetime) -> list[Record]:
    path, name = path_of(Kind.DEAL), draft.fields.get("name")
    if scene.marked and draft.marker:
        # Wherever it was moved meanwhile: the marker alone tells it.
        items, key = _since(earliest, scene.api.newest(path)), scene.marker_field
        marked = [item for item in items if _marker(item, key) == draft.marker]
        return scene.records(Kind.DEAL, marked)
    beside = {PEOPLE[link.kind]: link.id for link in draft.links[:1] if link.kind in PEOPLE}
    deals = scene.records(Kind.DEAL, _since(earliest, scene.api.newest(path, beside)))
    return [deal for deal in deals if not name or _is_called(str(name), deal)]


def _marker(item: Item, key: str) -> object:
    return (item.get("custom_fields") or {}).get(key)


def _tasks(scene: Scene, draft: Draft, earliest: datetime) -> list[Record]:
    path = path_of(Kind.TASK)
    if scene.marked and draft.marker:
        items = _since(earliest, scene.api.newest(path))
        return [task_record(item) for item in items if marker_of(item) == draft.marker]
    parent = parent_of(draft)
    items = _since(earliest, scene.api.newest(path, {ABOUT[parent.kind]: parent.id}))
    tasks = [task_record(item) for item in items]
    return [task for task in tasks if _same_text(task, draft) and _same_due(task, draft)]


def _notes(scene: Scene, draft: Draft, earliest: datetime) -> list[Record]:
    parent = parent_of(draft)
    order = {"sort": "add_time DESC"}
    items = scene.api.pages_v1(NOTES_PATH, {ABOUT[parent.kind]: parent.id, **order})
    notes = [note_record(item) for item in _since(earliest, items)]
    return [note for note in notes if parent in note.links and _same_text(note, draft)]


def _same_text(record: Record, draft: Draft) -> bool:
    return same_words(str(record.fields.get("text", "")), str(draft.fields.get("text", "")))


def _same_due(task: Record, draft: Draft) -> bool:
    due, there = draft.fields.get("due"), task.fields.get("due")
    if not due or not there:
        return not due
    wanted, found = moment(due), moment(there)
    return wanted is not None and wanted.replace(second=0, microsecond=0) == found
