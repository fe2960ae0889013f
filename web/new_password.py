"""Choosing a password: asked for twice, by the same rules everywhere."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from engine.storage.people import FEWEST_CHARACTERS

_KEPT_IN = {"autocomplete": "new-password"}


def stripped(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


class NewPasswordForm(FlaskForm):
    """A password, twice."""

    password = PasswordField(
        _("Password"),
        [InputRequired(_("Choose a password."))],
        description=_("At least %(few)d characters; a few words are fine.", few=FEWEST_CHARACTERS),
        render_kw=_KEPT_IN,
    )
    again = PasswordField(
        _("The password again"),
        [
            InputRequired(_("Type the password once more.")),
            EqualTo("password", _("This is not the same as above.")),
        ],
        render_kw=_KEPT_IN,
    )

    def validate_password(self, field: Field) -> None:
        if len(field.data) < FEWEST_CHARACTERS:
            raise ValidationError(
                gettext(
                    "%(count)d characters are too few: use %(few)d or more.",
                    count=len(field.data),
                    few=FEWEST_CHARACTERS,
                )
            )


class NewPersonForm(NewPasswordForm):
    """Somebody's name, and their password."""

    name = StringField(
        _("Your name"),
        [DataRequired(_("Enter your name, as others shall see it.")), Length(max=200)],
        filters=[stripped],
        render_kw={"autocomplete": "name"},
    )
