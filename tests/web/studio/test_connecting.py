"""To Kommo's page and back: only who began, once, in time, and never with anything secret in sight."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from connectors.kommo.simulator.grants import rename
from connectors.simulation import Fault, FaultKind, Simulator
from engine.delivery.authorization import REDIRECT_PATH
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import connection_by_key, save_connection
from engine.storage.model_audit import AuditEntry
from engine.storage.models import Connection, ConnectionState
from tests.behaviours.conftest import kommo
from tests.web.studio.conftest import SignIn, post

__all__ = ["kommo"]

SETTINGS = {
    "subdomain": "demo",
    "client_id": "demo-integration",
    "client_secret": "demo-secret",
    "calls_per_s": "9999",
}
PAGE = "/connections/main"


@pytest.fixture(autouse=True)
def _main(instance: Instance, kommo: Simulator, rings: list[int]) -> None:
    save(instance)


def save(instance: Instance, **changes: str) -> None:
    settings = {key: value for key, value in {**SETTINGS, **changes}.items() if value}
    with instance.database.write() as session:
        save_connection(
            session, instance.vault, key="main", name="Main", connector="kommo", settings=settings
        )


def connection(instance: Instance) -> Connection:
    with instance.database.read() as session:
        found = connection_by_key(session, "main")
    assert found is not None
    return found


def begin(client: FlaskClient, connection: str = PAGE) -> str:
    """The address that the button leads to."""
    page = post(client, f"{connection}/connect", page=connection)
    assert page.status_code == 200, page.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found
    return unescape(found[1])


def decide(kommo: Simulator, address: str, choice: str = "allow") -> str:
    """Where Kommo sends the person, who decided on the page at ``address``."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    response = kommo.test_client().post("/oauth", data={**asked, "choice": choice})
    back = urlsplit(response.headers["Location"])
    return f"{back.path}?{back.query}"


def changed(address: str, **parameters: str) -> str:
    for name, value in parameters.items():
        address = re.sub(rf"(?<=[?&]){name}=[^&]*", f"{name}={value}", address)
    return address


def test_the_button_leads_to_kommos_own_page(grace: FlaskClient, instance: Instance) -> None:
    address = urlsplit(begin(grace))
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc, address.path) == ("https", "www.kommo.com", "/oauth")
    assert asked["redirect_uri"] == [instance.settings.public_url + REDIRECT_PATH]
    assert len(asked["state"][0]) >= 43
    assert parse_qs(urlsplit(begin(grace)).query)["state"] != asked["state"]


def test_who_comes_back_is_connected(
    grace: FlaskClient, instance: Instance, kommo: Simulator, rings: list[int]
) -> None:
    before = grace.get(PAGE).text
    assert "does not let Formwire in" in before
    assert instance.settings.public_url + REDIRECT_PATH in before
    back = grace.get(decide(kommo, begin(grace)))
    assert (back.status_code, back.headers["Location"]) == (303, PAGE)
    page = grace.get(PAGE).text
    assert "Connected: this is Demo Kommo (demo)." in page
    assert "Connected as Demo Kommo (demo) since" in page
    assert '<th scope="row">connect</th>' in grace.get("/audit?noun=connection").text
    assert "The token is valid until" in page
    assert "Reconnect" in page
    assert "Disconnect" in page
    assert connection(instance).catalog is not None
    for pair in kommo.store.all("oauth_pairs"):
        assert pair["access"] not in page
        assert pair["refresh"] not in page
    assert "demo-secret" not in page


def no_state(address: str, *_: object) -> str:
    return changed(address, state="")


def wrong_state(address: str, *_: object) -> str:
    return changed(address, state="x" * 64)


def odd_state(address: str, *_: object) -> str:
    return changed(address, state="%C3%A9")


@pytest.mark.parametrize("misuse", [no_state, wrong_state, odd_state])
def test_an_answer_with_another_state_connects_nothing(
    grace: FlaskClient, instance: Instance, kommo: Simulator, misuse: Callable[[str], str]
) -> None:
    address = decide(kommo, begin(grace))
    refused(grace.get(misuse(address)), kommo, instance)
    assert grace.get(address).status_code == 303  # and does not spoil the true one


def test_an_answer_that_nobody_asked_for_connects_nothing(
    grace: FlaskClient, sign_in: SignIn, instance: Instance, kommo: Simulator
) -> None:
    address = decide(kommo, begin(sign_in("administrator")))
    refused(grace.get(address), kommo, instance)


def test_a_state_serves_once(grace: FlaskClient, instance: Instance, kommo: Simulator) -> None:
    address = begin(grace)
    assert grace.get(decide(kommo, address, "deny")).status_code == 403
    refused(grace.get(decide(kommo, address)), kommo, instance)


def test_a_newer_beginning_ends_the_older(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    older = decide(kommo, begin(grace))
    begin(grace)
    refused(grace.get(older), kommo, instance)


def test_a_state_lasts_twenty_minutes(
    grace: FlaskClient, instance: Instance, kommo: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = decide(kommo, begin(grace))
    later = now() + timedelta(minutes=20, seconds=1)
    monkeypatch.setattr("web.studio.connecting.now", lambda: later)
    refused(grace.get(address), kommo, instance)


def test_the_answer_is_for_the_connection_that_began(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    with instance.database.write() as session:
        save_connection(
            session,
            instance.vault,
            key="other",
            name="Other",
            connector="kommo",
            settings=SETTINGS,
        )
    address = begin(grace)
    begun_for_other = post(grace, "/connections/other/connect", page="/connections/other")
    assert begun_for_other.status_code == 200
    refused(grace.get(decide(kommo, address)), kommo, instance)


def refused(answer: TestResponse, kommo: Simulator, instance: Instance) -> None:
    assert answer.status_code == 400
    assert "has to be begun anew" in answer.text
    assert kommo.calls["POST /oauth2/access_token"] == 0
    assert connection(instance).grant is None


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({"referer": "demo.kommo.com.evil.test"}, 400, "an account at a strange address"),
        ({"code": "spent"}, 400, "gave no access for this answer"),
        ({"client_id": "another"}, 400, "gave no access for this answer"),
    ],
)
def test_each_failure_has_its_own_page(
    grace: FlaskClient,
    instance: Instance,
    kommo: Simulator,
    change: dict[str, str],
    status: int,
    title: str,
) -> None:
    answer = grace.get(changed(decide(kommo, begin(grace)), **change))
    assert answer.status_code == status
    assert title in answer.text
    assert "Begin again" in answer.text
    assert connection(instance).grant is None


def test_who_denies_is_told_what_to_do(grace: FlaskClient, kommo: Simulator) -> None:
    answer = grace.get(decide(kommo, begin(grace), "deny"))
    assert answer.status_code == 403
    assert "press Allow" in answer.text


def test_a_crm_that_is_away_is_told_so(grace: FlaskClient, kommo: Simulator) -> None:
    address = decide(kommo, begin(grace))
    kommo.faults.add(Fault(FaultKind.NEVER_ARRIVES))
    answer = grace.get(address)
    assert answer.status_code == 502
    assert "did not answer" in answer.text


def test_connected_is_connected_even_if_the_first_look_fails(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    address = decide(kommo, begin(grace))
    kommo.faults.add(Fault(FaultKind.HTML_ERROR, path="/api/*"))
    assert grace.get(address).status_code == 303
    assert connection(instance).grant is not None
    assert "could not be read yet" in grace.get(PAGE).text


def test_the_account_that_was_chosen_is_shown(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    rename(kommo.store, "chosen")
    grace.get(decide(kommo, begin(grace)))
    page = grace.get(PAGE).text
    assert "Connected as Demo Kommo (chosen) since" in page
    assert 'value="chosen.kommo.com"' in page


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_without_an_integration_there_is_a_hint_instead_of_a_button(
    grace: FlaskClient, instance: Instance, missing: str
) -> None:
    save(instance, **{missing: ""})
    page = grace.get(PAGE).text
    assert "Connect with Kommo" not in page
    assert "Enter “Integration ID” and “Secret key” below and save" in page
    assert post(grace, f"{PAGE}/connect", page=PAGE).status_code == 303
    assert f"cannot be connected yet: {missing}" in grace.get(PAGE).text


def test_reconnecting_frees_a_blocked_connection(
    grace: FlaskClient, instance: Instance, kommo: Simulator, rings: list[int]
) -> None:
    with instance.database.write() as session:
        row = session.get_one(Connection, connection(instance).id)
        row.state, row.reason = ConnectionState.BLOCKED, "the token was revoked"
    grace.get(decide(kommo, begin(grace)))
    assert connection(instance).state == ConnectionState.OK
    assert rings == [connection(instance).id]


def test_connecting_and_disconnecting_are_audited(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    grace.get(decide(kommo, begin(grace), "deny"))
    grace.get(decide(kommo, begin(grace)))
    post(grace, f"{PAGE}/disconnect", page=PAGE)
    with instance.database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    noted = [(entry.act, entry.actor) for entry in entries if entry.target == "main"]
    assert noted == [("connect", "owner@example.org"), ("disconnect", "owner@example.org")]


def test_a_person_may_disconnect(grace: FlaskClient, instance: Instance, kommo: Simulator) -> None:
    grace.get(decide(kommo, begin(grace)))
    answer = post(grace, f"{PAGE}/disconnect", page=PAGE)
    assert answer.status_code == 303
    assert connection(instance).grant is None
    assert "Disconnected. Its runs wait" in grace.get(PAGE).text


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_only_who_may_connect_connects(
    sign_in: SignIn, grace: FlaskClient, instance: Instance, kommo: Simulator, role: str
) -> None:
    other = sign_in(role)
    assert post(other, f"{PAGE}/connect").status_code == 403
    assert post(other, f"{PAGE}/disconnect").status_code == 403
    assert other.get(decide(kommo, begin(grace))).status_code == 403
    assert "Connect with Kommo" not in other.get(PAGE).text


def test_an_address_that_changes_asks_for_every_secret_again(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    grace.get(decide(kommo, begin(grace)))
    fields = {"name": "Main", "setting-subdomain": "other", "setting-client_id": "demo-integration"}
    page = post(grace, PAGE, page=PAGE, **fields)
    assert page.status_code == 422
    assert "Enter it again" in page.text
    saved = post(grace, PAGE, page=PAGE, **fields, **{"setting-client_secret": "demo-secret"})
    assert saved.status_code == 303
    assert connection(instance).grant is None
    assert "Now connect it by the button" in grace.get(PAGE).text
