"""The caller's own token."""

from __future__ import annotations

from datetime import datetime

from flask import g

from engine.deciding.documents import Document
from engine.storage.tokens import Scope
from web.api.authorization import Caller
from web.api.operations import Operation, Told
from web.api.reading import PublicId


class TokenDetail(Document):
    """A token. ``scopes`` are those that its person's role allows, too."""

    token: PublicId
    name: str
    person: str
    scopes: tuple[Scope, ...]
    expires_at: datetime


def get_token() -> Told:
    """Get what the token you send may be used for."""
    caller: Caller = g.caller
    return TokenDetail(
        token=caller.token,
        name=caller.name,
        person=caller.person,
        scopes=tuple(sorted(caller.scopes)),
        expires_at=caller.expires_at,
    )


OPERATIONS = (Operation("GET", "/token", get_token, None, TokenDetail),)
