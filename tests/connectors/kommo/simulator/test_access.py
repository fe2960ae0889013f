"""Integrations are let in as Kommo lets them in."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.simulation import Fault, FaultKind

BACK = "https://forms.test/back"
CLIENT = {"client_id": "demo-integration", "client_secret": "demo-secret", "redirect_uri": BACK}


def decide(api, choice: str = "allow", **asked: str) -> dict[str, str]:
    """What a person's decision sends the integration."""
    form = {"client_id": "demo-integration", "redirect_uri": BACK, "state": "s", **asked}
    response = api.http.post("http://www.kommo.com/oauth", data={**form, "choice": choice})
    assert response.status_code == 302, response.text
    address = urlsplit(response.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def ask(api, host: str = "demo.kommo.com", **asked: Any) -> httpx.Response:
    body = {key: value for key, value in {**CLIENT, **asked}.items() if value is not None}
    return api.http.post(f"http://{host}/oauth2/access_token", json=body)


def redeem(api, **asked: Any) -> httpx.Response:
    code = asked.pop("code", None) or decide(api)["code"]
    return ask(api, grant_type="authorization_code", code=code, **asked)


def renew(api, token: str, **asked: Any) -> httpx.Response:
    return ask(api, grant_type="refresh_token", refresh_token=token, **asked)


def status_with(api, token: str, host: str = "demo.kommo.com") -> int:
    return api.http.get(
        f"http://{host}/api/v4/account", headers={"Authorization": f"Bearer {token}"}
    ).status_code


def hint(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["hint"]


def test_the_page_names_integration_and_account(api):
    page = api.http.get(
        "http://www.kommo.com/oauth",
        params={"client_id": "demo-integration", "redirect_uri": BACK, "state": "<s>"},
    )
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Website forms" in page.text
    assert "demo.kommo.com" in page.text
    assert "&lt;s&gt;" in page.text
    assert "form-action 'self' https://forms.test" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"redirect_uri": "javascript:x"}])
def test_a_page_that_leads_nowhere_is_refused(api, wrong):
    asked = {"client_id": "demo-integration", "redirect_uri": BACK, **wrong}
    assert api.http.get("http://www.kommo.com/oauth", params=asked).status_code == 400


def test_the_person_comes_back_with_a_code_and_the_accounts_address(api):
    told = decide(api)
    assert len(told.pop("code")) > 40
    assert told == {
        "referer": "demo.kommo.com",
        "from_widget": "0",
        "client_id": "demo-integration",
        "state": "s",
    }


def test_a_person_may_deny(api):
    told = decide(api, "deny")
    assert told == {"error": "access_denied", "client_id": "demo-integration", "state": "s"}


def test_another_site_cannot_press_allow(api):
    response = api.http.post(
        "http://www.kommo.com/oauth",
        data={"client_id": "demo-integration", "redirect_uri": BACK, "choice": "allow"},
        headers={"Origin": "https://evil.test"},
    )
    assert response.status_code == 403


def test_a_code_gives_tokens_that_open_the_account(api):
    tokens = redeem(api).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 86400)
    assert status_with(api, tokens["access_token"]) == 200
    body = tokens["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert (claims["api_domain"], claims["account_id"]) == ("api-b.kommo.com", 31000001)


def test_a_code_serves_once_and_for_twenty_minutes(api, clock):
    code = decide(api)["code"]
    clock.at += 20 * 60 - 1
    assert redeem(api, code=code).status_code == 200
    assert hint(redeem(api, code=code)) == (400, "Authorization code has been revoked")
    late = decide(api)["code"]
    clock.at += 20 * 60
    assert hint(redeem(api, code=late)) == (400, "Authorization code has expired")


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"client_secret": "guessed"}, 401, "Client authentication failed"),
        ({"client_id": "another"}, 401, "Client authentication failed"),
        ({"redirect_uri": f"{BACK}/"}, 400, "Check the `redirect_uri` parameter"),
        ({"redirect_uri": None}, 400, "Check the `redirect_uri` parameter"),
        ({"grant_type": "password"}, 400, "Check the `grant_type` parameter"),
        ({"code": None}, 400, "Check the `grant_type` parameter"),
    ],
)
def test_a_wrong_request_gets_no_tokens_and_spends_no_code(api, wrong, status, said):
    good = {"grant_type": "authorization_code", "code": decide(api)["code"]}
    assert hint(ask(api, **{**good, **wrong})) == (status, said)
    assert ask(api, **good).status_code == 200


def test_an_access_token_lasts_a_day_and_a_refresh_token_three_months(api, clock):
    tokens = redeem(api).json()
    clock.at += 86_399
    assert status_with(api, tokens["access_token"]) == 200
    clock.at += 1
    assert status_with(api, tokens["access_token"]) == 401
    clock.at += 89 * 86_400
    assert hint(renew(api, tokens["refresh_token"])) == (401, "Token has expired")


def test_a_refresh_token_serves_again_until_the_pair_it_gave_is_used(api):
    first = redeem(api).json()
    lost = renew(api, first["refresh_token"]).json()
    second = renew(api, first["refresh_token"]).json()
    assert status_with(api, first["access_token"]) == 401
    assert status_with(api, lost["access_token"]) == 401
    assert hint(renew(api, lost["refresh_token"])) == (401, "Token has been revoked")
    assert status_with(api, second["access_token"]) == 200
    assert hint(renew(api, first["refresh_token"])) == (401, "Token has been revoked")
    assert renew(api, second["refresh_token"]).status_code == 200


def test_to_renew_a_pair_is_to_use_it(api):
    first = redeem(api).json()
    second = renew(api, first["refresh_token"]).json()
    third = renew(api, second["refresh_token"]).json()
    assert hint(renew(api, first["refresh_token"])) == (401, "Token has been revoked")
    assert status_with(api, third["access_token"]) == 200


def test_a_person_may_switch_the_integration_off(api):
    tokens = redeem(api).json()
    assert api.http.post("http://demo.kommo.com/_simulator/access/revoke").status_code == 204
    assert status_with(api, tokens["access_token"]) == 401
    assert hint(renew(api, tokens["refresh_token"])) == (401, "Token has been revoked")
    assert status_with(api, "demo-token") == 200


def test_access_tokens_can_be_made_to_end(api):
    tokens = redeem(api).json()
    api.http.post("http://demo.kommo.com/_simulator/access/expire")
    assert status_with(api, tokens["access_token"]) == 401
    assert renew(api, tokens["refresh_token"]).status_code == 200


def test_a_renamed_account_lives_elsewhere_and_says_where(api):
    tokens = redeem(api).json()
    renamed = {"subdomain": "newer"}
    api.http.post("http://demo.kommo.com/_simulator/access/rename", json=renamed)
    assert status_with(api, tokens["access_token"]) == 401
    assert renew(api, tokens["refresh_token"]).status_code == 404
    assert status_with(api, tokens["access_token"], "newer.kommo.com") == 200
    told = api.http.get(
        "http://api-b.kommo.com/oauth2/account/current/subdomain",
        headers={"X-Refresh-Token": tokens["refresh_token"]},
    )
    assert told.json() == {
        "id": 31000001,
        "subdomain": "newer",
        "domain": "newer.kommo.com",
        "top_level_domain": "com",
    }
    assert renew(api, tokens["refresh_token"], host="newer.kommo.com").status_code == 200


def test_nobody_learns_where_an_account_lives_without_its_token(api):
    told = api.http.get("http://api-b.kommo.com/oauth2/account/current/subdomain")
    assert told.status_code == 401


@pytest.mark.parametrize("body", [{}, [], {"subdomain": "a.b"}, {"subdomain": 1}])
def test_an_account_has_a_proper_name(api, body):
    response = api.http.post("http://demo.kommo.com/_simulator/access/rename", json=body)
    assert response.status_code == 400


def test_a_restart_keeps_who_was_let_in(start, tmp_path):
    path = tmp_path / "kommo.jsonl"
    tokens = redeem(start(state_file=path)).json()
    assert status_with(start(state_file=path), tokens["access_token"]) == 200


def test_accidents_befall_the_calls_for_tokens_too(api):
    first = redeem(api).json()
    api.simulator.faults.add(Fault(FaultKind.LOSE_REPLY, path="/oauth2/access_token"))
    with pytest.raises(httpx.RemoteProtocolError):
        renew(api, first["refresh_token"])
    assert renew(api, first["refresh_token"]).status_code == 200
    assert api.simulator.calls["POST /oauth2/access_token"] == 3
