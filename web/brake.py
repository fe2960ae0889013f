"""The brake on guessing passwords and codes, as pages use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from threading import BoundedSemaphore
from typing import Final

from babel.dates import format_timedelta
from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from engine.delivery.repeats import network
from engine.storage.audit import Actor, add_entry
from engine.storage.base import now
from engine.storage.sign_ins import TooManyTries, begin_try, forgive
from web.instance import instance

HASHING: Final = BoundedSemaphore(2)
"""Who hashes a password holds it: each takes 19 MiB."""


def braked(account: str, check: Callable[[], bool]) -> bool:
    """Whether ``check`` succeeds, which counts as a failed try of ``account`` when it does not.

    The request may hold no transaction that writes. Raises TooManyTries.
    """
    database = instance().database
    with database.write() as session:
        id = begin_try(session, account, here(), now())
    right = check()
    if right:
        with database.write() as session:
            forgive(session, id)
    return right


def here() -> str:
    """The network that the request came from."""
    return network(request.remote_addr or "")


def note_failure(email: str, by: str) -> None:
    """Note in the audit log that a sign-in failed; ``email`` is empty when it is nobody's.

    What was typed is not noted: people type their password in the wrong place.
    """
    with instance().database.write() as session:
        stranger = Actor(f"somebody at {here()}", "studio")
        add_entry(session, stranger, "fail to sign in", "person", email, {"by": by})


def told(error: TooManyTries) -> str:
    wait = timedelta(seconds=ceil((error.until - now()).total_seconds()))
    return _(
        "Too many tries. Wait %(span)s, then try again; each further failure makes it longer.",
        span=format_timedelta(wait, locale=get_locale()),
    )
