"""Letting an app in: Pipedrive's own page, the call for tokens, and what else befalls access.

GET, POST  /oauth/authorize              the page on which a person allows or denies
POST       /oauth/token                  a code or refresh token for tokens
POST       /_simulator/access/revoke     as when a person uninstalls the app
POST       /_simulator/access/expire     as when an hour has passed since the last tokens

Source: pipedrive.readme.io, OAuth authorization.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request
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
from connectors.simulation import page_headers, refuse_other_sites

APP = "Website forms"
HOST = f"{COMPANY}.pipedrive.com"
SCOPES = "base deals:full contacts:full activities:full users:read"

access = Blueprint("access", __name__)


@access.get("/oauth/authorize")
def ask() -> Response:
    """The consent page."""
    back = _way_back(request.args)
    shown = render_template(
        "consent.html",
        label=NAME,
        integration=APP,
        accounts=[(COMPANY_ID, f"{NAME} ({HOST})")],
        asked={key: request.args.get(key, "") for key in ("client_id", "redirect_uri", "state")},
        path=request.path,
        refresh_s=0,
    )
    response = Response(shown, mimetype="text/html")
    # Chromium holds the policy against the address that a sent form is redirected to, too.
    response.headers.update(page_headers(f"'self' {back.scheme}://{back.netloc}"))
    return response


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
    query = f"{back.query}&{urlencode(told)}" if back.query else urlencode(told)
    return redirect(back._replace(query=query).geturl())


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
    back = urlsplit(sent.get("redirect_uri", ""))
    if back.scheme not in ("http", "https") or not back.hostname:
        raise BadRequest("The app has no callback address.")
    return back


def _refused(error: str, status: int) -> Response:
    return plain({"success": False, "error": error, "message": "No token is given"}, status)
