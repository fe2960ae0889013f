"""Access that a person grants at HubSpot: the page, the calls for tokens, and what befalls them."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import AuthError
from connectors.hubspot.simulator import DEMO_SETTINGS, create_simulator
from connectors.hubspot.simulator.access import new_code
from connectors.hubspot.spec import HUBSPOT
from connectors.oauth import authorise_url, exchange, granted_code, refresh
from tests.connectors.clock import Clock

BACK = "https://forms.example.org/connections/_callback"
CLOCK = Clock()
OAUTH = HUBSPOT.oauth
SETTINGS = {**DEMO_SETTINGS, "base_url": "http://hubspot.test"}


@pytest.fixture(scope="module")
def built():
    return create_simulator(rate_limit=0, now=CLOCK.now)


@pytest.fixture
def simulator(built):
    built.reset()
    return built


@pytest.fixture
def http(simulator):
    return httpx.Client(
        transport=httpx.WSGITransport(app=simulator), base_url="http://hubspot.test"
    )


def granted(http, simulator, **changes):
    code = new_code(simulator.extensions["hubspot"], BACK)
    settings = {**SETTINGS, **changes}
    return exchange(http, OAUTH, settings, code, verifier="v", redirect_uri=BACK)


def asked_with(http, token):
    path = "/account-info/2026-09/details"
    return http.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_the_person_is_sent_to_hubspots_page_with_the_scopes():
    settings = {"client_id": "app", "client_secret": "s"}
    address = authorise_url(OAUTH, settings, state="s", verifier="v", redirect_uri=BACK)
    assert address.startswith("https://app.hubspot.com/oauth/authorize?")
    scopes = parse_qs(urlsplit(address).query)["scope"][0].split()
    assert {"oauth", "crm.objects.deals.write", "crm.objects.owners.read"} <= set(scopes)
    assert len(scopes) == 11


@pytest.mark.parametrize(
    ("choice", "expected"), [("allow", {"code", "state"}), ("deny", {"error", "state"})]
)
def test_a_person_allows_or_denies_and_comes_back(http, choice, expected):
    address = authorise_url(OAUTH, SETTINGS, state="s", verifier="v", redirect_uri=BACK)
    page = http.get(address)
    assert (page.status_code, "Website forms" in page.text) == (200, True)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    answer = http.post("/oauth/authorize", data={**asked, "choice": choice})
    back = urlsplit(answer.headers["Location"])
    told = {key: values[0] for key, values in parse_qs(back.query).items()}
    assert told.keys() == expected
    if choice == "allow":
        assert granted_code(OAUTH, SETTINGS, told) == told["code"]


def test_tokens_are_asked_for_in_a_form_at_the_one_server_of_all_accounts():
    asked = []

    def answer(request):
        asked.append(request)
        tokens = {"access_token": "a", "refresh_token": "r", "expires_in": 1800}
        return httpx.Response(200, json={**tokens, "token_type": "bearer", "hub_id": 1234567})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        settings = {"client_id": "app", "client_secret": "s"}
        tokens = exchange(client, OAUTH, settings, "c", verifier="v", redirect_uri=BACK)
    assert tokens.lasts_s == 1800
    assert str(asked[0].url) == "https://api.hubapi.com/oauth/2026-09/token"
    assert asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked[0].content.decode()) == {
        "client_id": ["app"],
        "client_secret": ["s"],
        "redirect_uri": [BACK],
        "grant_type": ["authorization_code"],
        "code": ["c"],
    }


def test_a_token_lets_in_for_half_an_hour_and_is_renewed_again_and_again(http, simulator):
    tokens = granted(http, simulator)
    assert asked_with(http, tokens.access) == 200
    CLOCK.sleep(tokens.lasts_s)
    assert asked_with(http, tokens.access) == 401
    for _ in range(2):
        again = refresh(http, OAUTH, SETTINGS, tokens.refresh, redirect_uri=BACK)
        assert (asked_with(http, again.access), again.refresh) == (200, tokens.refresh)


def test_who_uninstalls_the_app_lets_nobody_in(http, simulator):
    tokens = granted(http, simulator)
    http.post("/_simulator/access/revoke")
    assert asked_with(http, tokens.access) == 401
    with pytest.raises(AuthError, match="granted anew"):
        refresh(http, OAUTH, SETTINGS, tokens.refresh, redirect_uri=BACK)


@pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"client_secret": "wrong"}])
def test_another_app_gets_nothing(http, simulator, wrong):
    with pytest.raises(AuthError):
        granted(http, simulator, **wrong)


def test_a_code_serves_once_and_not_for_long(http, simulator):
    account = simulator.extensions["hubspot"]
    code, late = new_code(account, BACK), new_code(account, BACK)
    exchange(http, OAUTH, SETTINGS, code, verifier="v", redirect_uri=BACK)
    CLOCK.sleep(600)
    for one in (code, late):
        with pytest.raises(AuthError):
            exchange(http, OAUTH, SETTINGS, one, verifier="v", redirect_uri=BACK)
