"""The form in which a person says how a web form is guarded, and which files it takes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, FloatField, IntegerField, TextAreaField
from wtforms.validators import InputRequired

from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.form import FormConfig
from web.sentences import translated

_NEEDED = [InputRequired(_("Enter a number."))]


class GuardForm(FlaskForm):
    """Field names are those of the document, its parts joined by two lines: ``spam__links``."""

    spam__hold_at = IntegerField(
        _("Hold from this score"),
        _NEEDED,
        description=_("1 to 100. A held submission waits for a person; nothing is ever dropped."),
    )
    spam__fastest_s = FloatField(
        _("Suspicious when sent sooner than (seconds)"),
        _NEEDED,
        description=_("After the page showed the form. Known when the page has the script."),
    )
    spam__oldest_h = IntegerField(_("Suspicious when the page is older than (hours)"), _NEEDED)
    spam__links = IntegerField(_("Suspicious with more links than"), _NEEDED)
    spam__repeats = IntegerField(
        _("Suspicious when one address sends the same more often than"),
        _NEEDED,
        description=_("Within an hour."),
    )
    time = BooleanField(
        _("Demand the time at which the page showed the form"),
        description=_("Only the script sends it. What comes without it gets 50 points."),
    )
    proof = BooleanField(
        _("Demand a proof of work (ALTCHA)"),
        description=_(
            "The visitor’s browser computes for about a second, on an https page with the script."
            " What comes without it, from servers too, is held."
        ),
    )
    uploads__files = IntegerField(
        _("Files at once"),
        _NEEDED,
        description=_(
            "0: the form takes none. Files that come all the same are kept, without a link."
        ),
    )
    uploads__size_mb = IntegerField(_("Largest file (MB)"), _NEEDED)
    uploads__total_mb = IntegerField(
        _("All files together (MB)"), _NEEDED, description=_("10 at most.")
    )
    uploads__link_days = IntegerField(
        _("Links work for (days)"),
        _NEEDED,
        description=_("After that only people with an account here can open the file."),
    )
    uploads__types = TextAreaField(
        _("Types"),
        [InputRequired(_("Enter at least one extension, such as pdf."))],
        description=_("Extensions. The first bytes of a file must fit its own."),
        render_kw={"rows": 2, "spellcheck": "false"},
    )


def guard_values(config: FormConfig) -> dict[str, Any]:
    """What the form shows at first."""
    parts = {"spam": config.spam, "uploads": config.uploads}
    values = {
        f"{part}__{key}": value
        for part, shape in parts.items()
        for key, value in dict(shape).items()
    }
    return values | {
        "uploads__types": " ".join(config.uploads.types),
        "time": "time" in config.spam.demand,
        "proof": "proof" in config.spam.demand,
    }


def guarded(form: GuardForm, config: FormConfig) -> FormConfig | None:
    """``config`` with what was entered; None when the document refuses it, which its fields then say."""
    spam = _part(form, "spam") | {
        "demand": [name for name in ("time", "proof") if form[name].data],
    }
    uploads = _part(form, "uploads")
    uploads["types"] = str(uploads["types"]).replace(",", " ").split()
    document = config.model_dump(mode="json", exclude_defaults=True)
    try:
        return load(FormConfig, document | {"spam": spam, "uploads": uploads})
    except DocumentMistakes as mistakes:
        for issue in mistakes.issues:
            _root, part, key, *_place = issue.path.split("/")
            form[f"{part}__{key}"].errors = [translated(issue.message)]
        return None


def _part(form: GuardForm, part: str) -> dict[str, Any]:
    prefix = f"{part}__"
    return {
        field.name.removeprefix(prefix): field.data
        for field in form
        if field.name.startswith(prefix)
    }
