"""A mapping is taken over from another module: chosen, looked at, and then in the draft."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from engine.instance import Instance
from engine.storage.forms import save_module
from tests.builders import module_config
from tests.web.studio.conftest import SignIn, post
from tests.web.studio.editor.conftest import SALES
from tests.web.studio.editor.test_tabs import Document, drafted

COPY = f"{SALES}/copy"
FROM_OTHER = f"{COPY}?from=callback/other"


def other(instance: Instance, **changes: Any) -> None:
    """Another module of the form, for the second account of the same CRM."""
    with instance.database.write() as session:
        save_module(session, module_config(module="other", name="Other", **changes))


def ticks(page: str) -> dict[str, bool]:
    boxes = BeautifulSoup(page, "html.parser").select('input[name="row"]')
    return {str(box["value"]): box.has_attr("checked") for box in boxes}


def test_what_fits_is_ticked_what_would_replace_is_not_and_what_does_not_fit_is_told(
    grace: FlaskClient, full: Instance
) -> None:
    contact = {"match": ["name"], "fields": {"name": "{{ field.company }}", "Shoe size": "44"}}
    deal = {"fields": {"Product line": {"value": "{{ field.topic }}", "map": {"a": "Enterprise"}}}}
    other(full, connection="second", contact=contact, deal={**deal, "tags": ["b2b"]})
    assert "Other" in grace.get(COPY).text
    page = grace.get(FROM_OTHER).text
    assert ticks(page) == {"contact:name": False, "deal:Product line": False}
    assert "replaces the row that is here" in page
    assert "this form has no field topic" in page
    assert "Contact · Shoe size" in page
    assert "the account has no such field" in page


def test_the_ticked_rows_are_in_the_draft_and_nothing_else(
    grace: FlaskClient, full: Instance, document: Document
) -> None:
    other(full, deal={"name": "Deal of theirs", "tags": ["b2b"], "fields": {"77": "hardware"}})
    assert ticks(grace.get(FROM_OTHER).text) == {"deal:Product line": True}
    sent = {"from": "callback/other", "row": "deal:Product line", "revision": "2"}
    answer = post(grace, COPY, page=FROM_OTHER, **sent)
    assert (answer.status_code, answer.location) == (303, f"{SALES}/deal")
    saved = document()
    assert saved is not None
    assert saved["deal"] == {"name": "Deal of theirs", "fields": {"Product line": "hardware"}}
    assert "The same here already" in grace.get(FROM_OTHER).text


def test_without_a_tick_nothing_is_saved(
    grace: FlaskClient, full: Instance, document: Document
) -> None:
    other(full, deal={"fields": {"77": "hardware"}})
    answer = post(grace, COPY, page=COPY, **{"from": "callback/other", "revision": "2"})
    assert answer.status_code == 422
    assert "tick at least one row" in answer.text
    assert document() is None


def test_what_was_changed_meanwhile_is_not_overwritten(
    grace: FlaskClient, full: Instance, document: Document
) -> None:
    other(full, deal={"fields": {"77": "hardware"}})
    before = drafted(full, name="Theirs")
    sent = {"from": "callback/other", "row": "deal:Product line", "revision": "2"}
    answer = post(grace, COPY, page=COPY, **sent)
    assert (answer.status_code, "meanwhile" in answer.text) == (409, True)
    assert document() == before


def test_modules_of_nowhere_are_not_there(grace: FlaskClient, full: Instance) -> None:
    assert ticks(grace.get(f"{COPY}?from=callback/sales").text) == {}
    answer = post(grace, COPY, page=COPY, **{"from": "callback/none", "revision": "2"})
    assert answer.status_code == 404


def test_a_viewer_takes_nothing_over(sign_in: SignIn, full: Instance) -> None:
    assert sign_in("viewer").get(COPY).status_code == 403
