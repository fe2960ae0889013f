"""Who asks, by which token, and what the token may be used for.

A token may do what its scopes say, never more than its person's role allows. Cookies count for
nothing here, so that no page of another site can make a browser use the API.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g, request
from sqlalchemy.exc import OperationalError

from engine.delivery.intake import TooFast
from engine.storage.base import now
from engine.storage.model_people import ApiToken
from engine.storage.tokens import Scope, TokenRefused, note_use, seen_lately, token_by_secret
from web.api.problems import NO_TOKEN, NOT_ALLOWED, TOO_FAST, Problem, wait
from web.instance import instance
from web.intake.rate import RateLimit
from web.studio.rights import RIGHTS, Right

PER_MINUTE = 600
"""Requests with one token. Each web process counts by itself."""

NEEDED: Mapping[Scope, Right] = {
    Scope.FORMS_READ: Right.READ,
    Scope.FORMS_WRITE: Right.EDIT,
    Scope.MODULES_READ: Right.READ,
    Scope.MODULES_WRITE: Right.EDIT,
    Scope.SUBMISSIONS_READ: Right.READ,
    Scope.SUBMISSIONS_WRITE: Right.EDIT,
    Scope.RUNS_READ: Right.READ,
    Scope.RUNS_WRITE: Right.EDIT,
    Scope.CONNECTIONS_READ: Right.READ,
    Scope.CONNECTIONS_WRITE: Right.CONNECT,
    Scope.NOTICES_READ: Right.READ,
    Scope.NOTICES_WRITE: Right.EDIT,
    Scope.PRIVACY_ERASE: Right.CONNECT,
    Scope.AUDIT_READ: Right.AUDIT,
}
"""What a person must have the right to, for a token of theirs to have the scope."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """The program that asks. ``scopes`` are those its person's role allows, too."""

    token: str
    name: str
    person: str
    scopes: frozenset[Scope]
    expires_at: datetime

    @property
    def author(self) -> str:
        """Who is told to have changed something."""
        return f"{self.person}, by the token “{self.name}”"


def authorized(*scopes: Scope) -> Caller:
    """Who asks, if the token has all of ``scopes``. Raises Problem."""
    token = _token()
    _brake(token)
    _note_use(token)
    caller = Caller(
        token=token.public_id,
        name=token.name,
        person=token.person.email,
        scopes=scopes_of(token),
        expires_at=token.expires_at,
    )
    for scope in scopes:
        _require(scope, caller, token)
    return caller


def require(scope: Scope) -> None:
    """Refuse the present request unless its token has ``scope``, too. Raises Problem."""
    _require(scope, g.caller, _token())


def _require(scope: Scope, caller: Caller, token: ApiToken) -> None:
    if scope in caller.scopes:
        return
    why = "the role of its person allows no more" if scope in token.scopes else "it lacks it"
    raise Problem(
        NOT_ALLOWED,
        f"the scope {scope} is needed; {why}",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )


def scopes_of(token: ApiToken) -> frozenset[Scope]:
    """What the token may be used for, as its person's roles are today."""
    rights = {right for role in token.person.roles for right in RIGHTS.get(role.name, ())}
    return frozenset(
        scope for scope, right in NEEDED.items() if scope in token.scopes and right in rights
    )


def _token() -> ApiToken:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(NO_TOKEN, "no token was sent", headers={"WWW-Authenticate": "Bearer"})
    try:
        with instance().database.read() as session:
            return token_by_secret(session, secret.strip())
    except TokenRefused as error:
        challenge = 'Bearer error="invalid_token"'
        raise Problem(NO_TOKEN, str(error), headers={"WWW-Authenticate": challenge}) from error


def _brake(token: ApiToken) -> None:
    rate: RateLimit = current_app.extensions["api_rate"]
    try:
        rate.take("api", token.public_id, PER_MINUTE)
    except TooFast as error:
        raise wait(
            TOO_FAST, f"more than {PER_MINUTE} requests a minute", error.retry_after_s
        ) from error


def _note_use(token: ApiToken) -> None:
    if seen_lately(token):
        return
    try:
        with instance().database.write() as session:
            note_use(session, token.id, now())
    except OperationalError as error:  # a full disk must not keep anybody from reading
        _log.warning("the use of token %s is not noted: %r", token.public_id, error.orig)
