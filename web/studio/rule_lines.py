"""Rules in rows, as pages show them: what each row's pickers offer, and what the buttons do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import abort
from flask_babel import gettext as _

from engine.delivery.configs import form_config
from engine.storage.models import Module
from rules.builder import LISTS, sentence
from rules.sets import VERBS
from web.sentences import say
from web.studio.fields_seen import fields_seen
from web.studio.formats import pretty
from web.studio.operands import Operand, OperandGroup, Options, operand_groups, operators
from web.studio.outline import BARE, Incomplete, Outline, Part, rule_of
from web.studio.outline_acts import acted, add_raw, add_rule
from web.studio.rights import Right, may


@dataclass(frozen=True, slots=True)
class Line:
    """A part with what its pickers offer. ``foreign``: no picker offers what it looks at."""

    part: Part
    operand: Operand
    usual: Options
    others: Options
    foreign: bool

    @property
    def bare(self) -> bool:
        return self.part.operator in BARE

    @property
    def listed(self) -> bool:
        return self.part.operator in LISTS

    @property
    def single(self) -> str:
        return self.part.value or next(iter(self.part.values), "")

    @property
    def several(self) -> tuple[str, ...]:
        return self.part.values or ((self.part.value,) if self.part.value.strip() else ())

    @property
    def offered(self) -> frozenset[str]:
        return frozenset(value for value, _label in self.operand.options)

    @property
    def input_type(self) -> str:
        """A browser's own date or time picker, unless it could not show what is there."""
        shape = _PICKERS.get(self.operand.sort)
        return self.operand.sort if shape and shape.fullmatch(self.single) else "text"

    @property
    def raw(self) -> str:
        return pretty(self.part.raw)

    @property
    def sentence(self) -> str:
        """What a raw rule says in words; empty when it says nothing."""
        try:
            return sentence(rule_of([self.part], 0), say)
        except Incomplete:
            return ""


_PICKERS = {
    "date": re.compile(r"(\d{4}-\d\d-\d\d)?"),
    "time": re.compile(r"([01]\d|2[0-3]):[0-5]\d|"),
}


def groups_for(module: Module, others: Iterable[tuple[str, str]] = ()) -> list[OperandGroup]:
    """What rules of ``module`` may look at; of the ``others``, by key and name, at how they ended."""
    seen = {name: one.label for name, one in fields_seen(module.form_id).items()}
    return operand_groups(form_config(module.form), seen, others)


def lines_of(parts: Outline, groups: Iterable[OperandGroup]) -> list[Line]:
    """What each part's pickers offer."""
    known = {one.reference: one for group in groups for one in group.operands}
    lines = []
    for part in parts:
        operand = known.get(part.operand) or Operand(part.operand, part.operand)
        usual, others = operators(operand.sort)
        lines.append(Line(part, operand, usual, others, foreign=part.operand not in known))
    return lines


def pressed(parts: Outline, do: str) -> tuple[Outline, int | None]:
    """The outline after a button, and where to go on; None for nowhere else.

    What is no button of the rows leaves them as they are, and so does one that lacks what it needs.
    """
    try:
        return _pressed(parts, do)
    except Incomplete as error:
        return parts, error.position


def _pressed(parts: Outline, do: str) -> tuple[Outline, int | None]:
    name, _dash, where = do.rpartition("-")
    if name == "add" and where in VERBS:
        changed = list(parts)
        return changed, add_rule(changed, where)
    if do == "raw" and may(Right.RULE):
        changed = list(parts)
        return changed, add_raw(changed)
    if name == "write" and not may(Right.RULE):
        abort(403)
    after = acted(parts, name, int(where)) if where.isdecimal() and len(where) < 6 else None
    return after or (parts, None)


def refuse_foreign(parts: Outline, known: Outline) -> None:
    """Raw rules are an administrator's to write; others may send back what is ``known``. Aborts with 403."""
    if may(Right.RULE):
        return
    texts = {part.raw for part in known}
    if any(part.kind == "raw" and part.raw not in texts for part in parts):
        abort(403, _("Only administrators write rules as JsonLogic."))
