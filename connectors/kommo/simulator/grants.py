"""Who is let in: codes, and pairs of an access token and a refresh token.

Source: developers.kommo.com, OAuth 2.0; github.com/amocrm/amocrm-api-php, issues 123 and 269.
Kommo lets a refresh token be used again until the pair it gave is used for the first time. Nobody
says what an access token is worth once its pair was renewed: here it is worth nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
from enum import StrEnum
from hmac import compare_digest

from flask import request

from connectors.kommo.simulator.account import ACCOUNT_ID, DOMAIN, EVERYBODYS_HOST, OWNER
from connectors.kommo.simulator.crm import Crm
from connectors.simulation import Record, Store

CODE_S = 20 * 60
ACCESS_S = 24 * 3600
REFRESH_S = 90 * 24 * 3600
CODES, PAIRS = "oauth_codes", "oauth_pairs"


class PairState(StrEnum):
    NEW = "new"  # never used, so that the one before it may still be renewed
    USED = "used"
    RENEWED = "renewed"  # its refresh token serves until the new pair is used
    OVER = "over"


class Refused(Exception):
    """No token is given; the message is Kommo's hint."""

    def __init__(self, status: int, hint: str) -> None:
        super().__init__(hint)
        self.status = status


def new_code(crm: Crm, redirect_uri: str) -> str:
    """A person lets the integration in."""
    code = secrets.token_hex(32)
    crm.store.add(CODES, {"code": code, "redirect_uri": redirect_uri, "at": crm.now()})
    return code


def redeem(crm: Crm, code: str, redirect_uri: str) -> Record:
    """The first pair, for a code. Raises Refused."""
    found = next((one for one in crm.store.all(CODES) if one["code"] == code), None)
    if found is None:
        raise Refused(400, "Authorization code has been revoked")
    if crm.now() - found["at"] >= CODE_S:
        raise Refused(400, "Authorization code has expired")
    if found["redirect_uri"] != redirect_uri:
        raise Refused(400, "Check the `redirect_uri` parameter")
    crm.store.delete(CODES, found["id"])
    return _new_pair(crm, before=None)


def renew(crm: Crm, refresh: str) -> Record:
    """The next pair, for a refresh token. Raises Refused."""
    found = next((one for one in crm.store.all(PAIRS) if one["refresh"] == refresh), None)
    if found is None:
        raise Refused(401, "Cannot decrypt the refresh token")
    if found["state"] == PairState.OVER:
        raise Refused(401, "Token has been revoked")
    if crm.now() - found["at"] >= REFRESH_S:
        raise Refused(401, "Token has expired")
    for other in crm.store.all(PAIRS):
        if other["before"] == found["id"]:  # it was lost on the way
            _become(crm.store, other, PairState.OVER)
    if found["state"] == PairState.NEW:
        _use(crm.store, found)
    _become(crm.store, found, PairState.RENEWED)
    return _new_pair(crm, before=found["id"])


def lets_in(crm: Crm) -> bool:
    """Whether the request bears a token that is good for this account now."""
    given = request.headers.get("Authorization", "").encode()
    if is_elsewhere(crm):
        return False
    return compare_digest(given, f"Bearer {crm.token}".encode()) or _is_granted(crm, given)


def is_elsewhere(crm: Crm) -> bool:
    """Whether the request goes to a subdomain at which no account lives, or none any more."""
    host = request.host.partition(":")[0]
    return host.endswith(f".{DOMAIN}") and host not in (
        f"{crm.subdomain()}.{DOMAIN}",
        f"www.{DOMAIN}",
        EVERYBODYS_HOST,
    )


def account_of(crm: Crm, refresh: str) -> str | None:
    """The subdomain of the account that a refresh token is good for."""
    pairs = crm.store.all(PAIRS)
    good = any(one["refresh"] == refresh and one["state"] != PairState.OVER for one in pairs)
    return crm.subdomain() if good else None


def rename(store: Store, subdomain: str) -> None:
    """The account moves to another subdomain."""
    store.replace("accounts", {"id": ACCOUNT_ID, "subdomain": subdomain})


def revoke(store: Store) -> None:
    """A person switches the integration off."""
    for pair in store.all(PAIRS):
        _become(store, pair, PairState.OVER)


def expire(store: Store) -> None:
    """A day passes, as far as access tokens are concerned."""
    for pair in store.all(PAIRS):
        store.replace(PAIRS, {**pair, "access_ends_at": 0})


def _is_granted(crm: Crm, given: bytes) -> bool:
    for pair in crm.store.all(PAIRS):
        if compare_digest(given, f"Bearer {pair['access']}".encode()):
            good = pair["state"] in (PairState.NEW, PairState.USED)
            if not good or crm.now() >= pair["access_ends_at"]:
                return False
            if pair["state"] == PairState.NEW:
                _use(crm.store, pair)
            return True
    return False


def _use(store: Store, pair: Record) -> None:
    """From its first use on, the pair before it is worth nothing."""
    _become(store, pair, PairState.USED)
    before = store.get(PAIRS, pair["before"]) if pair["before"] else None
    if before is not None:
        _become(store, before, PairState.OVER)


def _become(store: Store, pair: Record, state: PairState) -> None:
    store.replace(PAIRS, {**pair, "state": state.value})


def _new_pair(crm: Crm, *, before: int | None) -> Record:
    return crm.store.add(
        PAIRS,
        {
            "access": _access_token(crm),
            "refresh": f"def502{secrets.token_hex(48)}",
            "at": crm.now(),
            "access_ends_at": crm.now() + ACCESS_S,
            "before": before,
            "state": PairState.NEW.value,
        },
    )


def _access_token(crm: Crm) -> str:
    claims = {
        "aud": crm.client_id,
        "jti": secrets.token_hex(16),
        "iat": crm.moment(),
        "exp": crm.moment() + ACCESS_S,
        "sub": str(OWNER),
        "account_id": ACCOUNT_ID,
        "scopes": ["crm"],
        "api_domain": EVERYBODYS_HOST,
    }
    parts = (json.dumps({"typ": "JWT", "alg": "RS256"}), json.dumps(claims), secrets.token_hex(24))
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
