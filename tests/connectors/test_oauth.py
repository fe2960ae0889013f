"""Granted access: what people are asked, what comes back, and how it becomes tokens."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    SettingsError,
    UnavailableError,
)
from connectors.http import new_client
from connectors.kommo.renaming import api_domain, whereabouts
from connectors.kommo.spec import KOMMO
from connectors.oauth import (
    Asking,
    Denied,
    OAuth,
    Tokens,
    WrongDomain,
    account_host,
    authorise_url,
    exchange,
    granted_code,
    refresh,
)

BACK = "https://forms.example.org/connections/_callback"
SETTINGS = {"subdomain": "acme", "client_id": "an-id", "client_secret": "a-secret"}
TOKENS = {"token_type": "Bearer", "expires_in": 86400, "access_token": "a", "refresh_token": "r"}
assert KOMMO.oauth is not None
OAUTH: OAuth = KOMMO.oauth
WITH_PKCE = replace(OAUTH, pkce=True)


class Vendor:
    """Answers one request, and remembers it."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer = answer
        self.request = httpx.Request("GET", "http://nothing.test")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def client(self) -> httpx.Client:
        return new_client(transport=httpx.MockTransport(self))

    @property
    def sent(self) -> dict[str, str]:
        sent: dict[str, str] = json.loads(self.request.content)
        return sent


def parameters(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("acme.kommo.com", "acme.kommo.com"),
        (" Acme.Kommo.COM\n", "acme.kommo.com"),
        ("api-b.kommo.com", "api-b.kommo.com"),
        ("a.b.kommo.com", "a.b.kommo.com"),
    ],
)
def test_an_account_lives_at_one_of_the_crms_own_addresses(named: str, host: str) -> None:
    assert account_host(OAUTH, named) == host


@pytest.mark.parametrize(
    "named",
    [
        "",
        None,
        ["acme.kommo.com"],
        "kommo.com",
        ".kommo.com",
        "acmekommo.com",
        "evil-kommo.com",
        "acme.kommo.com.evil.test",
        "acme.kommo.com.",
        "evil.test/.kommo.com",
        "evil.test#.kommo.com",
        "evil.test?.kommo.com",
        "evil.test\\.kommo.com",
        "evil.test:443.kommo.com",
        "user@acme.kommo.com",
        "acme.kommo.com@evil.test",
        "acme.kommo.com:8443",
        "https://acme.kommo.com",
        "acme.kommo.com/oauth2",
        "ac me.kommo.com",
        "evil.test\n.kommo.com",
        "evil.test\x00.kommo.com",
        "acme..kommo.com",
        "-acme.kommo.com",
        "acmе.kommo.com",  # a Cyrillic е
        "acme.kommo.ｃom",
        "evil。test.kommo.com",
        "127.0.0.1",
        "[::1].kommo.com",
        "a" * 64 + ".kommo.com",
        ".".join(["a"] * 130) + ".kommo.com",
        "acme.amocrm.ru",
    ],
)
def test_no_other_host_passes_for_an_account(named: object) -> None:
    with pytest.raises(WrongDomain):
        account_host(OAUTH, named)


def test_a_crm_may_have_several_domains() -> None:
    oauth = replace(OAUTH, domains=("kommo.com", "amocrm.ru"))
    assert account_host(oauth, "acme.amocrm.ru") == "acme.amocrm.ru"
    with pytest.raises(WrongDomain):
        account_host(oauth, "acme.amocrm.com")


def test_the_person_is_sent_to_the_crms_own_page() -> None:
    address = authorise_url(OAUTH, SETTINGS, state="s&s", verifier="v", redirect_uri=BACK)
    assert address.startswith("https://www.kommo.com/oauth?")
    assert parameters(address) == {
        "response_type": "code",
        "client_id": "an-id",
        "redirect_uri": BACK,
        "state": "s&s",
        "mode": "popup",
    }


def test_a_crm_that_takes_part_in_pkce_gets_the_verifiers_digest_first() -> None:
    # The example of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    address = authorise_url(WITH_PKCE, SETTINGS, state="s", verifier=verifier, redirect_uri=BACK)
    asked = parameters(address)
    assert asked["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert asked["code_challenge_method"] == "S256"
    assert verifier not in address
    vendor = Vendor(httpx.Response(200, json=TOKENS))
    exchange(vendor.client, WITH_PKCE, SETTINGS, "c", verifier=verifier, redirect_uri=BACK)
    assert vendor.sent["code_verifier"] == verifier


@pytest.mark.parametrize("other", ["http://127.0.0.1:9100", "http://127.0.0.1:9100/"])
def test_another_server_takes_the_place_of_every_address(other: str) -> None:
    settings = {**SETTINGS, "base_url": other}
    address = authorise_url(OAUTH, settings, state="s", verifier="v", redirect_uri=BACK)
    assert address.startswith("http://127.0.0.1:9100/oauth?")
    vendor = Vendor(httpx.Response(200, json=TOKENS))
    exchange(vendor.client, OAUTH, settings, "c", verifier="v", redirect_uri=BACK)
    assert str(vendor.request.url) == "http://127.0.0.1:9100/oauth2/access_token"


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_without_an_integration_nobody_is_sent_anywhere(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        authorise_url(OAUTH, {**SETTINGS, missing: " "}, state="s", verifier="v", redirect_uri=BACK)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"error": "access_denied", "client_id": "an-id"}, Denied),
        ({"error": "access_denied", "code": "c"}, Denied),
        ({"code": "c", "client_id": "another"}, AuthError),
        ({"client_id": "an-id"}, AuthError),
        ({"code": "two words"}, AuthError),
        ({"code": "c" * 9000}, AuthError),
    ],
)
def test_an_answer_without_a_code_of_ours_lets_nobody_in(
    answer: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        granted_code(OAUTH, SETTINGS, answer)


def test_a_code_becomes_tokens_at_the_account_itself() -> None:
    vendor = Vendor(httpx.Response(200, json=TOKENS))
    tokens = exchange(vendor.client, OAUTH, SETTINGS, "c", verifier="v", redirect_uri=BACK)
    assert tokens == Tokens("a", "r", 86400)
    assert str(vendor.request.url) == "https://acme.kommo.com/oauth2/access_token"
    assert vendor.sent == {
        "client_id": "an-id",
        "client_secret": "a-secret",
        "redirect_uri": BACK,
        "grant_type": "authorization_code",
        "code": "c",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        *[(httpx.Response(status), AuthError) for status in (400, 401, 403, 404)],
        (httpx.Response(301, headers={"Location": "https://evil.test"}), SettingsError),
        (httpx.Response(429), RateLimitedError),
        (httpx.Response(502), OutcomeUnknownError),
        (httpx.ReadTimeout("slow"), OutcomeUnknownError),
        (httpx.ConnectError("away"), UnavailableError),
        (httpx.Response(200, text="<html>"), OutcomeUnknownError),
        (httpx.Response(200, json=[]), OutcomeUnknownError),
        (httpx.Response(204), OutcomeUnknownError),
        *[
            (httpx.Response(200, json={**TOKENS, **wrong}), OutcomeUnknownError)
            for wrong in (
                {"token_type": "mac"},
                {"access_token": None},
                {"access_token": "a\r\nX-Evil: 1"},
                {"refresh_token": ""},
                {"expires_in": "soon"},
                {"expires_in": 0},
                {"expires_in": 1e12},
            )
        ],
    ],
)
def test_what_a_refresh_that_gives_nothing_means(
    answer: httpx.Response | Exception, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        refresh(Vendor(answer).client, OAUTH, SETTINGS, "a-token", redirect_uri=BACK)
    assert "a-token" not in str(caught.value)
    assert "a-secret" not in str(caught.value)


def token_of(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{body}.signature"


def test_a_renamed_account_is_asked_for_where_its_token_says() -> None:
    vendor = Vendor(httpx.Response(200, json={"domain": "newer.kommo.com"}))
    tokens = Tokens(token_of({"api_domain": "api-b.kommo.com"}), "r", 1)
    assert whereabouts(vendor.client, OAUTH, SETTINGS, tokens) == "newer.kommo.com"
    address = "https://api-b.kommo.com/oauth2/account/current/subdomain"
    assert str(vendor.request.url) == address
    assert vendor.request.headers["X-Refresh-Token"] == "r"


@pytest.mark.parametrize("body", [{"domain": "acme.evil.test"}, {"domain": None}, {}, [], None])
def test_a_renamed_account_is_not_followed_off_the_crms_addresses(body: object) -> None:
    vendor = Vendor(httpx.Response(200, json=body))
    with pytest.raises(WrongDomain):
        whereabouts(
            vendor.client,
            OAUTH,
            SETTINGS,
            Tokens(token_of({"api_domain": "api-b.kommo.com"}), "r", 1),
        )


def test_no_token_is_shown_to_a_strange_host_that_a_token_names() -> None:
    vendor = Vendor(AssertionError("nobody may be asked"))
    with pytest.raises(WrongDomain):
        whereabouts(
            vendor.client, OAUTH, SETTINGS, Tokens(token_of({"api_domain": "evil.test"}), "r", 1)
        )


@pytest.mark.parametrize(
    "token",
    ["", "opaque", "a.b.c", "a.!.c", token_of([]), token_of({}), token_of(None), "a.é.c"],
)
def test_a_token_may_say_nothing(token: str) -> None:
    with pytest.raises(AuthError):
        api_domain(token)


# --- a CRM that reads everything from the query ---

IN_QUERY = replace(
    OAUTH,
    page="/oauth/authorize/",
    exchange_path="/oauth/token/",
    token_server="https://tokens.example.org",
    asking=Asking.QUERY,
    token_parameter="auth",
)
UNTYPED = {key: value for key, value in TOKENS.items() if key != "token_type"}


def test_a_page_may_be_at_the_accounts_own_server() -> None:
    address = authorise_url(IN_QUERY, SETTINGS, state="s", verifier="v", redirect_uri=BACK)
    assert address.startswith("https://acme.kommo.com/oauth/authorize/?")
    other = {**SETTINGS, "base_url": "http://127.0.0.1:9100"}
    address = authorise_url(IN_QUERY, other, state="s", verifier="v", redirect_uri=BACK)
    assert address.startswith("http://127.0.0.1:9100/oauth/authorize/?")


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (SETTINGS, "https://tokens.example.org/oauth/token/"),
        ({**SETTINGS, "base_url": "http://127.0.0.1:9100"}, "http://127.0.0.1:9100/oauth/token/"),
    ],
)
def test_tokens_may_be_asked_for_in_the_query_and_bear_no_type(
    settings: dict[str, str], address: str
) -> None:
    vendor = Vendor(httpx.Response(200, json=UNTYPED))
    tokens = exchange(vendor.client, IN_QUERY, settings, "c", verifier="v", redirect_uri=BACK)
    assert (tokens.access, tokens.refresh, tokens.lasts_s) == ("a", "r", 86400.0)
    asked = vendor.request
    assert (asked.method, str(asked.url).partition("?")[0]) == ("GET", address)
    assert parameters(str(asked.url)) == {
        "client_id": "an-id",
        "client_secret": "a-secret",
        "redirect_uri": BACK,
        "grant_type": "authorization_code",
        "code": "c",
    }


def test_where_tokens_have_a_type_one_without_is_none() -> None:
    vendor = Vendor(httpx.Response(200, json=UNTYPED))
    with pytest.raises(OutcomeUnknownError):
        refresh(vendor.client, OAUTH, SETTINGS, "r", redirect_uri=BACK)
