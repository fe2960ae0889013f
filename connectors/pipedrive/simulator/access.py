"""Letting an app in: Pipedrive's own page, the call for tokens, and what else befalls access.

GET, POST  /oauth/authorize              the page on which a person allows or denies
POST       /oauth/token                  a code or refresh token for tokens
POST       /_simulator/access/revoke     as when a person uninstalls the app
POST       /_simulator/access/expire     as when an hour has passed since the last tokens

Source: pipedrive.readme.io, OAuth authorization.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import BadRequest

from connectors.pipedrive.simulator.account import COMPANY, COMPANY_ID, NAME
from connectors.pipedrive.simulator.crm import crm
from connectors.pipedrive.simulator.dialect import plain
from connectors.pipedrive.simulator.grants import (
    ACCESS_S,
    Refused,
    expire,
    new_code,
    redeem,
    renew,
    revoke,
)
from connectors.simulation import refuse_other_sites
from connectors.simulation.consent import consent_page, redirect_address, sent_back

APP = "Website forms"
HOST = f"{COMPANY}.pipedrive.com"
SCOPES = "base deals:full contacts:full activities:full users:read"

access = Blueprint("access", __name__)


@access.get("/oauth/authorize")
def ask() -> Response:
    """The consent page."""
    return consent_page(
        _way_back(request.args),
        label=NAME,
        integration=APP,
        account=(COMPANY_ID, f"{NAME} ({HOST})"),
    )


@access.post("/oauth/authorize")
def decide() -> ResponseReturnValue:
    """A person allows or denies, and is sent back."""
    if refused := refuse_other_sites():
        return refused
    back = _way_back(request.form)
    if request.form.get("choice") == "allow":
        told = {"code": new_code(crm(), request.form["redirect_uri"])}
    else:
        told = {"error": "user_denied"}
    if request.form.get("state"):
        told["state"] = request.form["state"]
    return sent_back(back, told)


@access.post("/oauth/token")
def give_tokens() -> Response:
    account, client, asked = crm(), request.authorization, request.form
    named = (client.username, client.password) if client and client.type == "basic" else None
    if named != (account.client_id, account.client_secret):
        return _refused("invalid_client", 401)
    try:
        match asked.get("grant_type"):
            case "authorization_code":
                pair = redeem(account, asked.get("code", ""), asked.get("redirect_uri", ""))
            case "refresh_token":
                pair = renew(account, asked.get("refresh_token", ""))
            case _:
                raise Refused("unsupported_grant_type")
    except Refused as refused:
        return _refused(str(refused), 400)
    return plain(
        {
            "access_token": pair["access"],
            "token_type": "Bearer",
            "expires_in": ACCESS_S,
            "refresh_token": pair["refresh"],
            "scope": SCOPES,
            "api_domain": f"https://{HOST}",
        }
    )


@access.post("/_simulator/access/<any(revoke, expire):change>")
def befall(change: str) -> ResponseReturnValue:
    if refused := refuse_other_sites():
        return refused
    (revoke if change == "revoke" else expire)(crm().store)
    return "", 204


def _way_back(sent: Mapping[str, str]) -> SplitResult:
    """The parts of the address to send the person back to."""
    if sent.get("client_id") != crm().client_id:
        raise BadRequest("There is no such app.")
    return redirect_address(sent, "The app has no callback address.")


def _refused(error: str, status: int) -> Response:
    return plain({"success": False, "error": error, "message": "No token is given"}, status)
