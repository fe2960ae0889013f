"""The form in which a person says how long a web form's submissions are kept."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired

from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.form import FormConfig
from web.sentences import translated

_NEEDED = [InputRequired(_("Enter a number of days."))]


class KeepingForm(FlaskForm):
    """Field names are those of the document's ``keep``."""

    submissions = IntegerField(
        _("Submissions (days)"),
        _NEEDED,
        description=_(
            "From the arrival of what was delivered, skipped or failed. What is under way stays."
        ),
    )
    held = IntegerField(
        _("What nobody let in (days)"),
        _NEEDED,
        description=_("Held submissions, and those that could not be read."),
    )
    calls = IntegerField(
        _("Requests to CRMs and their answers (days)"),
        _NEEDED,
        description=_("What was called and what came of it stays in the log."),
    )
    addresses = IntegerField(
        _("Network addresses of visitors (days)"),
        _NEEDED,
        description=_("After that only the first part of an address stays."),
    )


def kept(entered: KeepingForm, config: FormConfig) -> FormConfig | None:
    """``config`` with what was entered; None when the document refuses it, which its fields then say."""
    document = config.model_dump(mode="json", exclude_defaults=True)
    keep = {name: entered[name].data for name in type(config.keep).model_fields}
    try:
        return load(FormConfig, document | {"keep": keep})
    except DocumentMistakes as mistakes:
        for issue in mistakes.issues:
            entered[issue.path.rpartition("/")[2]].errors = [translated(issue.message)]
        return None
