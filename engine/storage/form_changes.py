"""Changing what a person had before them of a form, and not what somebody else made of it meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.storage.database import SETTINGS, alone
from engine.storage.drafts import Overtaken
from engine.storage.models import Form


def mark_of(form: Form, keys: Sequence[str] = ()) -> str:
    """A digest of the settings under ``keys``, or of all: another one means that they changed."""
    said = {key: form.config.get(key) for key in keys} if keys else form.config
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]


def hold_form(session: Session, form: Form, mark: str, keys: Sequence[str] = ()) -> None:
    """Let nobody else change ``form`` before this transaction ends.

    Raises Overtaken when the settings under ``keys`` are not those of ``mark`` any more.
    """
    alone(session, SETTINGS)
    session.refresh(form)
    if mark and mark != mark_of(form, keys):
        raise Overtaken
