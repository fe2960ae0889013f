"""What each row makes of a submission, by the code that plans runs; and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from connectors.base import Json, Kind
from connectors.catalog import Catalog, Field, FieldType
from engine.deciding.changes import words
from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.form import FormConfig
from engine.deciding.macros import Roots, check_macro, compiled, roots_after, unknown_fields
from engine.deciding.parts import Policy, Row
from engine.deciding.placeholders import without_placeholders
from engine.deciding.rows import Reader, Rows
from web.sentences import translated
from web.studio.editor.row_values import Values, written_row


@dataclass(frozen=True, slots=True)
class Result:
    """``state`` is one of `web.studio.words`; ``text`` what the CRM would get; ``why`` what is wrong."""

    state: str
    text: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """All that a row is tried with: one submission's answers, the account, and what the form sends."""

    kind: Kind
    answers: Mapping[str, Any] | None
    catalog: Catalog
    form: FormConfig
    known: Collection[str]

    def of_row(self, row: Values, before: Any) -> Result:
        """What the form's row does. ``before`` is the document's row that it began with."""
        field = self.catalog.field(self.kind, row["field"])
        if field is None:
            return Result("broken", why=_("The CRM has no such field: choose another."))
        if field.read_only:
            return Result("broken", why=_("Only the CRM itself writes this field."))
        if not row["source"]:
            missing = _("Required: say where it comes from.")
            return Result("unmapped", why=missing if field.required else _("Choose where from."))
        try:
            document = load(Row, written_row(row, before, field))
        except DocumentMistakes as error:
            return Result(
                "broken", why="; ".join(translated(issue.message) for issue in error.issues)
            )
        return self._of(field, document, row)

    def of_note(self, source: str) -> Result:
        """What a note's or task's text becomes: it may name the records, which are written by then."""
        return self.of_text(source, roots_after(Kind.COMPANY, Kind.CONTACT, Kind.DEAL))

    def of_text(self, source: str, roots: Roots | None = None) -> Result:
        """What a text with macros becomes, for settings that are no rows."""
        if mistakes := check_macro(source, roots or self._roots()):
            return Result("broken", why="; ".join(mistakes))
        doubts = unknown_fields(source, self.known) if self.known else []
        if self.answers is None:
            return Result("doubtful" if doubts else "ready", why="; ".join(doubts))
        text = Reader(self.answers, self.form).text(compiled(source)).strip()
        text = without_placeholders(text)
        return self._told(text, doubts)

    def of_budget(self, source: str) -> Result:
        """What the deal's budget becomes: it has no conversions of its own."""
        field = self.catalog.field(self.kind, "budget")
        if field is None:
            return Result("broken", why=_("The CRM’s deals have no budget."))
        return self._of(field, Row(value=source), {"field": field.id, "map": []})

    def _of(self, field: Field, row: Row, values: Values) -> Result:
        if mistakes := [m for source in row.sources for m in check_macro(source, self._roots())]:
            return Result("broken", why="; ".join(mistakes))
        doubts = list(self._doubts(field, row, values))
        if self.answers is None:
            return Result("doubtful" if doubts else "ready", why="; ".join(doubts))
        problems: list[str] = []
        rows = Rows(self.catalog, problems)
        mine = rows.compile(self.kind, {values["field"]: row}, Policy.COMPLETE)
        if problems:
            return Result("broken", why="; ".join(map(translated, problems)))
        reader = Reader(self.answers, self.form)
        made = reader.values(mine)
        lead = f"{self.kind} {field.label}: "
        doubts = [told.removeprefix(lead) for told in reader.warnings] + doubts
        return self._told(", ".join(self._words(one.value, field) for one in made), doubts)

    def _words(self, value: Json, field: Field) -> str:
        if value is None:
            return _("(is cleared)")
        if field.type is FieldType.YES_NO:
            return _("yes") if value else _("no")
        return words(value, field, self.catalog)

    def _doubts(self, field: Field, row: Row, values: Values) -> Iterator[str]:
        if self.known:
            for source in row.sources:
                for told in unknown_fields(source, self.known):
                    yield told.removeprefix("line 1: ")
        unmatched = sum(not line["option"] for line in values["map"] if line["answer"])
        if field.options and unmatched:
            yield ngettext(
                "%(num)d answer has no option", "%(num)d answers have no option", unmatched
            )

    def _told(self, text: str, doubts: list[str]) -> Result:
        if doubts:
            return Result("doubtful", text, "; ".join(dict.fromkeys(doubts)))
        return Result("ready", text) if text else Result("unanswered")

    def _roots(self) -> Roots:
        return roots_after(*((Kind.COMPANY, Kind.CONTACT) if self.kind is Kind.DEAL else ()))
