"""Letting an integration in: Kommo's own page, the calls for tokens, and what else befalls access.

GET, POST  /oauth                                   the page on which a person allows or denies
POST       /oauth2/access_token                     a code or refresh token for tokens
GET        /oauth2/account/current/subdomain        where the account of an X-Refresh-Token lives
POST       /_simulator/access/revoke                as when a person switches the integration off
POST       /_simulator/access/expire                as when a day has passed since the last tokens
POST       /_simulator/access/rename                {"subdomain"}: as when Kommo renames the account

Source: developers.kommo.com, OAuth 2.0; github.com/amocrm/amocrm-api-php, issues 123 and 563.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import SplitResult

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import BadRequest

from connectors.kommo.simulator.account import ACCOUNT_ID, DOMAIN, NAME
from connectors.kommo.simulator.crm import crm
from connectors.kommo.simulator.dialect import answer, refuse
from connectors.kommo.simulator.grants import (
    ACCESS_S,
    Refused,
    account_of,
    expire,
    is_elsewhere,
    new_code,
    redeem,
    rename,
    renew,
    revoke,
)
from connectors.simulation import refuse_other_sites
from connectors.simulation.consent import consent_page, redirect_address, sent_back

INTEGRATION = "Website forms"
SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

access = Blueprint("access", __name__)


@access.get("/oauth")
def ask() -> Response:
    """The consent page."""
    return consent_page(
        _way_back(request.args),
        label=NAME,
        integration=INTEGRATION,
        account=(ACCOUNT_ID, f"{NAME} ({_host()})"),
    )


@access.post("/oauth")
def decide() -> ResponseReturnValue:
    """A person allows or denies, and is sent back."""
    if refused := refuse_other_sites():
        return refused
    back, account = _way_back(request.form), crm()
    told = {"client_id": account.client_id}
    if request.form.get("state"):
        told["state"] = request.form["state"]
    if request.form.get("choice") == "allow":
        code = new_code(account, request.form["redirect_uri"])
        told = {"code": code, "referer": _host(), "from_widget": "0", **told}
    else:
        told = {"error": "access_denied", **told}
    return sent_back(back, told)


@access.post("/oauth2/access_token")
def give_tokens() -> Response:
    account, asked = crm(), request.get_json(silent=True)
    if is_elsewhere(account):
        refuse(404, "Account not found")
    if not isinstance(asked, dict):
        _refuse(Refused(400, "The request is not JSON"))
    client = (asked.get("client_id"), asked.get("client_secret"))
    if client != (account.client_id, account.client_secret):
        _refuse(Refused(401, "Client authentication failed"))
    if not asked.get("redirect_uri"):
        _refuse(Refused(400, "Check the `redirect_uri` parameter"))
    try:
        match asked:
            case {"grant_type": "authorization_code", "code": str(code)}:
                pair = redeem(account, code, asked["redirect_uri"])
            case {"grant_type": "refresh_token", "refresh_token": str(token)}:
                pair = renew(account, token)
            case _:
                raise Refused(400, "Check the `grant_type` parameter")
    except Refused as refused:
        _refuse(refused)
    tokens = {"access_token": pair["access"], "refresh_token": pair["refresh"]}
    return answer({"token_type": "Bearer", "expires_in": ACCESS_S, **tokens})


@access.get("/oauth2/account/current/subdomain")
def show_subdomain() -> Response:
    subdomain = account_of(crm(), request.headers.get("X-Refresh-Token", ""))
    if subdomain is None:
        refuse(401, "Unauthorized")
    host = f"{subdomain}.{DOMAIN}"
    top = DOMAIN.rpartition(".")[2]
    shown = {"id": ACCOUNT_ID, "subdomain": subdomain, "domain": host, "top_level_domain": top}
    return answer(shown)


@access.post("/_simulator/access/<any(revoke, expire, rename):change>")
def befall(change: str) -> ResponseReturnValue:
    if refused := refuse_other_sites():
        return refused
    store = crm().store
    match change:
        case "revoke":
            revoke(store)
        case "expire":
            expire(store)
        case _:
            body = request.get_json(force=True)
            name = body.get("subdomain") if isinstance(body, dict) else None
            if not isinstance(name, str) or not SUBDOMAIN.fullmatch(name):
                raise BadRequest("subdomain: small letters, digits and dashes")
            rename(store, name)
    return "", 204


def _way_back(sent: Mapping[str, str]) -> SplitResult:
    """The parts of the address to send the person back to."""
    if sent.get("client_id") != crm().client_id:
        raise BadRequest("There is no such integration.")
    return redirect_address(sent, "The integration has no redirect address.")


def _host() -> str:
    return f"{crm().subdomain()}.{DOMAIN}"


def _refuse(refused: Refused) -> NoReturn:
    detail = "The request misses parameters, or they are not valid"
    refuse(refused.status, detail, hint=str(refused))
