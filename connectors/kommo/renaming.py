"""Finding an account again that lives at another subdomain than before.

Source: github.com/amocrm/amocrm-api-php, README and examples/get_account_domain_by_refresh_token.php.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import httpx

from connectors.errors import AuthError
from connectors.http import call
from connectors.oauth import OAuth, Tokens, account_host, elsewhere

PATH = "/oauth2/account/current/subdomain"


def whereabouts(
    http: httpx.Client, oauth: OAuth, settings: Mapping[str, str], tokens: Tokens
) -> str:
    """The host that Kommo names for the account. Raises ConnectorError."""
    everybodys = account_host(oauth, api_domain(tokens.access))
    address = elsewhere(settings, f"https://{everybodys}{PATH}")
    body = call(
        http,
        "GET",
        address,
        writes=False,
        auth=None,
        headers={"X-Refresh-Token": tokens.refresh},
    )
    return account_host(oauth, body.get("domain") if isinstance(body, dict) else None)


def api_domain(access_token: str) -> object:
    """The host that serves all accounts, as a claim of the token (a JWT) says. Raises AuthError."""
    try:
        body = access_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims["api_domain"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise AuthError("the token does not say where to ask for the account") from error
