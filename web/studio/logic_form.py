"""The web form of the Logic tab: the lines of an outline, one by one."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, IntegerField, StringField
from wtforms.validators import AnyOf, Length, NumberRange

from rules.builder import Operator
from rules.sets import VERBS
from web.studio.outline import DEEPEST, MOST_RAW, Outline, Part, tidy

MOST_PARTS = 600
_NAME = 1_100
_VALUE = 4_096


class TextsField(Field):
    """Several texts, from boxes that were ticked or from the lines of a larger box."""

    def process_data(self, value: Any) -> None:
        self.data = tuple(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        lines = [line for value in valuelist for line in re.split("\r\n|\r|\n", value)]
        self.data = tuple(line for line in lines if line.strip())


class PartForm(Form):
    """One line. Field names are those of an outline's part."""

    kind = StringField(validators=[AnyOf(("rule", "raw", "group", "row"))])
    depth = IntegerField(validators=[NumberRange(0, DEEPEST)])
    verb = StringField(validators=[AnyOf(VERBS)], default="activate")
    enabled = BooleanField(_("Counts"))
    match = StringField(validators=[AnyOf(("all", "any", "none"))], default="all")
    operand = StringField(validators=[Length(max=_NAME)])
    operator = StringField(validators=[AnyOf(tuple(Operator))], default=Operator.EQUALS)
    value = StringField(validators=[Length(max=_VALUE)])
    values = TextsField()
    raw = StringField(validators=[Length(max=MOST_RAW)])
    user = StringField(validators=[Length(max=_NAME)])


class LogicForm(FlaskForm):
    parts = FieldList(FormField(PartForm, _("Rules")), _("Rules"))


def form_of(parts: Outline) -> LogicForm:
    """The form that shows an outline, whatever was sent."""
    lines = [
        {name: getattr(part, name) for name in Part.__dataclass_fields__}  # slots: no vars()
        for part in parts
    ]
    return LogicForm(formdata=None, data={"parts": lines})


def outline_in(entered: LogicForm) -> Outline | None:
    """What was sent; None when no page of ours sends such."""
    if len(entered.parts) > MOST_PARTS or not entered.validate():
        return None
    return tidy([_part(line.form) for line in entered.parts])


def _part(line: PartForm) -> Part:
    said = {field.name.rpartition("-")[2]: field.data for field in line if field.data is not None}
    said["operator"] = Operator(said["operator"])
    if said["kind"] not in ("rule", "raw"):
        del said["enabled"]  # only rules have the box
    return Part(**said)
