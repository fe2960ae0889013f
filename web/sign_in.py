"""The sign-in form, and the brake on guessing passwords."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from threading import BoundedSemaphore
from typing import Any

from babel.dates import format_timedelta
from flask import request
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_security.forms import LoginForm
from wtforms import EmailField
from wtforms.validators import InputRequired

from engine.delivery.repeats import network
from engine.storage.base import now
from engine.storage.sign_ins import TooManyTries, begin_try, forgive
from web.database import looking_only
from web.instance import instance

_HASHING = BoundedSemaphore(2)  # 19 MiB each


class SignInForm(LoginForm):
    """Flask-Security's form, without "remember me", and slower for who guesses."""

    # Any address that somebody was given will do, those of .test and .local included.
    email = EmailField(lazy_gettext("E-mail"), [InputRequired()])
    remember = None

    def validate(self, **options: Any) -> bool:
        account = (self.email.data or "").strip().lower()
        database = instance().database
        try:
            with database.write() as session:
                id = begin_try(session, account, network(request.remote_addr or ""), now())
        except TooManyTries as error:
            self.form_errors.append(_told(error))
            return False
        with _HASHING, looking_only():  # a hash takes long, and nobody may wait for the database
            valid: bool = super().validate(**options)
        if valid:
            with database.write() as session:
                forgive(session, id)
        return valid


def _told(error: TooManyTries) -> str:
    wait = timedelta(seconds=ceil((error.until - now()).total_seconds()))
    return _(
        "Too many tries. Wait %(span)s, then try again; each further failure makes it longer.",
        span=format_timedelta(wait, locale=get_locale()),
    )
