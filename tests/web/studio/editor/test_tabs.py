"""A marketer maps fields by forms: what is typed is shown, tried and saved as the module's document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.drafts import save_draft, seen_of
from engine.storage.forms import form_by_key, module_by_key, save_form
from engine.storage.models import Connection
from tests.builders import module_config, module_document
from tests.web.studio.conftest import SignIn
from tests.web.studio.editor.conftest import SALES, Tab

OpenTab = Callable[[str], Tab]
Document = Callable[[], dict[str, Any] | None]

RICH = {
    "name": "Kommo · Sales",
    "company": {"match": ["name"], "fields": {"name": "{{ field.company }}"}, "tags": ["b2b"]},
    "deal": {
        "pipeline": "Sales",
        "stage": "New request",
        "name": "{{ form.name }}:\n{{ field.first_name }}",
        "fields": {
            "Product line": {
                "value": "{{ field.topic }}",
                "convert": ["trim", {"date": "DD.MM.YYYY"}],
                "map": {"big": "Enterprise", "other": "Gone"},
                "unknown": {"value": "Hardware"},
                "write": "forward",
                "empty": "erase",
            },
        },
        "duplicates": {"control": "formwire", "found": "move"},
        "tasks": [{"text": "Call", "due": {"hours": 2}}],
        "rest": "note",
    },
}


def drafted(instance: Instance, **changes: Any) -> dict[str, Any]:
    """Put a draft under the module; the document it is."""
    with instance.database.write() as session:
        module = module_by_key(session, "callback", "sales")
        assert module is not None
        config = module_config(**changes)
        draft = save_draft(session, module, config, seen_of(session, module), author="a@b.test")
        assert draft is not None
        return dict(draft.document)


@pytest.mark.parametrize("name", ["contact", "company", "deal"])
def test_saving_an_untouched_tab_changes_nothing(
    full: Instance, tab: OpenTab, document: Document, name: str
):
    before = drafted(full, **RICH)
    assert tab(name).press().status_code == 303
    assert document() == before


@pytest.mark.parametrize("name", ["contact", "company", "deal"])
def test_looking_again_keeps_what_the_tab_says(
    full: Instance, tab: OpenTab, document: Document, name: str
):
    before = drafted(full, **RICH)
    shown = tab(name)
    assert shown.press("try").status_code == 200
    assert "not saved yet" in shown.html
    assert shown.press().status_code == 303
    assert document() == before


def test_a_tab_shows_what_the_latest_submission_gives(full: Instance, tab: OpenTab):
    contact = tab("contact")
    assert contact.text("#result-0") == "ready Ada Lovelace"
    assert contact.text("#result-1") == "ready +380671234567"
    assert contact.text("#result-2").startswith("broken The CRM has no such field")


def test_a_row_is_tried_before_it_is_saved(full: Instance, tab: OpenTab, document: Document):
    contact = tab("contact")
    contact.press("try", **{"rows-0-source": "text", "rows-0-text": "{{ field.company }}!"})
    assert contact.text("#result-0") == "ready Analytical!"
    contact.press("try", **{"rows-0-text": "{{ field.companny }}"})
    assert contact.text("#result-0").startswith("check")
    assert "did you mean" in contact.text("#result-0")
    contact.press("try", **{"rows-0-text": "{{ field. }}"})
    assert contact.text("#result-0").startswith("broken")
    assert document() is None


def test_fields_are_added_several_at_once_and_saved(
    full: Instance, tab: OpenTab, document: Document
):
    drafted(full, deal={})
    deal = tab("deal")
    deal.press("add", add=["77"])
    row = deal.row("Product line")
    assert deal.text("#result-0") == "not mapped Choose where from."
    assert deal.press().status_code == 422
    assert "say where it comes from" in deal.html
    answer = deal.press(**{f"{row}-source": "fixed", f"{row}-text": "hardware"})
    assert answer.location.partition("?")[0] == f"{SALES}/deal"
    saved = document()
    assert saved is not None
    assert saved["deal"] == {"fields": {"Product line": "hardware"}}


def test_a_removed_row_is_gone_once_the_tab_is_saved(
    full: Instance, tab: OpenTab, document: Document
):
    contact = tab("contact")
    contact.press("remove:2")
    assert "rows-2-field" not in contact.sent
    assert document() is None
    contact.press()
    saved = document()
    assert saved is not None
    assert list(saved["contact"]["fields"]) == ["name", "phone"]


def test_an_option_map_has_a_line_for_every_answer_there_was(
    full: Instance, tab: OpenTab, document: Document
):
    drafted(full, deal={"fields": {"Product line": "{{ field.company }}"}})
    deal = tab("deal")
    assert deal.sent["rows-0-map-0-answer"] == "Analytical"
    assert deal.sent["rows-0-map-0-option"] == ""
    assert "1 answer has no option" in deal.text("#result-0")
    deal.press("try", **{"rows-0-map-0-option": "Enterprise"})
    assert deal.text("#result-0") == "ready Enterprise"
    deal.press()
    saved = document()
    assert saved is not None
    row = saved["deal"]["fields"]["Product line"]
    assert row == {"value": "{{ field.company }}", "map": {"Analytical": "Enterprise"}}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"rows-0-source": "text", "rows-0-text": "{{ fild.email }}"}, "is not known"),
        ({"rows-0-source": "fixed", "rows-0-text": "{{ field.a }}"}, "takes no macros"),
        ({"rows-0-source": ""}, "say where it comes from"),
        ({"rows-0-convert-0-name": "date", "rows-0-convert-0-setting": "?"}, "has no day"),
        ({"rows-0-convert-0-name": "truncate"}, "needs a setting"),
        ({"rows-1-field": "name"}, "stands here twice"),
    ],
)
def test_a_mistake_stands_beside_its_row_and_nothing_typed_is_lost(
    full: Instance, tab: OpenTab, document: Document, typed: dict[str, str], told: str
):
    contact = tab("contact")
    assert contact.press(**typed).status_code == 422
    number = 1 if "rows-1-field" in typed else 0
    assert told in contact.text(f"#row-{number}-mistakes")
    assert {name: contact.sent[name] for name in typed} == typed
    assert document() is None


def test_a_mistake_of_a_setting_stands_beside_it(full: Instance, tab: OpenTab):
    contact = tab("contact")
    assert contact.press(match=["name"], **{"rows-0-source": "", "gone-0": ""}).status_code == 422
    contact = tab("contact")
    assert contact.press(match=[]).status_code == 422
    assert "so every submission would make another contact" in contact.text("#match-error")


def test_a_part_is_made_and_unmade_by_its_switch(full: Instance, tab: OpenTab, document: Document):
    company = tab("company")
    assert "there" not in company.sent
    assert company.press(there="y", match=["website"]).status_code == 422
    assert "none of website" in company.text("#match-error")
    deal = tab("deal")
    deal.press(there="y", name="{{ form.name }}")
    saved = document()
    assert saved is not None
    assert saved["deal"] == {"name": "{{ form.name }}"}
    deal = tab("deal")
    del deal.sent["there"]
    deal.press()
    assert document() is None


@pytest.mark.parametrize("button", ["save", "try"])
def test_nobody_overwrites_what_another_saved_meanwhile(
    full: Instance, tab: OpenTab, document: Document, button: str
):
    contact = tab("contact")
    before = drafted(full, name="Theirs")
    contact.press(button, **{"rows-0-source": "field:company"})
    answer = contact.press()
    assert (answer.status_code, "meanwhile" in answer.text) == (
        (409, True) if button == "try" else (303, False)
    )
    if button == "try":
        assert document() == before
        contact.press()
    saved = document()
    assert saved is not None
    assert saved["name"] == "Theirs"
    assert saved["contact"]["fields"]["name"] == "{{ field.company }}"


def test_stages_follow_the_pipeline(full: Instance, tab: OpenTab):
    drafted(full, deal={"pipeline": "Sales", "stage": "New request"})
    deal = tab("deal")
    assert "New request" in deal.text("#stage")
    assert "Won" not in deal.text("#stage")
    deal.press("try", pipeline="Nowhere")
    assert "New request – not in the CRM" in deal.text("#stage")


def test_fields_that_nothing_uses_are_told_and_can_go_into_the_note(
    full: Instance, tab: OpenTab, document: Document
):
    contact = tab("contact")
    assert "budget" in contact.text("#unused")
    assert "email" not in contact.text("#unused ul")
    contact.press(rest="y")
    saved = document()
    assert saved is not None
    assert saved["contact"]["rest"] == "note"
    assert "They are in a note all the same." in tab("contact").html


def test_a_renamed_field_that_is_used_by_its_old_name_is_used(full: Instance, tab: OpenTab):
    with full.database.write() as session:
        form = form_by_key(session, "callback")
        assert form is not None
        renamed = [{"key": "mail", "label": "Your mail", "aliases": ["email"]}]
        save_form(session, load(FormConfig, {**form.config, "fields": renamed}))
    contact = tab("contact")
    assert "Your mail" not in contact.text("#unused ul")
    assert "ada@example.org" in contact.html


def test_without_a_catalog_rows_are_shown_and_kept(
    full: Instance, tab: OpenTab, document: Document
):
    with full.database.write() as session:
        session.query(Connection).update({"catalog": None})
    contact = tab("contact")
    assert "Nobody has read yet what this CRM account offers" in contact.html
    contact.press(**{"rows-0-source": "field:company"})
    saved = document()
    assert saved is not None
    assert saved["contact"]["fields"] == {
        **module_document()["contact"]["fields"],
        "name": "{{ field.company }}",
    }


def test_a_viewer_looks_and_changes_nothing(sign_in: SignIn, full: Instance):
    viewer = sign_in("viewer")
    page = viewer.get(f"{SALES}/contact").text
    assert "Save the draft" not in page
    assert "<fieldset" in page
    assert viewer.post(f"{SALES}/contact", data={}).status_code == 403


def test_there_is_no_tab_of_another_name(grace: FlaskClient, full: Instance):
    assert grace.get(f"{SALES}/task").status_code == 404


def test_a_suggestion_is_shown_with_its_reason_and_saved_only_when_it_is_taken(
    full: Instance, tab: OpenTab, document: Document
):
    drafted(full, contact={"match": ["phone"], "fields": {"phone": "{{ field.phone }}"}})
    contact = tab("contact")
    assert "Name ← first_name + last_name" in contact.text(".offers li")
    assert "their names mean the same" in contact.text(".offers li")
    before = document()
    contact.press("take:name")
    assert contact.text("#result-1") == "ready Ada Lovelace"
    assert document() == before
    contact.press()
    saved = document()
    assert saved is not None
    assert saved["contact"]["fields"] == {
        "phone": "{{ field.phone }}",
        "name": "{{ field.first_name }} {{ field.last_name }}",
    }


def test_without_scripts_a_picker_tells_each_fields_type_and_options_in_its_text(
    full: Instance, tab: OpenTab
):
    with full.database.write() as session:
        form = form_by_key(session, "callback")
        assert form is not None
        topic = {"key": "topic", "label": "Topic", "type": "select", "options": ["big", "small"]}
        save_form(session, load(FormConfig, {**form.config, "fields": [topic]}))
    drafted(full, deal={"name": "x"})
    deal = tab("deal")
    assert "Product line (one of a list: Enterprise, Hardware)" in deal.text("#add")
    deal.press("add", add=["77"])
    assert "Topic (List, one of: big, small)" in deal.text("#rows-0-source")
    assert "company (seen in submissions) · Analytical" in deal.text("#rows-0-source")


def in_sight(shown: Tab) -> list[str]:
    rows = BeautifulSoup(shown.html, "html.parser").select("tbody.mapping-row:not([hidden])")
    return [str(row.select('[name$="-field"]')[0]["value"]) for row in rows]


def test_only_some_fields_are_shown_and_the_address_keeps_which(
    full: Instance, tab: OpenTab, document: Document
):
    contact = tab("contact?show=problems")
    assert in_sight(contact) == ["email"]
    assert "With problems 1" in contact.text("#sieve a[aria-current]")
    contact.press("try", **{"rows-0-source": ""})
    assert in_sight(contact) == ["email"]
    contact.press("show", show="unmapped")
    assert in_sight(contact) == ["name"]
    contact.press("try", **{"rows-0-source": "field:company"})
    assert in_sight(contact) == ["name"]
    answer = contact.press()
    assert "show=unmapped" in answer.location
    saved = document()
    assert saved is not None
    fields = module_document()["contact"]["fields"]
    assert saved["contact"]["fields"] == {**fields, "name": "{{ field.company }}"}
    assert "No field is like that." in tab("contact?show=required").html


def test_a_row_with_a_mistake_comes_into_sight(full: Instance, tab: OpenTab):
    contact = tab("contact?show=problems")
    assert contact.press(**{"rows-0-source": ""}).status_code == 422
    assert in_sight(contact) == ["name", "email"]


def test_the_task_of_a_found_deal_is_set_by_a_form(
    full: Instance, tab: OpenTab, document: Document
):
    drafted(full, deal={"duplicates": {"control": "formwire"}})
    deal = tab("deal")
    assert deal.press(**{"duplicates__task-text": "{{ fild.a }}"}).status_code == 422
    assert "is not known" in deal.text("#duplicates__task-text-error")
    typed = {"duplicates__task-text": "Wrote again", "duplicates__task-responsible": "Boris"}
    assert deal.press(**typed).status_code == 303
    saved = document()
    assert saved is not None
    task = {"text": "Wrote again", "responsible": "Boris"}
    assert saved["deal"] == {"duplicates": {"control": "formwire", "task": task}}
