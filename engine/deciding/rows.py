"""What the rows of a module make of a submission: each answer as a typed value of its CRM field.

Rows are compiled once for an account (`Rows`) and read once for each submission (`Reader`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from connectors.base import Json, Kind
from connectors.catalog import Catalog, Field
from engine.deciding.converting import apply
from engine.deciding.form import FormConfig
from engine.deciding.macros import CompiledText, compiled
from engine.deciding.parts import Policy, Row
from engine.deciding.values import NOTHING, convert

NO_ROW = Row(value=())
"""For values that the module gives no row: nothing is converted, nothing erased."""


class Value(NamedTuple):
    """One field's wanted value, and what may happen to one that is there. None clears the field."""

    field: Field
    value: Json
    policy: Policy


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """A row with its texts made ready, and the account's field that it fills."""

    kind: Kind
    field: Field
    row: Row
    texts: tuple[CompiledText, ...]
    policy: Policy
    converts: bool
    erases: bool


class Rows:
    """Compiles rows for one account; what it lacks is added to ``problems``."""

    def __init__(self, catalog: Catalog, problems: list[str]) -> None:
        self._catalog = catalog
        self._problems = problems

    def compile(
        self, kind: Kind, rows: Mapping[str, Row], policy: Policy
    ) -> tuple[CompiledRow, ...]:
        """The rows that have a field; ``policy`` is for those without one of their own."""
        found = [
            self.compile_one(kind, name, row, row.write or policy) for name, row in rows.items()
        ]
        return tuple(row for row in found if row is not None)

    def compile_one(self, kind: Kind, name: str, row: Row, policy: Policy) -> CompiledRow | None:
        """The row for the field that is called ``name``; None when nothing can be written there."""
        field = self._catalog.field(kind, name)
        if field is None:
            self._problems.append(
                f"the CRM's {kind} has no field {name!r}; map another or drop the row"
            )
            return None
        if field.read_only:
            self._problems.append(f"the CRM's {kind} field {field.label!r} cannot be written")
            return None
        if policy is Policy.FORWARD and not field.options:
            self._problems.append(
                f"{kind} {field.label!r} is no list, so nothing in it is further on"
            )
            return None
        return CompiledRow(
            kind=kind,
            field=field,
            row=row,
            texts=tuple(map(compiled, row.sources)),
            policy=policy,
            converts=bool(row.convert or row.map),
            erases=row.empty == "erase",
        )


class Reader:
    """One submission, by which compiled rows and texts are read.

    ``problems`` are what the account lacks, ``warnings`` what was left out and why; ``to_note`` is
    what rows want in the record's note instead. All three grow with everything that is read.
    """

    def __init__(self, answers: Mapping[str, Any], form: FormConfig) -> None:
        self.answers = answers
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.to_note: dict[Kind, list[str]] = {}
        self._form = form
        self._locale = form.locale

    def values(self, rows: Iterable[CompiledRow]) -> list[Value]:
        """What the answers are for each row, without those that have nothing to say."""
        found = [self.value(row, self.answer(row.texts)) for row in rows]
        return [value for value in found if value is not None]

    def value(self, row: CompiledRow, answer: str | list[str]) -> Value | None:
        """The converted value, or None when the answer is empty or cannot be used."""
        field, problem = row.field, None
        if row.converts:
            prepared = apply(row.row, answer, self._locale)
            answer, problem = prepared.value, prepared.problem
            if prepared.to_note:
                self.to_note.setdefault(row.kind, []).append(f"{field.label}: {prepared.to_note}")
        converted = convert(answer, field, self._locale)
        problem = problem or converted.problem
        if problem:
            self.warnings.append(f"{row.kind} {field.label}: {problem}")
        if converted.value not in NOTHING:
            return Value(field, converted.value, row.policy)
        return Value(field, None, row.policy) if row.erases and not problem else None

    def answer(self, texts: tuple[CompiledText, ...]) -> str | list[str]:
        """What ``texts`` come to; a list when they are several, or one that stands for a list."""
        if len(texts) == 1:
            return texts[0].value(self.answers, self._locale)
        answers = [text.value(self.answers, self._locale) for text in texts]
        return [text for answer in answers for text in texts_of(answer)]

    def text(self, source: CompiledText) -> str:
        """``source`` with its macros filled in; an unknown name of a field is a warning."""
        if source.constant is not None:
            return source.constant.text
        rendered = source.render(self.answers, self._locale)
        for reference in rendered.missing:
            root, _, name = reference.partition(".")
            # an unticked box is not sent
            if root == "field" and name not in self._form.names:
                self.warnings.append(f"the form sent nothing named {name}")
        return rendered.text


def texts_of(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else [str(value)]
