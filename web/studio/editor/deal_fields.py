"""The form of the deal's tab."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FieldList, FormField, SelectMultipleField, StringField

from web.studio.editor.fields import Choices, MapForm, PartForm, Picker
from web.studio.editor.task_fields import TaskForm


class DealForm(PartForm):
    """The tab of the deal."""

    pipeline = StringField(_("Pipeline"))
    stage = StringField(_("Stage for a new deal"))
    name = StringField(_("Name of a new deal"))
    budget = StringField(_("Budget"))
    duplicates__control = Picker(
        _("If this person already has an open deal"),
        choices=Choices(
            ("none", _("make another one all the same")),
            ("formwire", _("look for it, and go by what is set here")),
            ("crm", _("leave it to the CRM’s own duplicate control")),
        ),
    )
    duplicates__found = Picker(
        _("One is found"),
        choices=Choices(
            ("keep", _("keep it: no new deal, its fields stay")),
            ("update", _("update its fields")),
            ("move", _("update it, and move it to the stage above")),
            ("create", _("make a new deal")),
        ),
    )
    duplicates__several = Picker(
        _("Several are found"),
        choices=Choices(
            ("newest", _("take the newest")),
            ("all", _("go on with all")),
            ("create", _("make a new deal")),
            ("hold", _("hold for a person")),
        ),
    )
    duplicates__backwards = BooleanField(_("It may move backwards, too"))
    duplicates__look_in__pipelines = SelectMultipleField(
        _("Only in the pipelines"), validate_choice=False
    )
    duplicates__look_in__stages = SelectMultipleField(
        _("Only in the stages"), validate_choice=False
    )
    duplicates__look_in__where = FieldList(FormField(MapForm))
    duplicates__look_in__younger_than__days = StringField(_("Not older than (days)"))
    duplicates__look_in__younger_than__hours = StringField(_("and (hours)"))
    duplicates__task = FormField(TaskForm)
