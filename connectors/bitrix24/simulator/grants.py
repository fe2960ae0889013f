"""Who is let in: the webhook, codes, and pairs of an access token and a refresh token.

Source: apidocs.bitrix24.com, OAuth 2.0. A refresh token serves once, and with it ends its pair; how long
it lives is told as 180 days and as 28: here as 28.
"""

from __future__ import annotations

import secrets

from connectors.bitrix24.simulator.crm import Crm
from connectors.bitrix24.simulator.dialect import refuse
from connectors.simulation import Record, Store

CODE_S = 30
ACCESS_S = 3600
REFRESH_S = 28 * 24 * 3600
CODES, PAIRS = "oauth_codes", "oauth_pairs"


def new_code(crm: Crm) -> str:
    """A person lets the application in."""
    code = secrets.token_hex(35)
    crm.store.add(CODES, {"code": code, "at": crm.now()})
    return code


def redeem(crm: Crm, code: str) -> Record:
    """The first pair, for a code."""
    found = next((one for one in crm.store.all(CODES) if one["code"] == code), None)
    if found is None or crm.now() - found["at"] >= CODE_S:
        refuse("invalid_grant", "The code is invalid or has expired")
    crm.store.delete(CODES, found["id"])
    return _new_pair(crm)


def renew(crm: Crm, refresh: str) -> Record:
    """The next pair, for a refresh token."""
    found = next((one for one in crm.store.all(PAIRS) if one["refresh"] == refresh), None)
    if found is None or crm.now() - found["at"] >= REFRESH_S:
        refuse("invalid_grant", "The refresh token is invalid or has expired")
    crm.store.delete(PAIRS, found["id"])
    return _new_pair(crm)


def require_token(crm: Crm, token: str | None) -> None:
    """Refuse who has no token that is good now."""
    found = next((one for one in crm.store.all(PAIRS) if one["access"] == token), None)
    if found is None:
        refuse("NO_AUTH_FOUND", "Wrong authorization data", 401)
    if crm.now() >= found["ends_at"]:
        refuse("expired_token", "The access token provided has expired", 401)


def revoke(store: Store) -> None:
    """A person removes the application."""
    for pair in store.all(PAIRS):
        store.delete(PAIRS, pair["id"])


def expire(store: Store) -> None:
    """An hour passes, as far as access tokens are concerned."""
    for pair in store.all(PAIRS):
        store.replace(PAIRS, {**pair, "ends_at": 0})


def _new_pair(crm: Crm) -> Record:
    return crm.store.add(
        PAIRS,
        {
            "access": secrets.token_hex(35),
            "refresh": secrets.token_hex(35),
            "at": crm.now(),
            "ends_at": crm.now() + ACCESS_S,
        },
    )
