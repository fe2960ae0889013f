"""Asking whoever is signed in for their password once more, before what matters."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from engine.storage.people import password_fits
from engine.storage.sign_ins import TooManyTries
from web.brake import HASHING, braked, told
from web.database import db
from web.new_password import NewPasswordForm


class OwnPasswordForm(FlaskForm):
    """The password by which one signs in."""

    current = PasswordField(
        _("Your password now"),
        [InputRequired(_("Enter the password that you sign in with."))],
        render_kw={"autocomplete": "current-password"},
    )


class ChangePasswordForm(OwnPasswordForm, NewPasswordForm):
    """The password that one signs in with, and another in its place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.label.text = gettext("New password")
        self.again.label.text = gettext("The new password again")


def own_password_fits(form: OwnPasswordForm) -> bool:
    """Whether the form's password is right; else its field says why not. It ends the transaction."""

    def right() -> bool:
        with HASHING:
            return password_fits(current_user, form.current.data or "")

    db.session.commit()  # nobody may wait for the database while a password is hashed
    form.current.errors = [gettext("This is not your password.")]
    try:
        return braked(current_user.email, right)
    except TooManyTries as error:
        form.current.errors = [told(error)]
    return False
