"""Drafts: what a module's next revision will say. Nothing runs through them until they are published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.deciding.module import Active, ModuleConfig, load_module
from engine.storage.base import now
from engine.storage.database import SETTINGS, alone
from engine.storage.forms import (
    document_of,
    live_revision,
    named_connection,
    save_module,
)
from engine.storage.models import Draft, Module, Revision
from rules.sets import key_of


class Overtaken(Exception):
    """Somebody else changed the module since it was looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a module a person had before them: the live revision's number, and when the draft,
    if there was one, had been saved."""

    revision: int
    draft_at: datetime | None = None


def seen_of(session: Session, module: Module) -> Seen:
    """The module as it is now."""
    draft = module.draft
    return Seen(live_revision(session, module.id).number, draft.saved_at if draft else None)


def save_draft(
    session: Session, module: Module, config: ModuleConfig, seen: Seen, *, author: str
) -> Draft | None:
    """Keep ``config`` on top of the live revision; None when it says just what that says.

    Raises Overtaken, and NoSuchThing when the connection is not there.
    """
    live = _locked(session, module, seen)
    named_connection(session, config)
    document = document_of(config)
    if document == live.document:
        module.draft = None
    else:
        module.draft = module.draft or Draft()
        module.draft.document, module.draft.author = document, author
        module.draft.base, module.draft.saved_at = live.number, now()
    session.flush()
    return module.draft


def discard_draft(session: Session, module: Module, seen: Seen) -> None:
    """Raises Overtaken."""
    _locked(session, module, seen)
    module.draft = None
    session.flush()


def publish(
    session: Session, module: Module, seen: Seen, *, author: str, comment: str = ""
) -> Revision:
    """Make the draft the live revision.

    Raises Overtaken, also when a revision was published after the draft was saved; DocumentMistakes
    when the draft is of a time with other rules; NoSuchThing when its connection is gone.
    """
    live = _locked(session, module, seen)
    if module.draft is None or module.draft.base != live.number:
        raise Overtaken
    save_module(session, load_module(module.draft.document), author=author, comment=comment)
    module.draft = None
    session.flush()
    return live_revision(session, module.id)


def switch_module(
    session: Session, module: Module, *, on: bool, author: str, comment: str = ""
) -> None:
    """Let new submissions run through the module, or not: a revision of its own, so that it shows.

    A draft on top of the live revision is switched, too, lest publishing it switch back.
    """
    _change(
        session, module, lambda active: active.model_copy(update={"enabled": on}), author, comment
    )


def switch_rule(
    session: Session,
    module: Module,
    key: str,
    *,
    on: bool,
    revision: int,
    author: str,
    comment: str = "",
) -> None:
    """Let the live rule of that key count, or not; else as `switch_module`.

    ``revision`` is the live one that a person had before them. Raises Overtaken when there is
    another by now, or when it has no such rule.
    """
    alone(session, SETTINGS)
    live = live_revision(session, module.id)
    rules = load_module(live.document).active.rules
    if live.number != revision or key not in map(key_of, rules):
        raise Overtaken
    _change(session, module, lambda active: active.switched(key, on=on), author, comment)


def _change(
    session: Session,
    module: Module,
    change: Callable[[Active], Active],
    author: str,
    comment: str,
) -> None:
    """Change when the module runs: in a new revision, and in a draft that is on top of the live one."""
    alone(session, SETTINGS)
    live, draft = live_revision(session, module.id), module.draft
    save_module(session, _changed(live.document, change), author=author, comment=comment)
    if draft is not None and draft.base == live.number:
        draft.document = document_of(_changed(draft.document, change))
        draft.base = live_revision(session, module.id).number
        draft.saved_at = now()


def _locked(session: Session, module: Module, seen: Seen) -> Revision:
    """The live revision of a module that nobody else changes now. Raises Overtaken."""
    alone(session, SETTINGS)
    session.refresh(module, ["draft"])
    if seen_of(session, module) != seen:
        raise Overtaken
    return live_revision(session, module.id)


def _changed(document: Mapping[str, Any], change: Callable[[Active], Active]) -> ModuleConfig:
    config = load_module(document)
    return config.model_copy(update={"active": change(config.active)})
