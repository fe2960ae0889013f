"""Modules of a form, and connecting an account."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from connectors.errors import SettingsError
from connectors.kommo.spec import HOSTS, KOMMO, base_url
from connectors.registry import CONNECTORS
from engine.instance import Instance
from engine.storage.forms import module_by_key
from tests.web.studio.conftest import _no_brake, _quick_passwords, full, grace, post, sign_in

__all__ = ["_no_brake", "_quick_passwords", "full", "grace", "sign_in"]

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


def _is_there(instance: Instance) -> bool:
    with instance.database.read() as session:
        return module_by_key(session, "callback", "new") is not None
