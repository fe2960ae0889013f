"""The form of one task."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import Form, StringField, TextAreaField

from web.studio.editor.fields import WHEN, Picker

UNITS = (
    ("days", _("days")),
    ("working_days", _("working days")),
    ("hours", _("hours")),
    ("working_hours", _("working hours")),
    ("minutes", _("minutes")),
    ("working_minutes", _("working minutes")),
)
TOGETHER = "together"
"""The unit of a due time that several units make up; the amount is then a mapping in braces."""


class TaskForm(Form):
    """One task; without a text there is none."""

    text = TextAreaField(_("Task"))
    type = StringField(_("Type"))
    amount = StringField(_("Due in"))
    unit = Picker(_("Unit"), choices=(*UNITS, (TOGETHER, _("together, in braces"))))
    at = StringField(_("at (time)"))
    on = StringField(_("counted from a date"))
    responsible = StringField(_("For"))
    when = Picker(_("When"), choices=WHEN)
