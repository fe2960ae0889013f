"""A HubSpot account that its owner lets us into: all accounts have one server, and tokens end soon."""

from __future__ import annotations

from functools import cache

import httpx
import pytest

from connectors.errors import AuthError, SettingsError
from connectors.hubspot.simulator import DEMO_SETTINGS, create_simulator
from connectors.hubspot.simulator.access import expire, new_code, revoke
from connectors.simulation import Simulator
from engine.delivery.authorization import redirect_uri
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.granting import accept_consent
from engine.instance import Instance
from engine.storage.connections import connection_by_key, save_connection, settings_of
from engine.storage.models import Connection

SETTINGS = {key: value for key, value in DEMO_SETTINGS.items() if key != "token"}
TOKEN_CALL = "POST /oauth/2026-09/token"


@cache
def simulated_hubspot() -> Simulator:
    return create_simulator(rate_limit=0)


@pytest.fixture
def hubspot(monkeypatch: pytest.MonkeyPatch, wiped_instance: Instance) -> Simulator:
    simulator = simulated_hubspot()
    simulator.reset()
    wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
    monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
    save(wiped_instance)
    return simulator


def save(instance: Instance, **changes: str) -> None:
    settings = {**SETTINGS, "calls_per_s": "9999", **changes}
    with instance.database.write() as session:
        save_connection(
            session, instance.vault, key="main", name="H", connector="hubspot", settings=settings
        )


def connection(instance: Instance) -> Connection:
    with instance.database.read() as session:
        found = connection_by_key(session, "main")
    assert found is not None
    return found


def connect(instance: Instance, hubspot: Simulator) -> None:
    code = new_code(hubspot.extensions["hubspot"], redirect_uri(instance.settings))
    accept_consent(instance, connection(instance).id, {"code": code}, "verifier")


def check(instance: Instance) -> str:
    return check_connection(instance, connection(instance).id).label


def test_consent_lets_us_into_the_account_that_was_entered(
    wiped_instance: Instance, hubspot: Simulator
) -> None:
    connect(wiped_instance, hubspot)
    assert check(wiped_instance) == "HubSpot 31000002 (app.hubspot.com)"
    assert settings_of(connection(wiped_instance), wiped_instance.vault)["account"] == "31000002"


def test_a_token_that_ended_is_renewed_and_the_call_repeated(
    wiped_instance: Instance, hubspot: Simulator
) -> None:
    connect(wiped_instance, hubspot)
    expire(hubspot.store)
    assert check(wiped_instance)
    assert hubspot.calls[TOKEN_CALL] == 2


def test_without_the_app_a_person_must_grant_access_again(
    wiped_instance: Instance, hubspot: Simulator
) -> None:
    connect(wiped_instance, hubspot)
    revoke(hubspot.store)
    with pytest.raises(AuthError, match="granted anew"):
        check(wiped_instance)


def test_whoever_allows_another_account_than_was_entered_is_told(
    wiped_instance: Instance, hubspot: Simulator
) -> None:
    save(wiped_instance, account="7654321")
    connect(wiped_instance, hubspot)
    with pytest.raises(SettingsError, match="31000002"):
        check(wiped_instance)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"tags_property": ""}, True),
        ({"client_secret": "made anew"}, True),
        ({"account": "7654321"}, False),
        ({"base_url": "https://evil.test"}, False),
        ({"client_id": "another"}, False),
        ({"token": "pat-na1-key"}, False),
    ],
)
def test_a_grant_belongs_to_one_account_and_app(
    wiped_instance: Instance, hubspot: Simulator, changes: dict[str, str], kept: bool
) -> None:
    connect(wiped_instance, hubspot)
    check(wiped_instance)
    save(wiped_instance, **changes)
    assert (connection(wiped_instance).grant is not None) == kept
    if "account" in changes:
        assert connection(wiped_instance).catalog is None
