"""Keeping what a tab says as the module's draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash
from flask_babel import gettext as _

from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.storage.drafts import Overtaken
from engine.storage.forms import NoSuchThing
from engine.storage.models import Module
from web.studio.module_pages import keep_draft, mistakes_of, overtaken
from web.yaml_text import Mistake


class Refused(Exception):
    """Nothing was saved. ``overtaken``: somebody else changed the module meanwhile."""

    def __init__(self, mistakes: list[Mistake], *, overtaken: bool = False) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes
        self.overtaken = overtaken

    @property
    def status(self) -> int:
        return 409 if self.overtaken else 422


def keep(module: Module, document: Mapping[str, Any], mistakes: Sequence[Mistake] = ()) -> None:
    """Save ``document`` as the draft, unless it or the form has ``mistakes``. Raises Refused."""
    try:
        config = load_module(document)
        if mistakes:
            raise Refused(list(mistakes))
        kept = keep_draft(module, config)
    except (DocumentMistakes, NoSuchThing) as error:
        raise Refused([*mistakes, *mistakes_of(error)]) from error
    except Overtaken as error:
        raise Refused([Mistake("", None, overtaken(module))], overtaken=True) from error
    if kept:
        flash(_("The draft is saved. It changes nothing until it is published."), "good")
