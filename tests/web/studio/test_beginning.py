"""Modules and connections are begun with few words."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.deciding.module import load_module
from engine.instance import Instance
from engine.storage.forms import module_by_key
from tests.web.studio.conftest import post
from tests.web.studio.world import SECRET
from web.studio.starters import new_module

MODULES = "/forms/callback/modules"


@pytest.mark.parametrize(
    ("name", "key"), [("Sales at home", "sales-at-home"), ("", "main"), ("Продажі", "main")]
)
def test_a_module_is_made_by_choosing_an_account(
    grace: FlaskClient, full: Instance, name: str, key: str
):
    made = post(grace, f"{MODULES}/_new", connection="main", name=name)
    assert made.location == f"{MODULES}/{key}/contact"
    with full.database.read() as session:
        module = module_by_key(session, "callback", key)
        assert module is not None
        assert (module.enabled, module.connection.key) == (False, "main")
        assert module.name == (name or key)
    assert "already" in post(grace, f"{MODULES}/_new", connection="main", name=name).text


def test_a_module_of_no_account_is_not_made(grace: FlaskClient, full: Instance):
    refused = post(grace, f"{MODULES}/_new", connection="none", name="Other")
    assert refused.status_code == 422
    assert "there are: main, second" in refused.text


NAMED = "{{ form.name }}: {{ field.first_name }}"
NUMBERED = "{{ form.name }} #{{ submission.number }}"
EMAIL = {"key": "your-email", "label": "E-mail", "type": "email"}
TOPIC = {"key": "topic", "label": "Topic"}


@pytest.mark.parametrize(
    ("fields", "contact", "deal"),
    [
        ([], ["{{ field.first_name }}", "{{ field.email }}", "{{ field.phone }}"], NAMED),
        ([TOPIC, EMAIL], ['{{ field["your-email"] }}'], NUMBERED),
        ([TOPIC], [], NUMBERED),
    ],
    ids=["usual", "no name", "nobody"],
)
def test_a_new_module_begins_with_the_fields_that_the_form_has(
    fields: list[dict[str, Any]], contact: list[str], deal: str
):
    form = load(FormConfig, {"form": "callback", "name": "Callback", "fields": fields})
    begun = new_module(form, "main", "sales")
    load_module(begun)
    assert begun["deal"]["name"] == deal
    assert sorted(begun.get("contact", {}).get("fields", {}).values()) == sorted(contact)


def test_a_connection_is_called_by_the_key_that_its_name_makes(grace: FlaskClient, full: Instance):
    page = "/connections/_new/kommo"
    entered = {"setting-subdomain": "acme", "setting-token": SECRET, "key": ""}
    made = post(grace, page, page=page, name="Kommo of Acme", **entered)
    assert made.location == "/connections/kommo-of-acme"
    refused = post(grace, page, page=page, name="Комо", **entered)
    assert refused.status_code == 422
    assert "nothing of the name can stand in a key" in refused.text
