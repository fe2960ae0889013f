"""The sign-in form, slow for who guesses, and what comes between it and the studio."""

from __future__ import annotations

from typing import Any, cast

from flask_babel import lazy_gettext
from flask_security import UserMixin
from flask_security.forms import LoginForm
from flask_security.tf_plugin import TfPlugin
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from engine.storage.model_people import Person
from engine.storage.second_step import is_on
from engine.storage.sign_ins import TooManyTries
from web.brake import HASHING, braked, note_failure, told
from web.database import looking_only
from web.half_way import ask_for_code
from web.instance import instance


class SignInForm(LoginForm):
    """Flask-Security's form, without "remember me", and slower for who guesses."""

    # Any address that somebody was given will do, those of .test and .local included.
    email = EmailField(lazy_gettext("E-mail"), [InputRequired()])
    remember = None

    def validate(self, **options: Any) -> bool:
        def right() -> bool:
            with HASHING, looking_only():  # a hash takes long, and nobody may wait for the database
                valid: bool = super(SignInForm, self).validate(**options)
            return valid

        account = (self.email.data or "").strip().lower()
        try:
            valid = braked(account, right)
        except TooManyTries as error:
            self.form_errors.append(told(error))
            return False
        if not valid:
            note_failure(self.user.email if self.user else "", "password")
        return valid


class SecondStepAsked(TfPlugin):
    """What Flask-Security asks after a right password: whether there is one more thing to show."""

    def tf_enter(
        self,
        user: UserMixin,
        remember_me: bool | None,
        primary_authn_via: str,
        next_loc: str | None,
    ) -> Response | None:
        person = cast(Person, user)  # our StudioPerson is both
        with instance().database.read() as session:
            asked = is_on(session, person.id)
        return ask_for_code(person, next_loc) if asked else None
