"""Of two people who change one form at a time, the second is told, and overwrites nothing unknowingly."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.audit import Actor, add_entry
from engine.storage.forms import document_of, form_by_key, form_config, save_form
from tests.web.studio.conftest import post
from tests.web.studio.test_guard import ENTERED

FORM = "/forms/callback"
TEXT = "form: callback\nname: Mine\nzone: Europe/Kyiv\n"
# The page, what I send of it, and what somebody else saves meanwhile.
CASES = {
    "fields": ({"row-0-key": "mine"}, {"fields": [{"key": "theirs"}]}),
    "page": ({"intro": "Mine"}, {"page": {"intro": "Theirs"}}),
    "guard": (ENTERED, {"spam": {"links": 9}}),
    "settings": ({"text": TEXT}, {"name": "Theirs"}),
}


def saved(instance: Instance) -> dict[str, Any]:
    with instance.database.read() as session:
        form = form_by_key(session, "callback")
        assert form is not None
        return document_of(form_config(form))


def somebody_saves(instance: Instance, changes: dict[str, Any]) -> dict[str, Any]:
    with instance.database.write() as session:
        save_form(session, load(FormConfig, saved(instance) | changes))
        add_entry(session, Actor("boris@example.org", "studio"), "save", "form", "callback")
    return saved(instance)


def mark(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("name", CASES)
def test_the_second_is_told_by_whom_and_saves_only_when_asked_again(
    grace: FlaskClient, full: Instance, name: str
) -> None:
    mine, changes = CASES[name]
    address = f"{FORM}/{name}"
    seen = mark(grace.get(address).text)
    theirs = somebody_saves(full, changes)
    answer = post(grace, address, page=address, **mine, seen=seen)
    assert answer.status_code == 409
    assert "boris@example.org changed this meanwhile, so nothing was saved" in answer.text
    assert saved(full) == theirs
    assert post(grace, address, page=address, **mine, seen=mark(answer.text)).status_code == 303
    assert saved(full) != theirs


@pytest.mark.parametrize(("name", "others"), [("fields", "guard"), ("guard", "page")])
def test_what_another_page_changes_is_in_nobodys_way(
    grace: FlaskClient, full: Instance, name: str, others: str
) -> None:
    address = f"{FORM}/{name}"
    seen = mark(grace.get(address).text)
    changes = CASES[others][1]
    somebody_saves(full, changes)
    assert post(grace, address, page=address, **CASES[name][0], seen=seen).status_code == 303
    (key,) = changes
    assert saved(full)[key] == changes[key]


def test_looking_for_fields_meanwhile_does_not_hide_what_changed(
    grace: FlaskClient, full: Instance
) -> None:
    address = f"{FORM}/fields"
    seen = mark(grace.get(address).text)
    somebody_saves(full, {"fields": [{"key": "theirs"}]})
    shown = post(grace, address, page=address, **{"row-0-key": "mine"}, do="add", seen=seen)
    assert mark(shown.text) == seen
    answer = post(grace, address, page=address, **{"row-0-key": "mine"}, seen=mark(shown.text))
    assert answer.status_code == 409
    assert "What saving yours would change" in answer.text
    assert "theirs" in answer.text
