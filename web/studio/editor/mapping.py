"""The mapping table of a tab: its rows with what the CRM and the submission say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form

from connectors.base import Kind
from connectors.catalog import Field
from engine.deciding.conversions import folded
from engine.deciding.documents import pointer
from web.studio.editor.part_values import is_blank
from web.studio.editor.results import Result
from web.studio.editor.row_values import FIXED, OF_FIELD, row_values
from web.studio.editor.scene import FormInput, Scene
from web.yaml_text import Mistake

MOST_MAPPED = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``field`` is None when the CRM has no such; ``mistakes`` refused a save."""

    form: Form
    field: Field | None
    source: FormInput | None
    result: Result
    mistakes: Sequence[str]
    required: bool
    hidden: bool = False

    @property
    def is_unmapped(self) -> bool:
        return self.result.state == "unmapped"

    @property
    def is_wrong(self) -> bool:
        return bool(self.mistakes) or self.result.state in ("broken", "doubtful")


SIEVES: Mapping[str, tuple[LazyString, Callable[[Row], bool]]] = {
    "": (_l("All"), lambda _row: True),
    "required": (_l("Required and unmapped"), lambda row: row.required and row.is_unmapped),
    "unmapped": (_l("Unmapped"), lambda row: row.is_unmapped),
    "problems": (_l("With problems"), lambda row: row.is_wrong),
}
"""What of the table may be shown alone, by its name in the address."""


def new_row(name: str, source: str = "") -> dict[str, Any]:
    return {"was": "", "field": name, **row_values(""), "source": source}


def with_required(rows: Sequence[dict[str, Any]], kind: Kind, scene: Scene) -> list[dict[str, Any]]:
    """The rows, and a blank one for each field that the CRM demands and no row has."""
    there = {_field_id(row["field"], kind, scene) for row in rows}
    missing = [field for field in scene.fields(kind) if field.required and field.id not in there]
    return [*rows, *(new_row(scene.name_of(kind, field)) for field in missing)]


def with_open_lines(row: dict[str, Any], kind: Kind, scene: Scene) -> dict[str, Any]:
    """The row with a line for every answer the option map may want, and one empty line of each sort."""
    field = scene.catalog.field(kind, row["field"]) if scene.catalog else None
    lines = [line for line in row["map"] if line["answer"] or line["option"]]
    if field is not None and (field.options or lines):
        known = {folded(line["answer"]) for line in lines}
        source = scene.input(row["source"].removeprefix(OF_FIELD))
        for answer in source.answers[:MOST_MAPPED] if source else ():
            if folded(answer) not in known:
                known.add(folded(answer))
                option = None if _is_mapped(row) else field.option(answer.strip())
                lines.append({"answer": answer, "option": option.label if option else ""})
        lines.append({"answer": "", "option": ""})
    conversions = [one for one in row["convert"] if one["name"]]
    return {**row, "map": lines, "convert": [*conversions, {"name": "", "setting": ""}]}


def table(
    form: Form, kind: Kind, scene: Scene, part: Mapping[str, Any], mistakes: Sequence[Mistake]
) -> list[Row]:
    """The rows as the page shows them. ``part`` is the document's, before anything was typed."""
    trial, rows = scene.trial(kind), []
    for entry in form["rows"]:
        values = entry.data
        field = scene.catalog.field(kind, values["field"]) if scene.catalog else None
        before = part.get("fields", {}).get(values["was"])
        result = trial.of_row(values, before) if trial else Result("unread")
        rows.append(
            Row(
                entry.form,
                field,
                scene.input(values["source"].removeprefix(OF_FIELD)),
                result,
                list(_about(mistakes, pointer(kind, "fields", values["field"]))),
                bool(field and field.required),
            )
        )
        rows[-1] = replace(rows[-1], hidden=bool(values["hid"]) and not rows[-1].mistakes)
    return rows


def sifted(rows: Sequence[Row], sieve: str) -> list[Row]:
    """The rows with only those in sight that the sieve keeps."""
    _label, keeps = SIEVES[sieve]
    return [replace(row, hidden=not keeps(row)) for row in rows]


def row_mistakes(rows: Sequence[dict[str, Any]], kind: Kind, scene: Scene) -> Iterator[Mistake]:
    """What is wrong with the rows of a form that no document could say."""
    there: set[str] = set()
    for row in rows:
        field = scene.catalog.field(kind, row["field"]) if scene.catalog else None
        place = pointer(kind, "fields", row["field"])
        id = field.id if field else row["field"]
        if not row["source"] and not (is_blank(row) and field and field.required):
            yield Mistake(place, None, _("say where it comes from, or remove the row"))
        elif row["source"] and id in there:
            yield Mistake(place, None, _("stands here twice; keep one of them"))
        elif row["source"] == FIXED and "{{" in row["text"]:
            told = _("a fixed value takes no macros; choose “Text with macros”")
            yield Mistake(place, None, told)
        if row["source"]:
            there.add(id)


def _about(mistakes: Sequence[Mistake], place: str) -> Iterator[str]:
    for mistake in mistakes:
        if mistake.path == place or mistake.path.startswith(f"{place}/"):
            yield mistake.message.removeprefix("line 1: ")


def _field_id(name: str, kind: Kind, scene: Scene) -> str:
    field = scene.catalog.field(kind, name) if scene.catalog else None
    return field.id if field else name


def _is_mapped(row: Mapping[str, Any]) -> bool:
    """Whether the row has a map, so that what it does not list is unknown."""
    return any(line["option"] for line in row["map"])
