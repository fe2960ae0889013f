"""What the rows of a module make of one submission: each answer as a typed value of its CRM field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Json, Kind
from connectors.catalog import Catalog, Field
from engine.deciding.converting import apply
from engine.deciding.form import FormConfig
from engine.deciding.locale import Locale
from engine.deciding.macros import render, value_of
from engine.deciding.parts import Policy, Row
from engine.deciding.values import NOTHING, convert

NO_ROW = Row(value=())
"""For values that the module gives no row: nothing is converted, nothing erased."""


@dataclass(frozen=True, slots=True)
class Value:
    """One field's wanted value, and what may happen to one that is there. None clears the field."""

    field: Field
    value: Json
    policy: Policy


class Rows:
    """One submission and one account, by which rows are read.

    ``problems`` are what the account lacks, ``warnings`` what was left out and why; ``to_note`` is
    what rows want in the record's note instead. All three grow with every row that is read.
    """

    def __init__(self, answers: Mapping[str, Any], catalog: Catalog, form: FormConfig) -> None:
        self._answers = answers
        self._catalog = catalog
        self._locale = Locale(form.region, form.zone)
        # an unticked box is not sent
        self._declared = {field.key for field in form.fields} | form.aliases.keys()
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.to_note: dict[Kind, list[str]] = {}

    def values(self, kind: Kind, rows: Mapping[str, Row], policy: Policy) -> list[Value]:
        values = []
        for name, row in rows.items():
            values += self.value(kind, name, row, self._answers_of(row), row.write or policy)
        return values

    def value(
        self, kind: Kind, name: str, row: Row, answer: str | list[str], policy: Policy
    ) -> list[Value]:
        """The converted value, or nothing when the answer is empty or cannot be used."""
        field = self._catalog.field(kind, name)
        if field is None:
            self.problems.append(
                f"the CRM's {kind} has no field {name!r}; map another or drop the row"
            )
            return []
        if field.read_only:
            self.problems.append(f"the CRM's {kind} field {field.label!r} cannot be written")
            return []
        if policy is Policy.FORWARD and not field.options:
            self.problems.append(
                f"{kind} {field.label!r} is no list, so nothing in it is further on"
            )
            return []
        problem = None
        if row.convert or row.map:
            prepared = apply(row, answer, self._locale)
            answer, problem = prepared.value, prepared.problem
            if prepared.to_note:
                self.to_note.setdefault(kind, []).append(f"{field.label}: {prepared.to_note}")
        converted = convert(answer, field, self._locale)
        problem = problem or converted.problem
        if problem:
            self.warnings.append(f"{kind} {field.label}: {problem}")
        if converted.value not in NOTHING:
            return [Value(field, converted.value, policy)]
        erases = row.empty == "erase" and not problem
        return [Value(field, None, policy)] if erases else []

    def answer(self, source: str) -> str | list[str]:
        return value_of(source, self._answers, self._locale)

    def text(self, source: str) -> str:
        rendered = render(source, self._answers, self._locale)
        for reference in rendered.missing:
            root, _, name = reference.partition(".")
            if root == "field" and name not in self._declared:
                self.warnings.append(f"the form sent nothing named {name}")
        return rendered.text

    def _answers_of(self, row: Row) -> str | list[str]:
        if isinstance(row.value, str):
            return self.answer(row.value)
        answers = [self.answer(source) for source in row.value]
        return answers[0] if len(answers) == 1 else [t for a in answers for t in texts_of(a)]


def texts_of(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else [str(value)]
