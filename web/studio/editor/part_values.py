"""A part of the module's document (contact, company, deal) as its tab shows it, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Kind
from connectors.catalog import Catalog
from web.studio.editor.row_values import Values, lines_of, row_values, written_row

Path = tuple[str, ...]

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
    Kind.DEAL: {**_ALL_PARTS, **dict.fromkeys(("pipeline", "stage", "name", "budget"), "")},
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
            _put(part, name, _WRITE.get(name, _as_it_was_typed)(now), default)
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


_READ: Mapping[str, Callable[[Any, Any], Any]] = {
    "rest": lambda value, _default: value == "note",
    "extra_phones": lambda value, _default: "\n".join(value or ()),
}
_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "rest": lambda ticked: "note" if ticked else False,
    "extra_phones": lambda text: lines_of(text) or "",
}


def _same(name: str, one: Any, other: Any) -> bool:
    return set(one) == set(other) if name == "match" else bool(one == other)


def _at(part: Mapping[str, Any], name: str) -> Any:
    outer, _, inner = name.partition("__")
    return (part.get(outer) or {}).get(inner) if inner else part.get(name)


def _put(part: dict[str, Any], name: str, value: Any, default: Any) -> None:
    """Write one setting; what is as when left out is left out."""
    outer, _, inner = name.partition("__")
    place = dict(part.get(outer) or {}) if inner else part
    if value == default:
        place.pop(inner or name, None)
    else:
        place[inner or name] = value
    if not inner:
        return
    if place:
        part[outer] = place
    else:
        part.pop(outer, None)
