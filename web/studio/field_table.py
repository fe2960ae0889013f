"""A form's fields as the table in which people check and change them: texts, until they are saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask_babel import LazyString, get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.form import FieldType, FormConfig, FormField, name_clashes
from web.sentences import translated

MOST_ROWS = 250

FIELD_TYPES: Mapping[FieldType, LazyString] = {
    "text": _("Text"),
    "email": _("E-mail"),
    "tel": _("Phone"),
    "number": _("Number"),
    "date": _("Date"),
    "url": _("Web address"),
    "textarea": _("Long text"),
    "select": _("List, one of"),
    "radio": _("Circles, one of"),
    "checkboxes": _("Boxes, several of"),
    "checkbox": _("One box to tick"),
    "file": _("File"),
    "hidden": _("Hidden"),
}


def field_types() -> Mapping[str, str]:
    """As `FIELD_TYPES`, in the language of the page: every row offers them all."""
    return _field_types(get_locale().language)


@cache
def _field_types(_language: str) -> Mapping[str, str]:
    return {type: str(words) for type, words in FIELD_TYPES.items()}


@dataclass(slots=True)
class Row:
    """One field as it is typed. ``was`` is its saved name, ``options`` and ``aliases`` are lines.

    ``errors`` are sentences by the name of the input that they are about.
    """

    was: str = ""
    key: str = ""
    label: str = ""
    type: str = "text"
    required: bool = False
    options: str = ""
    sample: str = ""
    aliases: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        typed = (self.was, self.key, self.label, self.options, self.sample, self.aliases)
        return not any(text.strip() for text in typed)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.label or self.key

    def document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "type": self.type,
            "required": self.required,
            "options": _lines(self.options),
            "sample": self.sample,
            "aliases": _lines(self.aliases),
        }


@dataclass(slots=True)
class FieldTable:
    """``said`` tells what the last change did, ``moved`` the row it was about."""

    rows: list[Row]
    said: str = ""
    moved: int | None = None

    def change(self, act: str) -> None:
        """Add, move or take out a row; ``act`` is such as ``up-2``, and nonsense changes nothing."""
        verb, _, position = act.partition("-")
        if verb == "add":
            self.rows.append(Row())
            self._tell(gettext("Added an empty row at the end."), len(self.rows) - 1)
            return
        number = int(position) if position.isdecimal() and len(position) < 5 else len(self.rows)
        if number >= len(self.rows):
            return
        name = self.rows[number].name or gettext("The empty row")
        match verb:
            case "up" if number > 0:
                self._move(number, number - 1, gettext("%(field)s moved up.", field=name))
            case "down" if number + 1 < len(self.rows):
                self._move(number, number + 1, gettext("%(field)s moved down.", field=name))
            case "remove":
                del self.rows[number]
                self._tell(gettext("%(field)s is taken out.", field=name), None)

    def add(self, fields: Iterable[FormField]) -> None:
        """Put the fields at the end that are not there yet under any name."""
        known = {name for row in self.rows for name in (row.key, row.was, *_lines(row.aliases))}
        self.rows = [row for row in self.rows if not row.is_blank]
        all_fields = list(fields)
        new = [row_of(field, was="") for field in all_fields if field.key not in known]
        self.rows += new
        found = ngettext("%(num)d field found", "%(num)d fields found", len(all_fields))
        added = ngettext("%(num)d of them is new.", "%(num)d of them are new.", len(new))
        self._tell(f"{found}, {added}", None)

    def adopt(self, field: FormField, same_as: str = "") -> None:
        """Put ``field`` at the end, or make its name another name of the field ``same_as``."""
        self.rows = [row for row in self.rows if not row.is_blank]
        row = next((row for row in self.rows if row.key == same_as), None)
        if row is None:
            self.rows.append(row_of(field, was=""))
            self._tell(gettext("%(field)s is added.", field=field.label or field.key), None)
            return
        row.aliases = "\n".join([*_lines(row.aliases), field.key])
        words = {"name": field.key, "field": row.name}
        self._tell(gettext("%(name)s is another name of %(field)s now.", **words), None)

    def reword(self, key: str, label: str) -> None:
        """Let the field ``key`` be called ``label``."""
        for row in self.rows:
            if row.key == key:
                row.label = label
                self._tell(gettext("The label is “%(label)s” now.", label=label), None)

    def config(self, config: FormConfig) -> FormConfig | None:
        """``config`` with these fields; None when rows have errors, which they then tell."""
        self.rows = [row for row in self.rows if not row.is_blank]
        _keep_old_names(self.rows)
        for row in self.rows:
            row.errors = {} if row.key.strip() else {"key": gettext("Enter the input’s name.")}
        document = config.model_dump(mode="json", exclude_defaults=True)
        document["fields"] = [row.document() for row in self.rows]
        try:
            made = load(FormConfig, document)
        except DocumentMistakes as mistakes:
            for issue in mistakes.issues:
                _root, _part, number, name, *_place = [*issue.path.split("/"), "", "", ""]
                if number.isdecimal():
                    self.rows[int(number)].errors.setdefault(
                        name or "key", translated(issue.message)
                    )
            self._mark_clashes()
            return None
        return None if any(row.errors for row in self.rows) else made

    @property
    def fields(self) -> list[FormField]:
        """The rows as fields, as they stand; nothing is checked."""
        return [
            FormField.model_construct(
                key=row.key,
                label=row.label,
                aliases=tuple(filter(None, [*_lines(row.aliases), row.was])),
            )
            for row in self.rows
            if row.key
        ]

    @property
    def wrong(self) -> list[tuple[int, Row]]:
        return [(number, row) for number, row in enumerate(self.rows) if row.errors]

    def _mark_clashes(self) -> None:
        named = [
            FormField.model_construct(key=row.key, aliases=tuple(_lines(row.aliases)))
            for row in self.rows
        ]
        for number, message in name_clashes(named):
            place = "aliases" if message.startswith("its") else "key"
            self.rows[number].errors.setdefault(place, message)

    def _move(self, number: int, to: int, said: str) -> None:
        self.rows.insert(to, self.rows.pop(number))
        self._tell(said, to)

    def _tell(self, said: str, moved: int | None) -> None:
        self.said, self.moved = said, moved


def row_of(field: FormField, was: str) -> Row:
    return Row(
        was=was,
        key=field.key,
        label=field.label,
        type=field.type,
        required=field.required,
        options="\n".join(field.options),
        sample=field.sample,
        aliases="\n".join(field.aliases),
    )


def table_of(config: FormConfig) -> FieldTable:
    return FieldTable([row_of(field, was=field.key) for field in config.fields])


def table_in(sent: MultiDict[str, str]) -> FieldTable:
    """The table as it was sent: inputs are called ``row-2-label``, in the order of their numbers."""
    numbers = {int(found[1]) for name in sent if (found := _ROW.fullmatch(name))}
    return FieldTable([_row(sent, f"row-{number}-") for number in sorted(numbers)[:MOST_ROWS]])


_ROW = re.compile(r"row-(\d{1,4})-key")


def _row(sent: MultiDict[str, str], prefix: str) -> Row:
    def text(name: str) -> str:
        return sent.get(prefix + name, "").replace("\r\n", "\n")

    return Row(
        was=text("was"),
        key=text("key").strip(),
        label=text("label").strip(),
        type=text("type") or "text",
        required=bool(text("required")),
        options=text("options"),
        sample=text("sample"),
        aliases=text("aliases"),
    )


def _keep_old_names(rows: Sequence[Row]) -> None:
    """A renamed field keeps its old name beside the new one, so that nothing that uses it breaks."""
    for row in rows:
        aliases = _lines(row.aliases)
        if row.was and row.key and row.was != row.key:
            aliases.append(row.was)
            row.was = row.key  # said once: a person may take the old name out again
        row.aliases = "\n".join(dict.fromkeys(name for name in aliases if name != row.key))


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]
