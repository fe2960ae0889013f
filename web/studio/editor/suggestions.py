"""What may belong into a tab's fields that are not mapped yet, as rows to be taken or left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from connectors.base import Kind
from connectors.catalog import Field
from engine.deciding.locale import Locale
from engine.deciding.suggesting import Reason, Source, Suggestion, suggest
from web.studio.editor.mapping import new_row
from web.studio.editor.row_values import OF_FIELD, TEXT
from web.studio.editor.scene import Scene
from web.studio.macro_list import field_macro

ALL = "all"
_WHY: Mapping[Reason, LazyString] = {
    Reason.SAME_NAME: _("they are called the same"),
    Reason.SAME_MEANING: _("their names mean the same"),
    Reason.OPTIONS: _("its answers are options of the list"),
    Reason.LIKE_NAME: _("their names are alike"),
}
_ASKED: Mapping[Reason, LazyString] = {
    Reason.SAME_NAME: _("by its question: it is called the same"),
    Reason.SAME_MEANING: _("by its question: it asks for the same"),
    Reason.LIKE_NAME: _("by its question: the two are alike"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion as the page shows it. ``labels`` are the form fields' for people."""

    field: Field
    labels: str
    why: LazyString


def offers(
    values: Mapping[str, Any], kind: Kind, scene: Scene, document: Mapping[str, Any]
) -> list[Offer]:
    """What is suggested for the tab, besides what ``document`` uses already."""
    labels = {one.name: one.label for one in scene.inputs}
    return [
        Offer(
            one.field,
            " + ".join(labels[name] for name in one.sources),
            (_ASKED if one.asked else _WHY)[one.reason],
        )
        for one in _suggestions(values, kind, scene, document)
    ]


def take(
    values: dict[str, Any], wanted: str, kind: Kind, scene: Scene, document: Mapping[str, Any]
) -> None:
    """Put the suggestion for the field with the id ``wanted``, or all of them, among the rows."""
    for one in _suggestions(values, kind, scene, document):
        if wanted not in (one.field.id, ALL):
            continue
        name = scene.name_of(kind, one.field)
        blank = next((row for row in values["rows"] if _is(row, one.field, kind, scene)), None)
        if blank is None:
            values["rows"].append(blank := new_row(name))
        blank.update(_source(one))


def _suggestions(
    values: Mapping[str, Any], kind: Kind, scene: Scene, document: Mapping[str, Any]
) -> list[Suggestion]:
    mapped = set(_mapped(values, kind, scene))
    return suggest(
        [field for field in scene.fields(kind) if field.id not in mapped],
        [Source(one.name, one.label, one.answers) for one in scene.unused(document)],
        Locale(scene.form.region, scene.form.zone),
        kind,
    )


def _mapped(values: Mapping[str, Any], kind: Kind, scene: Scene) -> Iterator[str]:
    for row in values["rows"]:
        field = scene.catalog.field(kind, row["field"]) if scene.catalog else None
        if field is not None and row["source"]:
            yield field.id


def _is(row: Mapping[str, Any], field: Field, kind: Kind, scene: Scene) -> bool:
    return scene.catalog is not None and scene.catalog.field(kind, row["field"]) == field


def _source(suggestion: Suggestion) -> dict[str, str]:
    if len(suggestion.sources) == 1:
        return {"source": OF_FIELD + suggestion.sources[0], "text": ""}
    return {"source": TEXT, "text": " ".join(map(field_macro, suggestion.sources))}
