"""A company that its owner lets in: consent, tokens and their renewal, at the simulated Pipedrive."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import AuthError, OutcomeUnknownError, SettingsError
from connectors.http import new_client
from connectors.oauth import authorise_url, exchange, granted_code, refresh
from connectors.pipedrive.connector import PipedriveConnector
from connectors.pipedrive.simulator import create_simulator
from connectors.pipedrive.simulator.grants import new_code
from connectors.pipedrive.spec import PIPEDRIVE, credentials
from engine.delivery.authorization import redirect_uri
from engine.delivery.granting import accept_consent
from engine.storage.connections import connection_by_key, save_connection, settings_of
from engine.storage.models import ConnectionState, RunState
from tests.behaviours.world import CONNECTION
from tests.connectors.pipedrive.test_delivery import opened, shared_instance, wiped_instance

__all__ = ["opened", "shared_instance", "wiped_instance"]

BACK = "https://forms.example/connections/_callback"
CLIENT = {"client_id": "demo-integration", "client_secret": "demo-secret"}
SETTINGS = {**CLIENT, "company": "demo", "base_url": "http://pipedrive.test"}
OAUTH = PIPEDRIVE.oauth
assert OAUTH is not None


class Vendor:
    """A simulated Pipedrive with a clock that can be moved."""

    def __init__(self) -> None:
        self.at = 1796000000.0
        self.simulator = create_simulator(rate_limit=0, now=lambda: self.at)
        self.client = new_client(transport=httpx.WSGITransport(app=self.simulator))

    def code(self) -> str:
        return new_code(self.simulator.extensions["pipedrive"], BACK)

    def exchange(self, code, **settings):
        return exchange(
            self.client, OAUTH, {**SETTINGS, **settings}, code, verifier="", redirect_uri=BACK
        )

    def refresh(self, token):
        return refresh(self.client, OAUTH, SETTINGS, token, redirect_uri=BACK)

    def connector(self, token):
        return PipedriveConnector({**SETTINGS, "token": token}, self.client)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


def test_a_person_is_sent_to_pipedrives_own_page():
    settings = {**CLIENT, "company": "acme"}
    url = urlsplit(authorise_url(OAUTH, settings, state="s", verifier="v", redirect_uri=BACK))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://oauth.pipedrive.com/oauth/authorize"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["demo-integration"],
        "redirect_uri": [BACK],
        "state": ["s"],
    }


@pytest.mark.parametrize(("choice", "comes_back_with"), [("allow", "code"), ("deny", "error")])
def test_who_decides_is_sent_back(vendor, choice, comes_back_with):
    with vendor.simulator.test_client() as browser:
        query = {"client_id": "demo-integration", "redirect_uri": BACK, "state": "s"}
        page = browser.get("/oauth/authorize", query_string=query)
        assert "demo.pipedrive.com" in page.text
        answer = browser.post("/oauth/authorize", data={**query, "choice": choice})
        wrong = browser.get("/oauth/authorize", query_string={**query, "client_id": "other"})
    told = {key: value[0] for key, value in parse_qs(urlsplit(answer.location).query).items()}
    assert answer.location.startswith(BACK)
    assert told["state"] == "s"
    assert comes_back_with in told
    assert wrong.status_code == 400
    if choice == "allow":
        assert vendor.exchange(granted_code(OAUTH, SETTINGS, told)).access
    else:
        with pytest.raises(AuthError):
            granted_code(OAUTH, SETTINGS, told)


def test_a_code_is_asked_for_as_pipedrive_wants_it():
    requests = []

    def answer(request):
        requests.append(request)
        told = {"access_token": "a:b", "refresh_token": "r", "token_type": "Bearer"}
        return httpx.Response(
            200, json={**told, "expires_in": 3599, "api_domain": "https://acme.pipedrive.com"}
        )

    client = new_client(transport=httpx.MockTransport(answer))
    settings = {**CLIENT, "company": "acme"}
    tokens = exchange(client, OAUTH, settings, "c", verifier="", redirect_uri=BACK)
    refresh(client, OAUTH, settings, "r", redirect_uri=BACK)
    assert tokens.host == "acme.pipedrive.com"
    assert {str(one.url) for one in requests} == {"https://oauth.pipedrive.com/oauth/token"}
    # base64 of demo-integration:demo-secret
    signed = "Basic ZGVtby1pbnRlZ3JhdGlvbjpkZW1vLXNlY3JldA=="
    assert {one.headers["Authorization"] for one in requests} == {signed}
    assert [parse_qs(one.content.decode()) for one in requests] == [
        {"grant_type": ["authorization_code"], "code": ["c"], "redirect_uri": [BACK]},
        {"grant_type": ["refresh_token"], "refresh_token": ["r"]},
    ]


def test_tokens_let_in_until_they_end_and_are_renewed_once(vendor):
    first = vendor.exchange(vendor.code())
    assert first.host == "demo.pipedrive.com"
    assert vendor.connector(first.access).check().label == "Demo Pipedrive (demo)"
    vendor.at += first.lasts_s
    with pytest.raises(AuthError):
        vendor.connector(first.access).check()
    second = vendor.refresh(first.refresh)
    assert vendor.connector(second.access).check()
    with pytest.raises(AuthError):
        vendor.refresh(first.refresh)


@pytest.mark.parametrize(("after_s", "settings"), [(300, {}), (0, {"client_secret": "other"})])
def test_a_code_that_is_too_old_or_somebody_elses_is_refused(vendor, after_s, settings):
    code = vendor.code()
    vendor.at += after_s
    with pytest.raises(AuthError):
        vendor.exchange(code, **settings)


@pytest.mark.parametrize("address", [7, "", "https://[", None])
def test_tokens_without_an_address_name_no_host(address):
    told = {"access_token": "a:b", "refresh_token": "r", "token_type": "Bearer", "expires_in": 9}
    answer = httpx.Response(200, json={**told, "api_domain": address})
    client = new_client(transport=httpx.MockTransport(lambda _: answer))
    tokens = exchange(client, OAUTH, SETTINGS, "c", verifier="", redirect_uri=BACK)
    assert tokens.host == ""


def test_an_answer_without_tokens_is_unknown():
    client = new_client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={})))
    with pytest.raises(OutcomeUnknownError):
        refresh(client, OAUTH, SETTINGS, "r", redirect_uri=BACK)


@pytest.mark.parametrize(
    ("token", "header"),
    [
        ("0123abcd", {"x-api-token": "0123abcd"}),
        ("demo-token", {"x-api-token": "demo-token"}),
        ("v1u:AQ+/=:RID", {"Authorization": "Bearer v1u:AQ+/=:RID"}),
        ("11:22:33", {"Authorization": "Bearer 11:22:33"}),
    ],
)
def test_tokens_of_both_kinds_go_where_pipedrive_looks_for_them(token, header):
    assert credentials({"token": token}) == header


def test_without_a_token_nobody_is_let_in():
    with pytest.raises(SettingsError, match="connect the account"):
        credentials({})


# --- the whole way ---


def connected(world):
    with world.instance.database.write() as session:
        settings = {**SETTINGS, "company": "elsewhere", "calls_per_s": "9999"}
        reach = {"company_phone_field": "Phone", "company_email_field": "E-mail"}
        save_connection(
            session,
            world.instance.vault,
            key=CONNECTION,
            name="Pipedrive",
            connector="pipedrive",
            settings={**settings, **reach},
        )
    account = world.simulator.extensions["pipedrive"]
    code = new_code(account, redirect_uri(world.instance.settings))
    accept_consent(world.instance, stored(world).id, {"code": code}, "verifier")


def stored(world):
    with world.instance.database.read() as session:
        return connection_by_key(session, CONNECTION)


def test_a_company_that_let_us_in_gets_its_submissions(opened):
    world = opened()
    connected(world)
    settings = settings_of(stored(world), world.instance.vault)
    assert (settings["company"], "token" in settings) == ("demo.pipedrive.com", False)
    world.deliver(topic="Chairs")
    with world.simulator.test_client() as browser:
        browser.post("/_simulator/access/expire")
        world.deliver(topic="Tables")
        assert world.simulator.calls["POST /oauth/token"] == 2
        browser.post("/_simulator/access/revoke")
    run = world.submit(topic="Lamps")
    assert run.state == RunState.WAITING
    assert stored(world).state == ConnectionState.BLOCKED
    assert world.simulator.store.count("notes") == 2
