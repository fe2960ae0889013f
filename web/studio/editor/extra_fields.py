"""The form of the tab for tasks, tags and notes, and for who is responsible."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import FieldList, Form, FormField, HiddenField, StringField, TextAreaField

from web.studio.editor.fields import WHEN, MapForm, Picker
from web.studio.editor.task_fields import TaskForm


class TagForm(Form):
    """One tag; without a text there is none."""

    tag = StringField(_("Tag"))
    when = Picker(_("When"), choices=WHEN)


class KindForm(Form):
    """What one kind's record gets besides its fields. ``shown``: the page had it."""

    shown = HiddenField()
    tags = FieldList(FormField(TagForm))
    note = TextAreaField(_("Note"))
    note_when = Picker(_("When"), choices=WHEN)
    tasks = FieldList(FormField(TaskForm))


class ResponsibleForm(Form):
    """Who is responsible for new records, and how they are chosen."""

    shown = HiddenField()
    way = Picker(
        _("New records go to"),
        choices=(
            ("", _("whom the CRM chooses")),
            ("user", _("always the same person")),
            ("in_turn", _("these people in turn")),
            ("weighted", _("these people, by shares")),
            ("from_field", _("a person by an answer")),
            ("like", _("whoever has the record that was found")),
            ("rules", _("a person by rules")),
        ),
    )
    user = StringField(_("Person"))
    in_turn = TextAreaField(_("People, one a line"))
    weighted = FieldList(FormField(MapForm))
    from_field = StringField(_("Answer"))
    map = FieldList(FormField(MapForm))
    like = Picker(_("As for the"), choices=(("contact", _("contact")), ("company", _("company"))))
    otherwise = StringField(_("Otherwise"))


class ExtrasForm(Form):
    """The whole tab."""

    responsible = FormField(ResponsibleForm)
    contact = FormField(KindForm)
    company = FormField(KindForm)
    deal = FormField(KindForm)
