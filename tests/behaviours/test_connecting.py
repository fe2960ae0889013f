"""Modules of a form, and connecting an account."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from connectors.errors import SettingsError
from connectors.kommo.spec import HOSTS, KOMMO, base_url
from connectors.registry import CONNECTORS
from connectors.simulation import Simulator
from engine.instance import Instance
from engine.storage.connections import connection_by_key, save_connection
from engine.storage.forms import module_by_key
from tests.web.studio.conftest import _quick_passwords, full, grace, post, sign_in
from tests.web.studio.test_connecting import SETTINGS, begin, decide

__all__ = ["_quick_passwords", "full", "grace", "sign_in"]

behaviour = pytest.mark.behaviour


@behaviour(122)
def test_a_forms_page_lists_its_modules(grace: FlaskClient, full: Instance) -> None:
    page = grace.get("/forms/callback").text
    assert "Kommo · Sales" in page
    assert "/forms/callback/modules/sales" in page


@behaviour(123)
def test_every_crm_that_can_be_connected_is_offered(grace: FlaskClient) -> None:
    page = grace.get("/connections").text
    assert all(spec.label in page for spec, _ in CONNECTORS.values())


@behaviour(124)
def test_a_new_module_is_only_there_once_it_is_saved(grace: FlaskClient, full: Instance) -> None:
    assert grace.get("/forms/callback/modules/_new").status_code == 200
    assert not _is_there(full)
    text = "form: callback\nmodule: new\nconnection: main\ndeal: {}"
    post(grace, "/forms/callback/modules/_new", text=text)
    assert _is_there(full)


@behaviour(125)
@pytest.mark.parametrize("entered", ["", "  ", "https://", "two words"])
def test_an_account_that_is_none_is_a_mistake(entered: str) -> None:
    with pytest.raises(SettingsError, match="subdomain"):
        base_url({"subdomain": entered}, HOSTS[KOMMO.key])


@behaviour(126)
@pytest.mark.parametrize(
    "entered",
    ["qwerty123", " QWERTY123 ", "qwerty123.kommo.com", "https://qwerty123.kommo.com/leads/list/"],
)
def test_the_account_is_the_subdomain_or_any_address_of_it(entered: str) -> None:
    address = base_url({"subdomain": entered}, HOSTS[KOMMO.key])
    assert address == "https://qwerty123.kommo.com"


@behaviour(125, 127, 128)
def test_an_account_is_entered_and_authorised(
    grace: FlaskClient, instance: Instance, kommo: Simulator, rings: list[int]
) -> None:
    entered = {f"setting-{key}": value for key, value in SETTINGS.items()}
    address = "/connections/_new/kommo"
    empty = {**entered, "setting-subdomain": ""}
    refused = post(grace, address, page=address, name="Main", key="main", **empty)
    assert refused.status_code == 422
    assert "This field is required" in refused.text
    assert post(grace, address, page=address, name="Main", key="main", **entered).status_code == 303
    page = begin(grace)
    assert page.startswith("https://www.kommo.com/oauth?")
    assert "Demo Kommo (demo.kommo.com)" in kommo.test_client().get(page).text
    back = grace.get(decide(kommo, page))
    assert back.headers["Location"] == "/connections/main"
    assert "Connected as Demo Kommo (demo)" in grace.get("/connections/main").text


@behaviour(127, 128)
def test_a_wrong_state_and_a_denial_are_told_and_let_nobody_in(
    grace: FlaskClient, instance: Instance, kommo: Simulator
) -> None:
    _connection(instance)
    page = begin(grace)
    forged = decide(kommo, page.replace("state=", "state=forged"))
    assert grace.get(forged).status_code == 400
    assert "Deny" in grace.get(decide(kommo, page, "deny")).text
    with instance.database.read() as session:
        found = connection_by_key(session, "main")
    assert found is not None
    assert found.grant is None


@behaviour(129)
def test_without_authorisation_a_module_cannot_be_switched_on(
    grace: FlaskClient, full: Instance, kommo: Simulator, rings: list[int]
) -> None:
    _connection(full, key="new")
    text = "form: callback\nmodule: new\nconnection: new\ndeal: {}"
    make = "/forms/callback/modules/_new"
    assert "Connect Main first" in post(grace, make, text=text).text
    assert not _is_there(full)
    off = f"{text}\nactive: {{enabled: false}}"
    assert post(grace, make, text=off).status_code == 303
    module = "/forms/callback/modules/new"
    page = grace.get(module).text
    assert "Connect Main first" in page
    assert "Switch on" not in page
    assert "Preview" not in page
    post(grace, f"{module}/switch", page=module, on="yes")
    assert not _is_on(full)
    _publish(grace, module, text)
    assert not _is_on(full)
    grace.get(decide(kommo, begin(grace, "/connections/new")))
    assert "Switch on" in grace.get(module).text
    post(grace, f"{module}/switch", page=module, on="yes")
    assert _is_on(full)


def _connection(instance: Instance, key: str = "main") -> None:
    with instance.database.write() as session:
        save_connection(
            session, instance.vault, key=key, name="Main", connector="kommo", settings=SETTINGS
        )


def _publish(client: FlaskClient, module: str, text: str) -> None:
    seen = dict(re.findall(r'name="(revision|draft_at)" value="([^"]*)"', client.get(module).text))
    assert post(client, module, page=module, text=text, **seen).status_code == 303
    page = f"{module}/publish"
    seen = dict(re.findall(r'name="(revision|draft_at)" value="([^"]*)"', client.get(page).text))
    refused = post(client, page, page=page, **seen)
    assert refused.status_code == 422
    assert "Connect Main first" in refused.text


def _is_on(instance: Instance) -> bool:
    with instance.database.read() as session:
        module = module_by_key(session, "callback", "new")
    return module is not None and module.enabled


def _is_there(instance: Instance) -> bool:
    with instance.database.read() as session:
        return module_by_key(session, "callback", "new") is not None
