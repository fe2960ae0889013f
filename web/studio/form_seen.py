"""What of a form a person had before them, and what they are told when somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from flask import request
from flask_babel import gettext as _

from engine.deciding.form import FormConfig
from engine.storage.audit import latest_entry
from engine.storage.drafts import Overtaken
from engine.storage.form_changes import hold_form, mark_of
from engine.storage.forms import form_config, save_form
from engine.storage.models import Form
from web.acting import note
from web.database import db

FIELDS, GUARD, OWN_PAGE = ("fields",), ("spam", "uploads"), ("page", "redirect")
UNPROVEN = ("signature", "tests")
KEEPING = ("keep",)
"""The settings that each page of a form changes; the page of all settings changes all."""


class _Page(Protocol):
    """The page once more, with what was entered."""

    def __call__(self, *, overtaken: str = "") -> str: ...


def mark_shown(form: Form, keys: Sequence[str] = (), *, anew: bool = False) -> str:
    """The mark for a page to send along: that of what the person first saw, unless shown ``anew``."""
    sent = "" if anew else request.form.get("seen", "")
    return sent or mark_of(form, keys)


def hold_as_seen(form: Form, keys: Sequence[str] = ()) -> None:
    """Let this request alone change ``form``. Raises Overtaken."""
    hold_form(db.session(), form, request.form.get("seen", ""), keys)


def refused(
    form: Form,
    keys: Sequence[str],
    change: Callable[[FormConfig], FormConfig | None],
    page: _Page,
) -> tuple[str, int] | None:
    """Save what ``change`` makes of the form's settings; None once that is done.

    Else nothing is saved, and this is the answer: somebody else was faster, or ``change`` made nothing
    and has told at the fields why not.
    """
    try:
        hold_as_seen(form, keys)
    except Overtaken:
        return page(overtaken=told_overtaken(form)), 409
    config = change(form_config(form))
    if config is None:
        return page(), 422
    save_form(db.session(), config)
    note("save", "form", form.key)
    db.session().commit()
    return None


def told_overtaken(form: Form) -> str:
    """Why nothing was saved, and what to do."""
    entry = latest_entry(db.session(), "form", form.key)
    return _(
        "%(who)s changed this meanwhile, so nothing was saved. What you entered is still here: look at"
        " what is saved now, then save again to put yours in its place.",
        who=entry.actor if entry else _("Somebody"),
    )
