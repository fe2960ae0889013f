"""The sign-in form, and the brake on guessing passwords."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_security.forms import LoginForm
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from wtforms import EmailField
from wtforms.validators import InputRequired

# Failures only. One address may try one account so often, any account so often; and one account
# may be tried so often from everywhere together: rarely enough to be guessed, too often to be locked
# out by a stranger in passing. Several windows make the wait grow. Each web process counts by itself.
_SAME_PAIR = parse_many("5/minute;20/hour")
_SAME_ADDRESS = parse_many("20/minute;100/hour")
_SAME_ACCOUNT = parse_many("60/hour")
_HASHING = BoundedSemaphore(2)  # 19 MiB each


class Brake:
    """Counts failed sign-ins per address and account."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def holds(self, account: str, address: str) -> bool:
        return not all(self._limiter.test(rate, *key) for rate, *key in _windows(account, address))

    def count(self, account: str, address: str) -> None:
        for rate, *key in _windows(account, address):
            self._limiter.hit(rate, *key)

    def forget(self) -> None:
        """Begin anew, as after a restart."""
        self._storage.reset()


BRAKE = Brake()


class SignInForm(LoginForm):
    """Flask-Security's form, without "remember me", and slower for who guesses."""

    # Any address that somebody was given will do, those of .test and .local included.
    email = EmailField(lazy_gettext("E-mail"), [InputRequired()])
    remember = None

    def validate(self, **options: Any) -> bool:
        account = (self.email.data or "").strip().lower()
        address = request.remote_addr or ""
        if BRAKE.holds(account, address):
            self.form_errors.append(
                _(
                    "Too many tries. Wait a minute, then try again; each further failure makes it longer."
                )
            )
            return False
        with _HASHING:
            valid: bool = super().validate(**options)
        if not valid:
            BRAKE.count(account, address)
        return valid


def _windows(account: str, address: str) -> list[tuple[RateLimitItem, str, str]]:
    keys = (
        (_SAME_PAIR, (account, address)),
        (_SAME_ADDRESS, ("", address)),
        (_SAME_ACCOUNT, (account, "")),
    )
    return [(rate, *key) for rates, key in keys for rate in rates]
