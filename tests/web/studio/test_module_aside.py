"""What stands beside a module's document: the macros its texts may hold, and the CRM's own help."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from engine.deciding.macros import check_macro
from engine.deciding.module import load_module
from engine.instance import Instance
from engine.storage.forms import save_module
from tests.builders import module_config
from tests.web.studio.conftest import post
from web.studio.macro_list import ALWAYS, Macro, field_macro


@pytest.mark.parametrize(
    ("name", "macro"),
    [
        ("email", "{{ field.email }}"),
        ("How did you hear?", '{{ field["How did you hear?"] }}'),
        ('a "quoted" name', '{{ field["a \\"quoted\\" name"] }}'),
        ("місто", "{{ field.місто }}"),
    ],
)
def test_a_fields_macro_is_one_that_texts_take(name: str, macro: str) -> None:
    assert field_macro(name) == macro
    assert check_macro(macro) == []


@pytest.mark.parametrize("macro", ALWAYS)
def test_what_every_submission_has_can_be_taken_as_it_stands(macro: Macro) -> None:
    assert check_macro(macro.text) == []


@pytest.mark.parametrize(("control", "shown"), [("crm", True), ("formwire", False)])
def test_the_crms_own_control_comes_with_its_help(
    grace: FlaskClient, instance: Instance, module: object, control: str, shown: bool
) -> None:
    document = module_config().model_dump(mode="json", exclude_defaults=True)
    document["deal"] = {**document.get("deal", {}), "duplicates": {"control": control}}
    with instance.database.write() as session:
        save_module(session, load_module(document))
    page = grace.get("/forms/callback/modules/sales").text
    assert ("Lead sources" in page) is shown
    assert "{{ all_fields }}" in page


def test_the_rules_are_told_as_a_sentence_and_what_is_hardly_meant_with_its_line(
    grace: FlaskClient, full: Instance
) -> None:
    rule = {"deactivate": {"==": [{"var": "field.frst_name"}, "Eve"]}}
    contact = {"fields": {"name": "{{ field.lst_name }}", "email": "{{ field.email }}"}}
    with full.database.write() as session:
        save_module(session, module_config(active={"rules": [rule]}, contact=contact))
    page = grace.get("/forms/callback/modules/sales").text
    assert "Always active; but not if frst_name equals &#34;Eve&#34;." in page
    assert "2 things may not be what you mean" in page
    assert "<code>/contact/fields/name</code> the form has no field" in page
    assert 'data-line="' in page


def test_a_text_with_mistakes_gets_no_advice(grace: FlaskClient, full: Instance) -> None:
    page = post(grace, "/forms/callback/modules/sales", text="form: [", revision="2").text
    assert "When it runs" not in page
    assert "not be what you mean" not in page
