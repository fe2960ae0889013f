"""Access that a person grants at the CRM itself: OAuth 2.0's authorisation code (RFC 6749, 7636).

What is the same for every vendor: the page to send the person to, what comes back from there, and
the calls that turn a code or a refresh token into tokens. Nothing is kept and nothing repeated here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import httpx

from connectors.base import Json
from connectors.errors import AuthError, ConnectorError, OutcomeUnknownError, SettingsError
from connectors.http import Answer, call

CLIENT_ID, CLIENT_SECRET, OTHER_SERVER = "client_id", "client_secret", "base_url"
"""What connectors call these settings."""

_LONGEST_TOKEN = 8192
_TOKEN = re.compile(rf"[\x21-\x7e]{{1,{_LONGEST_TOKEN}}}")
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_ERRORS = frozenset(
    "access_denied invalid_request unauthorized_client unsupported_response_type invalid_scope "
    "server_error temporarily_unavailable".split()
)  # RFC 6749, section 4.1.2.1
_REFUSED = frozenset({400, 401, 403, 404})
_LONGEST_LIFE_S = 366 * 24 * 3600


class WrongDomain(AuthError):
    """Somebody names an account where none of this CRM's live; no secret was sent there."""


class Denied(AuthError):
    """The person did not let us in."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a grant is made of. Both are secret; the first lasts for ``lasts_s`` seconds.

    ``host`` is where the account lives, if the CRM tells it together with them.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lasts_s: float
    host: str = ""


Whereabouts: TypeAlias = Callable[[httpx.Client, "OAuth", Mapping[str, str], Tokens], str]
"""A client, the CRM, the settings and the last tokens to the host at which the account lives now.

Raises ConnectorError.
"""


class Asking(StrEnum):
    """How a client asks for tokens."""

    JSON = "json"
    FORM = "form"
    BASIC = "basic"  # a form, and in a header who the client is (RFC 6749, 2.3.1)
    QUERY = "query"  # with GET; and the answer tells no type of token


@dataclass(frozen=True, slots=True)
class OAuth:
    """How accounts of one CRM grant access.

    ``page``: where a person allows it, an address or a path at the account's own server, with
    ``page_options`` as further parameters. ``exchange_path``: where the account's own server gives
    tokens for codes. ``server``: settings to the address of that server. ``domains``: where accounts live; nothing secret is sent elsewhere. ``account_parameter``:
    what the CRM calls the account's host when it sends the person back, ``account_member`` what it
    calls the account's address where it gives tokens: one of the two, or none where what a person
    entered must do. ``account_setting``: the setting that names it. ``access_setting``: the setting in
    whose place the access token stands. ``idle``: how long a refresh token lives unless it is used.
    ``pkce``: whether the CRM takes part in RFC 7636. ``whereabouts``: how an account that was renamed
    is found again, if one can be. ``token_server``: where all accounts get their tokens, if not from
    their own server. ``token_parameter``: of the query, in which a call bears its token; without it a
    call bears it in its header (RFC 6750).
    """

    page: str
    exchange_path: str
    server: Callable[[Mapping[str, str]], str]
    domains: tuple[str, ...]
    account_parameter: str
    account_setting: str
    access_setting: str
    idle: timedelta
    whereabouts: Whereabouts | None
    pkce: bool
    page_options: Mapping[str, str] = field(default_factory=dict)
    account_member: str = ""
    token_server: str = ""
    asking: Asking = Asking.JSON
    token_parameter: str = ""


def new_secret() -> str:
    """A state, or a verifier for `authorise_url`, that nobody can guess."""
    return secrets.token_urlsafe(48)


def elsewhere(settings: Mapping[str, str], address: str) -> str:
    """``address``, or the same path of the simulator or staging server that ``settings`` name."""
    other = settings.get(OTHER_SERVER, "").strip().rstrip("/")
    return other + urlsplit(address).path if other else address


def authorise_url(
    oauth: OAuth, settings: Mapping[str, str], *, state: str, verifier: str, redirect_uri: str
) -> str:
    """Where to send the person. Raises SettingsError when the client's id or secret is missing."""
    client_id, _ = _client(settings)
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        **oauth.page_options,
    }
    if oauth.pkce:
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        parameters |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{_page(oauth, settings)}?{urlencode(parameters)}"


def _page(oauth: OAuth, settings: Mapping[str, str]) -> str:
    if "://" in oauth.page:
        return elsewhere(settings, oauth.page)
    return oauth.server(settings) + oauth.page


def account_host(oauth: OAuth, named: object) -> str:
    """The host of an account as the CRM, or somebody in its name, names it. Raises WrongDomain."""
    host = named.strip().lower() if isinstance(named, str) else ""
    if not _HOST.fullmatch(host) or not host.endswith(tuple(f".{one}" for one in oauth.domains)):
        raise WrongDomain("the account is at none of the CRM's own addresses")
    return host


def granted_code(oauth: OAuth, settings: Mapping[str, str], answer: Mapping[str, str]) -> str:
    """The code in the parameters that the person came back with. Raises Denied, AuthError."""
    if error := answer.get("error"):
        known = error if error in _ERRORS else "an error"
        raise Denied(f"the CRM answers with {known}")
    client_id, _ = _client(settings)
    if answer.get("client_id", client_id) != client_id:
        raise AuthError("the answer is meant for another integration")
    code = answer.get("code", "")
    if not _TOKEN.fullmatch(code):
        raise AuthError("the answer holds no code")
    return code


def exchange(
    http: httpx.Client,
    oauth: OAuth,
    settings: Mapping[str, str],
    code: str,
    *,
    verifier: str,
    redirect_uri: str,
) -> Tokens:
    """Turn a code into tokens. A code serves once. Raises ConnectorError."""
    asked = {"grant_type": "authorization_code", "code": code}
    if oauth.pkce:
        asked["code_verifier"] = verifier
    return _ask(http, oauth, settings, asked, redirect_uri, "the CRM takes this code for no access")


def refresh(
    http: httpx.Client,
    oauth: OAuth,
    settings: Mapping[str, str],
    refresh_token: str,
    *,
    redirect_uri: str,
) -> Tokens:
    """Turn a refresh token into new tokens.

    Raises AuthError and SettingsError when the CRM does not take it, other ConnectorErrors when it
    may be tried again: OutcomeUnknownError when new tokens may have been made and lost.
    """
    asked = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _ask(
        http, oauth, settings, asked, redirect_uri, "the access ended and must be granted anew"
    )


def _ask(
    http: httpx.Client,
    oauth: OAuth,
    settings: Mapping[str, str],
    asked: Mapping[str, str],
    redirect_uri: str,
    refusal: str,
) -> Tokens:
    def refused(answer: Answer) -> ConnectorError | None:
        if answer.status in _REFUSED:
            return AuthError(f"{refusal} (status {answer.status})")
        return None

    body = call(
        http,
        "GET" if oauth.asking is Asking.QUERY else "POST",
        _token_address(oauth, settings),
        writes=True,
        refine=refused,
        **_introduced(oauth, settings, asked, redirect_uri),
    )
    return _tokens(body, oauth)


def _token_address(oauth: OAuth, settings: Mapping[str, str]) -> str:
    if oauth.token_server:
        return elsewhere(settings, oauth.token_server + oauth.exchange_path)
    return oauth.server(settings) + oauth.exchange_path


def _introduced(
    oauth: OAuth, settings: Mapping[str, str], asked: Mapping[str, str], redirect_uri: str
) -> dict[str, Any]:
    """What is asked, and who asks, as httpx takes it."""
    client_id, client_secret = _client(settings)
    if oauth.asking is Asking.BASIC:
        # RFC 6749 wants the address with a code only.
        back = {"redirect_uri": redirect_uri} if "code" in asked else {}
        return {"auth": httpx.BasicAuth(client_id, client_secret), "data": {**asked, **back}}
    client = {CLIENT_ID: client_id, CLIENT_SECRET: client_secret, "redirect_uri": redirect_uri}
    places = {Asking.JSON: "json", Asking.FORM: "data", Asking.QUERY: "params"}
    return {"auth": None, places[oauth.asking]: {**client, **asked}}


def _tokens(body: Json, oauth: OAuth) -> Tokens:
    if isinstance(body, dict):
        access, refresh_token = body.get("access_token"), body.get("refresh_token")
        lasts_s = body.get("expires_in")
        if (
            (oauth.asking is Asking.QUERY or str(body.get("token_type", "")).lower() == "bearer")
            and isinstance(access, str)
            and isinstance(refresh_token, str)
            and _TOKEN.fullmatch(access)
            and _TOKEN.fullmatch(refresh_token)
            and isinstance(lasts_s, int | float)
            and 0 < lasts_s < _LONGEST_LIFE_S
        ):
            address = body.get(oauth.account_member) if oauth.account_member else None
            return Tokens(access, refresh_token, float(lasts_s), _host_of(address))
    raise OutcomeUnknownError("the answer holds no tokens")


def _host_of(address: object) -> str:
    try:
        return urlsplit(address).hostname or "" if isinstance(address, str) else ""
    except ValueError:
        return ""


def _client(settings: Mapping[str, str]) -> tuple[str, str]:
    """The client's id and secret. Raises SettingsError."""
    client = settings.get(CLIENT_ID, "").strip(), settings.get(CLIENT_SECRET, "").strip()
    for key, value in zip((CLIENT_ID, CLIENT_SECRET), client, strict=True):
        if not _TOKEN.fullmatch(value):
            raise SettingsError(f"{key}: enter it first; it must be one word")
    return client
