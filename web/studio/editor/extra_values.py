"""Tasks, tags, notes and responsible people as their tab shows them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.studio.editor.row_values import Values, lines_of, read_line
from web.studio.editor.task_values import task_values, written_task

KINDS = ("contact", "company", "deal")
_WAYS = ("user", "in_turn", "weighted", "from_field", "rules", "like")


def extra_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the tab shows of a module's document."""
    shown = {kind: _kind_values(document[kind]) for kind in KINDS if document.get(kind) is not None}
    return {"responsible": _responsible_values(document.get("responsible")), **shown}


def written_extras(before: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """The document that the tab says; what it did not show, or nobody changed, stays as it was."""
    document, shown = dict(before), extra_values(before)
    for name in ("responsible", *KINDS):
        now = values.get(name) or {}
        if not now.get("shown") or filled(name, now) == filled(name, shown.get(name, {})):
            continue
        if name == "responsible":
            document[name] = _responsible(now)
        elif document.get(name) is not None:
            document[name] = _kind(document[name], now)
    return {name: value for name, value in document.items() if value is not None}


def filled(name: str, values: Values) -> dict[str, Any]:
    """What of the values says something: the tab always has an empty line for one more."""
    said = {key: value for key, value in values.items() if key != "shown"}
    if name == "responsible":
        lists = {key: [dict(one) for one in said.get(key, ()) if one["answer"]] for key in _LISTS}
        return {**said, **lists}
    return {
        **said,
        "tags": [dict(one) for one in said.get("tags", ()) if one["tag"]],
        "tasks": [dict(one) for one in said.get("tasks", ()) if one["text"]],
    }


_LISTS = ("weighted", "map")


def _kind_values(part: Mapping[str, Any]) -> dict[str, Any]:
    note = part.get("note", "")
    note = note if isinstance(note, dict) else {"text": note}
    return {
        "shown": "y",
        "tags": [
            {"tag": tag, "when": "always"}
            if isinstance(tag, str)
            else {"tag": tag["tag"], "when": tag.get("when", "always")}
            for tag in part.get("tags", ())
        ],
        "note": note["text"],
        "note_when": note.get("when", "always"),
        "tasks": [task_values(task) for task in part.get("tasks", ())],
    }


def _kind(part: Mapping[str, Any], values: Values) -> dict[str, Any]:
    said, shown = filled("", values), filled("", _kind_values(part))
    written = dict(part)
    if said["tags"] != shown["tags"]:
        written["tags"] = [_short("tag", one["tag"], one["when"]) for one in said["tags"]]
    if (said["note"], said["note_when"]) != (shown["note"], shown["note_when"]):
        text = said["note"] if said["note"].strip() else ""
        written["note"] = _short("text", text, said["note_when"]) if text else None
    if said["tasks"] != shown["tasks"]:
        written["tasks"] = [written_task(task) for task in said["tasks"]]
    return {key: value for key, value in written.items() if value or key not in _EXTRAS}


_EXTRAS = ("tags", "note", "tasks")


def _short(key: str, text: str, when: str) -> Any:
    return text if when in ("always", "") else {key: text, "when": when}


def _responsible_values(written: Any) -> dict[str, Any]:
    person = written if isinstance(written, dict) else {"user": written} if written else {}
    return {
        "shown": "y",
        "way": next((way for way in _WAYS if person.get(way)), ""),
        "user": person.get("user") or "",
        "in_turn": "\n".join(person.get("in_turn", ())),
        "weighted": _pairs(person.get("weighted", {})),
        "from_field": person.get("from_field") or "",
        "map": _pairs(person.get("map", {})),
        "like": person.get("like") or "contact",
        "rules": list(person.get("rules", ())),
        "otherwise": person.get("otherwise") or "",
    }


def _responsible(values: Values) -> dict[str, Any] | None:
    way, said = values["way"], filled("responsible", values)
    if not way:
        return None
    made: dict[str, Any] = {
        "user": {"user": said["user"]},
        "in_turn": {"in_turn": lines_of(said["in_turn"])},
        "weighted": {
            "weighted": {one["answer"]: read_line(one["option"]) for one in said["weighted"]}
        },
        "from_field": {
            "from_field": said["from_field"],
            "map": {one["answer"]: one["option"] for one in said["map"]},
        },
        "like": {"like": said["like"]},
        "rules": {"rules": said["rules"]},
    }.get(way, {way: None})
    return made | ({"otherwise": said["otherwise"]} if said["otherwise"] else {})


def _pairs(named: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"answer": name, "option": str(value)} for name, value in named.items()]
