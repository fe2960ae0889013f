"""Letting an app in: HubSpot's own page, the calls for tokens, and what else befalls access.

GET, POST  /oauth/authorize             the page on which a person allows or denies
POST       /oauth/2026-09/token         a code or refresh token for tokens; its question is form-encoded
POST       /_simulator/access/revoke    as when a person uninstalls the app
POST       /_simulator/access/expire    as when half an hour has passed since the last tokens

Source: developers.hubspot.com, OAuth quickstart; HubSpot/hubspot-api-python, the models of tokens. One
refresh token serves again and again, and comes back with each answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hmac import compare_digest
from typing import NoReturn
from urllib.parse import SplitResult

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import BadRequest

from connectors.hubspot.simulator.account import NAME, PORTAL, VERSION
from connectors.hubspot.simulator.crm import Crm, crm
from connectors.hubspot.simulator.dialect import answer
from connectors.simulation import Store, refuse_other_sites
from connectors.simulation.consent import ASKED, consent_page, redirect_address, sent_back

APP = "Website forms"
CODE_S, ACCESS_S = 10 * 60, 30 * 60
CODES, GRANTS, TOKENS = "oauth_codes", "oauth_grants", "oauth_tokens"

access = Blueprint("access", __name__)


@access.get("/oauth/authorize")
def ask() -> Response:
    """The consent page."""
    return consent_page(
        _way_back(request.args),
        label=NAME,
        integration=APP,
        account=(PORTAL, f"{NAME} ({PORTAL})"),
        asked=(*ASKED, "scope"),
    )


@access.post("/oauth/authorize")
def decide() -> ResponseReturnValue:
    """A person allows or denies, and is sent back."""
    if refused := refuse_other_sites():
        return refused
    back = _way_back(request.form)
    told = {"error": "access_denied"}
    if request.form.get("choice") == "allow":
        told = {"code": new_code(crm(), request.form["redirect_uri"])}
    if request.form.get("state"):
        told["state"] = request.form["state"]
    return sent_back(back, told)


@access.post(f"/oauth/{VERSION}/token")
def give_tokens() -> Response:
    account, asked = crm(), request.form
    client = (asked.get("client_id"), asked.get("client_secret"))
    if client != (account.client_id, account.client_secret):
        _refuse("BAD_CLIENT_ID", "missing or unknown client id")
    grant_type = asked.get("grant_type")
    if grant_type not in ("authorization_code", "refresh_token"):
        _refuse("BAD_GRANT_TYPE", "missing or unknown grant type")
    if grant_type == "refresh_token":
        return _renewed(account, asked.get("refresh_token", ""))
    return _redeemed(account, asked)


@access.post("/_simulator/access/<any(revoke, expire):change>")
def befall(change: str) -> ResponseReturnValue:
    if refused := refuse_other_sites():
        return refused
    revoke(crm().store) if change == "revoke" else expire(crm().store)
    return "", 204


def new_code(account: Crm, redirect_uri: str) -> str:
    """A person lets the app in."""
    code = secrets.token_hex(16)
    account.store.add(CODES, {"code": code, "redirect_uri": redirect_uri, "at": account.now()})
    return code


def lets_in(account: Crm) -> str:
    """Empty when the request bears a token that is good now; else what is wrong with it."""
    given = request.headers.get("Authorization", "").encode()
    if compare_digest(given, f"Bearer {account.token}".encode()):
        return ""
    for one in account.store.all(TOKENS):
        if compare_digest(given, f"Bearer {one['access']}".encode()):
            good = account.store.get(GRANTS, one["grant"]) and account.now() < one["ends_at"]
            return "" if good else "EXPIRED_AUTHENTICATION"
    return "INVALID_AUTHENTICATION"


def revoke(store: Store) -> None:
    """A person uninstalls the app."""
    for one in store.all(GRANTS):
        store.delete(GRANTS, one["id"])


def expire(store: Store) -> None:
    """Half an hour passes, as far as access tokens are concerned."""
    for one in store.all(TOKENS):
        store.replace(TOKENS, {**one, "ends_at": 0})


def _redeemed(account: Crm, asked: Mapping[str, str]) -> Response:
    known = account.store.all(CODES)
    found = next((one for one in known if one["code"] == asked.get("code")), None)
    if found is None or account.now() - found["at"] >= CODE_S:
        _refuse("BAD_AUTH_CODE", "missing or unknown auth code")
    if found["redirect_uri"] != asked.get("redirect_uri"):
        _refuse("BAD_REDIRECT_URI", "the redirect_uri does not match")
    account.store.delete(CODES, found["id"])
    grant = account.store.add(GRANTS, {"refresh": secrets.token_urlsafe(48)})
    return _tokens(account, grant["id"], grant["refresh"])


def _renewed(account: Crm, refresh: str) -> Response:
    found = next((one for one in account.store.all(GRANTS) if one["refresh"] == refresh), None)
    if found is None:
        _refuse("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
    return _tokens(account, found["id"], refresh)


def _tokens(account: Crm, grant: int, refresh: str) -> Response:
    token = secrets.token_urlsafe(160)  # "allow for tokens of 300 characters", says HubSpot
    ends_at = account.now() + ACCESS_S
    account.store.add(TOKENS, {"access": token, "grant": grant, "ends_at": ends_at})
    return answer(
        {
            "token_type": "bearer",
            "access_token": token,
            "refresh_token": refresh,
            "expires_in": ACCESS_S,
            "hub_id": PORTAL,
            "user_id": 81,
            "scopes": ["oauth"],
            "token_use": "access_token",
        }
    )


def _way_back(sent: Mapping[str, str]) -> SplitResult:
    """The parts of the address to send the person back to."""
    if sent.get("client_id") != crm().client_id:
        raise BadRequest("There is no such app.")
    if "oauth" not in sent.get("scope", "").split():
        raise BadRequest("The scopes are not those of the app.")
    return redirect_address(sent, "The app has no such redirect address.")


def _refuse(status: str, message: str) -> NoReturn:
    response = answer({"status": status, "message": message}, 400)
    raise BadRequest(response=response)
