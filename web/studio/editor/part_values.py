"""A part of the module's document (contact, company, deal) as its tab shows it, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Kind
from connectors.catalog import Catalog
from web.studio.editor.row_values import Values, lines_of, read_line, row_values, written_row
from web.studio.editor.task_values import NO_TASK, task_values, written_task

_ALL_PARTS: Mapping[str, Any] = {"on_match": "complete", "rest": False}
_PERSONS: Mapping[str, Any] = {
    "match": ["phone", "email"],
    "match_on": "any",
    "phones": "exact",
    "several": "newest",
}
SETTINGS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.CONTACT: {**_ALL_PARTS, **_PERSONS, "messenger__type": "", "messenger__value": ""},
    Kind.COMPANY: {**_ALL_PARTS, **_PERSONS, "extra_phones": ""},
    Kind.DEAL: {
        **_ALL_PARTS,
        **dict.fromkeys(("pipeline", "stage", "name", "budget"), ""),
        "duplicates__control": "none",
        "duplicates__found": "keep",
        "duplicates__several": "newest",
        "duplicates__backwards": False,
        "duplicates__look_in__pipelines": [],
        "duplicates__look_in__stages": [],
        "duplicates__look_in__where": {},
        "duplicates__look_in__younger_than__days": 0,
        "duplicates__look_in__younger_than__hours": 0,
        "duplicates__task": None,
    },
}
"""The settings beside the rows that each kind's tab shows, with what they are when left out."""


def part_values(kind: Kind, part: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the tab shows of ``part``; None when the module makes no such record."""
    shown: dict[str, Any] = {"there": part is not None}
    part = part or {}
    for name, default in SETTINGS[kind].items():
        shown[name] = _READ.get(name, _as_it_is)(_at(part, name), default)
    shown["rows"] = [
        {"was": name, "field": name, **row_values(row)}
        for name, row in part.get("fields", {}).items()
    ]
    return shown


def written_part(
    kind: Kind, before: Mapping[str, Any] | None, values: Values, catalog: Catalog | None
) -> dict[str, Any] | None:
    """The part that a tab says. What was not sent, or did not change, stays as ``before`` has it."""
    if not values["there"]:
        return None
    part: dict[str, Any] = dict(before or {})
    shown = part_values(kind, before)
    for name, default in SETTINGS[kind].items():
        now = values.get(name)
        if now is not None and not _same(name, now, shown[name]):
            place = name.split("__")
            part = _put(part, place, _WRITE.get(name, _as_it_was_typed)(now), default)
    if part.get("duplicates", {}).get("control") == "crm":
        part["duplicates"] = {"control": "crm"}  # the CRM's own rule decides everything else
    fields = written_rows(kind, part.get("fields", {}), values, catalog)
    if fields or "fields" in part:
        part["fields"] = fields
    return part


def written_rows(
    kind: Kind, before: Mapping[str, Any], values: Values, catalog: Catalog | None
) -> dict[str, Any]:
    """The rows of a tab, then those it neither had nor removed."""
    fields: dict[str, Any] = {}
    known = set(values.get("gone") or ())
    for row in values["rows"]:
        known.add(row["was"])
        if is_blank(row):
            continue
        field = catalog.field(kind, row["field"]) if catalog else None
        fields[row["field"]] = written_row(row, before.get(row["was"]), field)
    others = {name: row for name, row in before.items() if name not in known}
    return fields | {name: row for name, row in others.items() if name not in fields}


def is_blank(row: Values) -> bool:
    """Whether nobody has said yet where a new row comes from."""
    return not row["was"] and not row["source"]


def _as_it_is(value: Any, default: Any) -> Any:
    return default if value is None else value


def _as_it_was_typed(value: Any) -> Any:
    return value


def _lines(value: Any, _default: Any) -> list[dict[str, str]]:
    return [{"answer": name, "option": wanted} for name, wanted in (value or {}).items()]


def _named(lines: list[dict[str, str]]) -> dict[str, str]:
    return {line["answer"]: line["option"] for line in lines if line["answer"]}


def _number(value: Any, _default: Any) -> str:
    return str(value or "")


def _whole(text: str) -> Any:
    return read_line(text) if text.strip() else 0


_TASK = "duplicates__task"
_WHERE = "duplicates__look_in__where"
_AGES = ("duplicates__look_in__younger_than__days", "duplicates__look_in__younger_than__hours")
_READ: Mapping[str, Callable[[Any, Any], Any]] = {
    "rest": lambda value, _default: value == "note",
    "extra_phones": lambda value, _default: "\n".join(value or ()),
    _WHERE: _lines,
    _TASK: lambda task, _default: task_values(task) if task else dict(NO_TASK),
    **dict.fromkeys(_AGES, _number),
}
_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "rest": lambda ticked: "note" if ticked else False,
    "extra_phones": lambda text: lines_of(text) or "",
    _WHERE: _named,
    _TASK: lambda said: written_task(said) if said["text"].strip() else None,
    **dict.fromkeys(_AGES, _whole),
}


def _same(name: str, one: Any, other: Any) -> bool:
    if name == _TASK and (not one["when"] or not (one["text"].strip() or other["text"])):
        return True  # the page did not have it; or without a text there is none, before as after
    if name == _WHERE:
        return _named(one) == _named(other)
    return set(one) == set(other) if isinstance(other, list) else bool(one == other)


def _at(part: Mapping[str, Any], name: str) -> Any:
    value: Any = part
    for key in name.split("__"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _put(part: Mapping[str, Any], place: list[str], value: Any, default: Any) -> dict[str, Any]:
    """``part`` with one setting; what is as when left out is left out, and so is what is empty then."""
    key, *inner = place
    if inner:
        value, default = _put(part.get(key) or {}, inner, value, default), {}
    rest = {name: kept for name, kept in part.items() if name != key}
    if value == default:
        return rest
    return {name: value if name == key else kept for name, kept in part.items()} | {key: value}
