"""Who is let in: codes, and pairs of an access token and a refresh token.

Source: pipedrive.readme.io, OAuth authorization. An access token lasts an hour. A refresh token serves
once, and dies after 60 days; what becomes of the access token beside it is not told, so here it
ends with it.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest

from flask import request

from connectors.pipedrive.simulator.crm import Crm
from connectors.simulation import Record, Store

CODE_S = 5 * 60
ACCESS_S = 3599
REFRESH_S = 60 * 24 * 3600
CODES, PAIRS = "oauth_codes", "oauth_pairs"


class Refused(Exception):
    """No token is given; the message is the error of RFC 6749."""


def new_code(crm: Crm, redirect_uri: str) -> str:
    """A person lets the app in."""
    code = secrets.token_hex(20)
    crm.store.add(CODES, {"code": code, "redirect_uri": redirect_uri, "at": crm.now()})
    return code


def redeem(crm: Crm, code: str, redirect_uri: str) -> Record:
    """The first pair, for a code, which serves once. Raises Refused."""
    found = next((one for one in crm.store.all(CODES) if one["code"] == code), None)
    if found is None or found["redirect_uri"] != redirect_uri:
        raise Refused("invalid_grant")
    crm.store.delete(CODES, found["id"])
    if crm.now() - found["at"] >= CODE_S:
        raise Refused("invalid_grant")
    return _new_pair(crm)


def renew(crm: Crm, refresh: str) -> Record:
    """The next pair, for a refresh token. Raises Refused."""
    found = next((one for one in crm.store.all(PAIRS) if one["refresh"] == refresh), None)
    if found is None or found["over"] or crm.now() - found["at"] >= REFRESH_S:
        raise Refused("invalid_grant")
    crm.store.replace(PAIRS, {**found, "over": True})
    return _new_pair(crm)


def lets_in(crm: Crm) -> bool:
    """Whether the request bears the API token, or the access token of a pair that is good."""
    if compare_digest(request.headers.get("x-api-token", "").encode(), crm.token.encode()):
        return True
    given = request.headers.get("Authorization", "").encode()
    return any(
        compare_digest(given, f"Bearer {pair['access']}".encode())
        and not pair["over"]
        and crm.now() < pair["access_ends_at"]
        for pair in crm.store.all(PAIRS)
    )


def revoke(store: Store) -> None:
    """A person uninstalls the app."""
    for pair in store.all(PAIRS):
        store.replace(PAIRS, {**pair, "over": True})


def expire(store: Store) -> None:
    """An hour passes, as far as access tokens are concerned."""
    for pair in store.all(PAIRS):
        store.replace(PAIRS, {**pair, "access_ends_at": 0})


def _new_pair(crm: Crm) -> Record:
    return crm.store.add(
        PAIRS,
        {
            "access": f"v1u:{secrets.token_urlsafe(24)}:{secrets.token_urlsafe(48)}",
            "refresh": f"1:1:{secrets.token_hex(20)}",
            "at": crm.now(),
            "access_ends_at": crm.now() + ACCESS_S,
            "over": False,
        },
    )
