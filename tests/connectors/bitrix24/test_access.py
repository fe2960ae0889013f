"""A local application that a portal's owner lets in, and what befalls its access."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.bitrix24.simulator import create_simulator
from connectors.bitrix24.simulator.grants import CODE_S, expire, new_code, revoke
from connectors.errors import AuthError, ConnectorError
from connectors.oauth import WrongDomain
from engine.delivery.authorization import redirect_uri
from engine.delivery.catalogs import test_connection as check_connection
from engine.delivery.granting import accept_consent, consent_page
from engine.instance import Instance
from engine.storage.connections import connection_by_key, save_connection, settings_of
from engine.storage.model_calls import Call
from engine.storage.models import Connection, ConnectionState
from tests.behaviours.world import CONNECTION, World
from tests.behaviours.world import Clock as CrmClock
from tests.engine.delivery.conftest import shared_instance, wiped_instance

__all__ = ["shared_instance", "wiped_instance"]

SETTINGS = {
    "portal": "typed.bitrix24.com",
    "client_id": "local.demo",
    "client_secret": "demo-secret",
    "base_url": "http://bitrix24.test",
    "calls_per_s": "9999",
}


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = CrmClock()
    simulator = create_simulator(rate_limit=0, now=clock)
    wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
    monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
    quick = wiped_instance.settings.model_copy(update={"settle_s": 0.0})
    instance = replace(wiped_instance, settings=quick)
    with instance.database.write() as session:
        save_connection(
            session,
            instance.vault,
            key=CONNECTION,
            name="Bitrix24",
            connector="bitrix24",
            settings=SETTINGS,
        )
    world = World(instance, simulator, clock)
    world.form()
    world.module(deal={"name": "Request of {{ field.name }}"})
    return world


def connection(world: World) -> Connection:
    with world.instance.database.read() as session:
        found = connection_by_key(session, CONNECTION)
    assert found is not None
    return found


def connect(world: World, **changes: str) -> None:
    code = new_code(world.simulator.extensions["bitrix24"])
    answer = {"code": code, "domain": "demo.bitrix24.com", "member_id": "a223", **changes}
    accept_consent(world.instance, connection(world).id, answer, "verifier")


def test_a_person_is_asked_by_the_portal_and_sent_back(world):
    address = consent_page(world.instance, connection(world), state="s", verifier="v")
    browser = world.simulator.test_client()
    page = browser.get(address)
    assert "Website forms" in page.text
    asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    sent = browser.post(urlsplit(address).path, data={**asked, "choice": "allow"})
    assert sent.location.startswith(redirect_uri(world.instance.settings))
    answer = {key: values[0] for key, values in parse_qs(urlsplit(sent.location).query).items()}
    assert (answer["state"], answer["domain"]) == ("s", "demo.bitrix24.com")
    accept_consent(world.instance, connection(world).id, answer, "v")
    assert check_connection(world.instance, connection(world).id).user == "Grace"


def test_submissions_arrive_by_the_access_that_was_granted(world):
    connect(world)
    assert settings_of(connection(world), world.instance.vault)["portal"] == "demo.bitrix24.com"
    world.deliver()
    assert world.simulator.store.count("deal") == 1
    assert all(
        call.startswith(("GET /oauth/token/", "POST /rest/batch")) for call in world.simulator.calls
    )


def test_access_that_has_ended_is_renewed_once_and_the_call_repeated(world):
    connect(world)
    world.deliver()
    expire(world.simulator.store)
    world.simulator.calls.clear()
    world.deliver(name="Grace", email="grace@example.org", phone="")
    assert world.simulator.store.count("deal") == 2
    assert world.simulator.calls["GET /oauth/token/"] == 1


def test_access_that_was_taken_away_blocks_and_keeps_what_comes(world):
    connect(world)
    world.deliver()
    revoke(world.simulator.store)
    world.submit(name="Grace", email="grace@example.org")
    assert connection(world).state == ConnectionState.BLOCKED
    assert world.simulator.store.count("deal") == 1


def test_no_token_and_no_key_is_in_the_log_of_calls(world):
    connect(world)
    world.deliver()
    pairs = world.simulator.store.all("oauth_pairs")
    with world.instance.database.read() as session:
        told = " ".join(
            f"{call.url} {call.request} {call.response}" for call in session.query(Call).all()
        )
    assert "batch" in told
    for secret in ("demo-secret", *(one[key] for one in pairs for key in ("access", "refresh"))):
        assert secret not in told


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"domain": "bitrix24.com.evil.test"}, WrongDomain),
        ({"domain": ""}, WrongDomain),
        ({"error": "access_denied"}, AuthError),
        ({"code": "invented"}, AuthError),
    ],
)
def test_a_wrong_answer_connects_nothing(world, wrong: dict[str, str], error: type[ConnectorError]):
    with pytest.raises(error):
        connect(world, **wrong)
    assert connection(world).grant is None


def test_a_code_that_came_too_late_connects_nothing(world):
    code = new_code(world.simulator.extensions["bitrix24"])
    world.clock.behind_s -= CODE_S + 1
    answer = {"code": code, "domain": "demo.bitrix24.com"}
    with pytest.raises(AuthError):
        accept_consent(world.instance, connection(world).id, answer, "verifier")
