"""Tokens by which programs use the API in a person's name.

A token reads ``fw_<its public id>_<secret>``. Only its SHA-256 is kept: the secret is random, so
that a slow hash would add nothing, and each request must look it up.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from engine.storage.base import now, public_id
from engine.storage.digests import digest_of
from engine.storage.model_people import ApiToken, Person

SEEN_EVERY = timedelta(minutes=1)
"""How exactly a token's last use is known; spares a write with each request."""

_TOKEN = re.compile(r"fw_([2-9a-z]{20})_[2-9a-z]{40}")


class Scope(StrEnum):
    """What a token may be used for, as far as its person's role allows it too."""

    FORMS_READ = "forms:read"
    FORMS_WRITE = "forms:write"
    MODULES_READ = "modules:read"
    MODULES_WRITE = "modules:write"
    SUBMISSIONS_READ = "submissions:read"
    SUBMISSIONS_WRITE = "submissions:write"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_WRITE = "connections:write"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"
    PRIVACY_ERASE = "privacy:erase"
    AUDIT_READ = "audit:read"

    @property
    def changes_nothing(self) -> bool:
        return self.endswith(":read")


class TokenRefused(Exception):
    """A token opens nothing; the message says why."""


def create_token(
    session: Session, person: Person, name: str, scopes: Iterable[Scope], lifetime: timedelta
) -> tuple[ApiToken, str]:
    """A new token's row, and the token itself, which nobody can read again."""
    id = public_id()
    secret = f"fw_{id}_{public_id()}{public_id()}"
    token = ApiToken(
        public_id=id,
        person=person,
        name=name,
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        expires_at=now() + lifetime,
    )
    session.add(token)
    session.flush()
    return token, secret


def token_by_secret(session: Session, secret: str) -> ApiToken:
    """The token that ``secret`` is, with its person. Raises TokenRefused."""
    written = _TOKEN.fullmatch(secret)
    token = token_by_public_id(session, written[1]) if written else None
    if token is None or not hmac.compare_digest(token.digest, digest_of(secret)):
        raise TokenRefused("the token is not known")
    if token.revoked_at is not None:
        raise TokenRefused("the token was revoked")
    if token.expires_at <= now():
        raise TokenRefused("the token has expired")
    if not token.person.active:
        raise TokenRefused("the token's person may not sign in any more")
    return token


def token_by_public_id(session: Session, public_id: str) -> ApiToken | None:
    return session.scalars(select(ApiToken).where(ApiToken.public_id == public_id)).first()


def seen_lately(token: ApiToken) -> bool:
    """Whether the token's last use is noted as exactly as we want to know it."""
    return token.last_used_at is not None and token.last_used_at > now() - SEEN_EVERY


def note_use(session: Session, token_id: int, at: datetime) -> None:
    """Keep when a token was last used, unless a request beside this one did already."""
    session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= at - SEEN_EVERY),
        )
        .values(last_used_at=at)
    )


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Every token ever made, the newest first."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()


def revoke_token(session: Session, public_id: str) -> ApiToken | None:
    """Make a token useless from now on. None when there is none."""
    token = token_by_public_id(session, public_id)
    if token is not None and token.revoked_at is None:
        token.revoked_at = now()
    return token
