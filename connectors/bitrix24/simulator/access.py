"""Letting an application in: Bitrix24's own page, and the calls for tokens.

GET, POST  /oauth/authorize/                     the page on which a person allows or denies
GET        /oauth/token/                         a code or refresh token for tokens
POST       /_simulator/access/revoke             as when a person removes the application
POST       /_simulator/access/expire             as when an hour has passed since the last tokens

Source: apidocs.bitrix24.com, OAuth 2.0. A real application has its redirect address in its settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import BadRequest

from connectors.bitrix24.simulator.account import DOMAIN, NAME
from connectors.bitrix24.simulator.crm import crm
from connectors.bitrix24.simulator.dialect import Refusal, answer, problem, refuse
from connectors.bitrix24.simulator.grants import ACCESS_S, expire, new_code, redeem, renew, revoke
from connectors.simulation import Record, refuse_other_sites
from connectors.simulation.consent import consent_page, redirect_address, sent_back

APPLICATION, MEMBER_ID = "Website forms", "a223c6b3710f85df22e9377d6c4f7553"

access = Blueprint("access", __name__)


@access.get("/oauth/authorize/")
def ask() -> Response:
    """The consent page."""
    return consent_page(
        _way_back(request.args),
        label=NAME,
        integration=APPLICATION,
        account=(MEMBER_ID, f"{NAME} ({DOMAIN})"),
    )


@access.post("/oauth/authorize/")
def decide() -> ResponseReturnValue:
    """A person allows or denies, and is sent back."""
    if refused := refuse_other_sites():
        return refused
    back = _way_back(request.form)
    told = {"state": request.form.get("state", ""), "domain": DOMAIN, "member_id": MEMBER_ID}
    if request.form.get("choice") == "allow":
        told |= {"code": new_code(crm()), "scope": "crm,user", "server_domain": "oauth.bitrix.info"}
    else:
        told |= {"error": "access_denied"}
    return sent_back(back, told)


@access.get("/oauth/token/")
def give_tokens() -> Response:
    try:
        pair = _pair(request.args)
    except Refusal as refusal:
        return problem(refusal)
    return answer(
        {
            "access_token": pair["access"],
            "refresh_token": pair["refresh"],
            "expires_in": ACCESS_S,
            "client_endpoint": f"https://{DOMAIN}/rest/",
            "server_endpoint": "https://oauth.bitrix.info/rest/",
            "domain": "oauth.bitrix.info",
            "member_id": MEMBER_ID,
            "scope": "crm,user",
            "status": "L",
        }
    )


@access.post("/_simulator/access/<any(revoke, expire):change>")
def befall(change: str) -> ResponseReturnValue:
    if refused := refuse_other_sites():
        return refused
    (revoke if change == "revoke" else expire)(crm().store)
    return "", 204


def _pair(asked: Mapping[str, str]) -> Record:
    account = crm()
    if (asked.get("client_id"), asked.get("client_secret")) != (
        account.client_id,
        account.client_secret,
    ):
        refuse("invalid_client", "Client authentication failed")
    match dict(asked):
        case {"grant_type": "authorization_code", "code": str(code)}:
            pair = redeem(account, code)
        case {"grant_type": "refresh_token", "refresh_token": str(token)}:
            pair = renew(account, token)
        case _:
            refuse("invalid_request", "The grant type is missing")
    return pair


def _way_back(sent: Mapping[str, str]) -> SplitResult:
    """The parts of the address to send the person back to."""
    if sent.get("client_id") != crm().client_id:
        raise BadRequest("There is no such application.")
    return redirect_address(sent, "The application has no redirect address.")
