"""What of one module's mapping another can take over: row by row, and what does not fit there.

Accounts number their own fields as they like, so that across accounts a field is found by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.base import Kind
from connectors.catalog import Catalog, Field
from engine.deciding.conversions import folded
from engine.deciding.macros import references

KINDS = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)
_SETTINGS = ("match", "match_on", "phones", "several", "on_match", "name", "budget")
"""What a part that is not there yet takes along with its rows: all that names nothing of an account."""


class Misfit(StrEnum):
    """Why a row does not come over as it is; without a field it does not come over at all."""

    NO_FIELD = "no field"
    OTHER_TYPE = "other type"
    NO_OPTION = "no option"
    NO_INPUT = "no input"


@dataclass(frozen=True, slots=True)
class Copy:
    """One row. ``name`` is what the taking document calls its field, or the other one when it has none.

    ``before`` is the row that is there already, None when none is. ``misfits`` tell what is not
    known there: types, options, or the form's fields.
    """

    kind: Kind
    name: str
    row: Any
    field: Field | None
    before: Any
    misfits: Mapping[Misfit, tuple[str, ...]]

    @property
    def comes(self) -> bool:
        return self.field is not None and self.before != self.row


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are to go. ``fields`` are those that rows may write, ``inputs`` every name of the
    form's fields, ``same_account`` whether ids mean there what they mean in the other module;
    ``name_of`` tells what a document calls a field that it does not have yet."""

    document: Mapping[str, Any]
    catalog: Catalog
    fields: Mapping[Kind, Sequence[Field]]
    inputs: Collection[str]
    same_account: bool
    name_of: Callable[[Kind, Field], str]


def copies(source: Mapping[str, Any], catalog: Catalog | None, place: Place) -> Iterator[Copy]:
    """What each row of ``source``, a module's document, would be at ``place``."""
    for kind in KINDS:
        for name, row in ((source.get(kind) or {}).get("fields") or {}).items():
            yield _copy(kind, name, row, catalog.field(kind, name) if catalog else None, place)


def copied(source: Mapping[str, Any], place: Place, chosen: Sequence[Copy]) -> dict[str, Any]:
    """The document of ``place`` with the chosen rows."""
    document = dict(place.document)
    for kind in KINDS:
        rows = {one.name: one.row for one in chosen if one.kind is kind and one.field}
        if rows:
            part = document.get(kind)
            part = dict(part) if part is not None else _begun(source[kind], rows)
            document[kind] = {**part, "fields": part.get("fields", {}) | rows}
    return document


def _begun(part: Mapping[str, Any], rows: Collection[str]) -> dict[str, Any]:
    settings = {key: part[key] for key in _SETTINGS if key in part}
    if "match" in settings:
        settings["match"] = [name for name in settings["match"] if name in rows]
    return {key: value for key, value in settings.items() if value}


def _copy(kind: Kind, name: str, row: Any, known: Field | None, place: Place) -> Copy:
    field = _counterpart(kind, name, known, place)
    if field is None:
        label = known.label if known else name
        return Copy(kind, label, row, None, None, {Misfit.NO_FIELD: (label,)})
    named, before = _there(kind, field, place)
    misfits = dict(_misfits(row, known, field, place))
    return Copy(kind, named or place.name_of(kind, field), row, field, before, misfits)


def _counterpart(kind: Kind, name: str, known: Field | None, place: Place) -> Field | None:
    """The field at ``place`` that ``name``, there the field ``known``, means."""
    if known is None:
        names = [] if name.isdigit() and not place.same_account else [name]
    else:
        own = known.id.isdigit() and not place.same_account
        names = [*([] if own else [known.id]), *filter(None, (known.code, known.label))]
    found = (place.catalog.field(kind, each) for each in names)
    return next((field for field in found if field in place.fields[kind]), None)


def _there(kind: Kind, field: Field, place: Place) -> tuple[str, Any]:
    for name, row in ((place.document.get(kind) or {}).get("fields") or {}).items():
        if place.catalog.field(kind, name) == field:
            return name, row
    return "", None


def _misfits(
    row: Any, known: Field | None, field: Field, place: Place
) -> Iterator[tuple[Misfit, tuple[str, ...]]]:
    if known is not None and known.type is not field.type:
        yield Misfit.OTHER_TYPE, (known.type, field.type)
    if missing := tuple(_missing_options(row, field)):
        yield Misfit.NO_OPTION, missing
    known_inputs = {f"field.{name}" for name in place.inputs}
    asked = (name for text in _texts(row) for name in references(text))
    unknown = [name for name in asked if name.startswith("field.") and name not in known_inputs]
    if unknown:
        yield Misfit.NO_INPUT, tuple(dict.fromkeys(name.removeprefix("field.") for name in unknown))


def _missing_options(row: Any, field: Field) -> Iterator[str]:
    if not isinstance(row, Mapping) or not field.options:
        return
    known = {folded(option.label) for option in field.options} | {o.id for o in field.options}
    unknown = row.get("unknown")
    instead = unknown.get("value", "") if isinstance(unknown, Mapping) else ""
    wanted = [*row.get("map", {}).values(), instead]
    for option in dict.fromkeys(wanted):
        if option and option not in known and folded(option) not in known:
            yield option


def _texts(row: Any) -> list[str]:
    value = row.get("value", "") if isinstance(row, Mapping) else row
    return [str(text) for text in value] if isinstance(value, list | tuple) else [str(value)]
