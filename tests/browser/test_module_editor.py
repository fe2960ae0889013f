"""With scripts the module's tabs answer while one types; nothing is saved by that."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.forms import form_by_key, module_by_key, save_form
from engine.storage.people import create_person
from tests.browser.conftest import Held, sign_in_unseen
from tests.web.studio import world

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "grace@formwire.test", "correct horse battery"
SALES = "/forms/callback/modules/sales"


@pytest.fixture
def full(instance: Instance) -> Instance:
    world.fill(instance)
    with instance.database.write() as session:
        create_person(session, EMAIL, PASSWORD, role="owner", name="Grace")
    return instance


@pytest.fixture(params=[1280, 360])
def page(
    request: pytest.FixtureRequest, browser: Browser, app: Flask, address: str, full: Instance
) -> Iterator[Page]:
    """A tab of a browser that must not complain, signed in."""
    complaints: list[str] = []
    context = browser.new_context(
        base_url=address, viewport={"width": request.param, "height": 900}
    )
    page = context.new_page()
    page.on(
        "console", lambda said: said.type in ("error", "warning") and complaints.append(said.text)
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in_unseen(context, app, address, EMAIL)
    yield page
    context.close()
    assert complaints == []


def searchable(page: Page, picker: str) -> Locator:
    """The box in which one types what is searched for, once the script has put it there."""
    return page.locator("input").and_(page.get_by_role("combobox", name=picker))


def pick(page: Page, picker: str, typed: str) -> None:
    """Choose by keyboard alone the first that fits what is typed."""
    box = searchable(page, picker)
    box.focus()
    box.press_sequentially(typed)
    box.press("Enter")


def test_a_row_tells_its_result_while_it_is_typed(page: Page, full: Instance) -> None:
    page.goto(f"{SALES}/contact")
    expect(page.locator("#result-0")).to_have_text("ready Ada Lovelace")
    text = page.locator("#rows-0-text")
    text.fill("")
    page.get_by_role("button", name="{{ field.company }}").click()
    expect(text).to_have_value("{{ field.company }}")
    expect(page.locator("#result-0")).to_have_text("ready Analytical")
    pick(page, "name comes from", "first")
    expect(page.locator("#result-0")).to_have_text("ready Ada")
    expect(text).to_be_hidden()
    with full.database.read() as session:
        module = module_by_key(session, "callback", "sales")
        assert module is not None
        assert module.draft is None


def test_rows_come_and_go_and_what_was_typed_stays(page: Page) -> None:
    page.goto(f"{SALES}/contact")
    page.locator("#rows-0-text").fill("Ada")
    page.get_by_role("button", name="Remove email").click()
    expect(page.locator(".mapping-row")).to_have_count(2)
    expect(page.locator("#rows-0-text")).to_have_value("Ada")
    page.get_by_role("button", name="Remove Phone").click()
    expect(page.locator(".mapping-row")).to_have_count(1)
    page.get_by_role("button", name="Take Phone").click()
    expect(page.locator("#result-1")).to_have_text("ready +380671234567")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("The draft is saved.")
    expect(page.locator("#result-0")).to_have_text("ready Ada")


def test_fields_of_both_sides_are_found_by_typing(page: Page, full: Instance) -> None:
    with full.database.write() as session:
        form = form_by_key(session, "callback")
        assert form is not None
        topic = {"key": "topic", "label": "Topic", "type": "select", "options": ["big", "small"]}
        save_form(session, load(FormConfig, {**form.config, "fields": [topic]}))
    page.goto(f"{SALES}/deal")
    page.get_by_label("This module makes a deal").check()
    pick(page, "Add fields of Kommo", "one of a list")
    page.get_by_role("button", name="Add them").click()
    where = searchable(page, "Product line comes from")
    where.press("ArrowDown")
    offered = page.get_by_role("option", name="Topic")
    expect(offered).to_have_text("▾TopicList, one ofbig, small")
    where.press_sequentially("topic")
    where.press("Enter")
    expect(page.locator("#result-0")).to_contain_text("check")
    expect(where).to_be_focused()


def test_one_searches_on_while_an_answer_is_drawn(page: Page) -> None:
    """Though it makes another row of the one in which one types."""
    page.goto(f"{SALES}/contact")
    where = searchable(page, "Phone comes from")
    with Held(page, f"**{SALES}/contact"):
        page.get_by_role("button", name="Remove email").click()
        where.press_sequentially("frst")
        where.press("Home")
        where.press("ArrowRight")
    expect(page.locator(".mapping-row")).to_have_count(2)
    expect(where).to_be_focused()
    page.keyboard.type("i")
    expect(where).to_have_value("first")
    page.keyboard.press("Enter")
    expect(page.locator("#rows-1-source")).to_have_value("field:first_name")


def test_a_list_that_one_looks_through_stays_open_while_an_answer_is_drawn(page: Page) -> None:
    page.goto(f"{SALES}/contact")
    where = searchable(page, "Phone comes from")
    with Held(page, f"**{SALES}/contact"):
        page.get_by_role("button", name="Remove email").click()
        where.press("ArrowDown")
    expect(page.locator(".mapping-row")).to_have_count(2)
    expect(where).to_be_focused()
    expect(where).to_have_attribute("aria-expanded", "true")


def test_a_picker_of_several_is_closed_by_the_first_click(page: Page) -> None:
    page.goto(f"{SALES}/deal")
    page.get_by_label("This module makes a deal").check()
    page.evaluate("document.getElementById('add').tomselect.addOption({value: 'x', text: 'X'})")
    pick(page, "Add fields of Kommo", "Product")
    page.keyboard.press("Escape")
    page.locator("#add + .ts-wrapper .item .entry-name").click()
    listed = page.locator(".ts-dropdown:visible")
    expect(listed).to_have_count(1)
    control = page.locator("#add + .ts-wrapper .ts-control")
    box = control.bounding_box()
    assert box is not None
    where = {"x": box["width"] - 8, "y": box["height"] - 8}
    for count in (0, 1, 0):
        control.click(position=where)
        expect(listed).to_have_count(count)


def test_an_unknown_macro_is_flagged_beside_its_row_while_it_is_typed(page: Page) -> None:
    page.goto(f"{SALES}/contact")
    text, result = page.locator("#rows-0-text"), page.locator("#result-0")
    text.fill("{{ field.compny }}")
    expect(result).to_contain_text("the form has no field 'compny'; did you mean 'company'?")
    text.fill("{{ feld.company }}")
    expect(result).to_contain_text("did you mean")
    text.fill("{{ field.company }}")
    expect(result).to_have_text("ready Analytical")


def test_macros_are_picked_by_keyboard(page: Page) -> None:
    page.goto(f"{SALES}/contact")
    text = page.locator("#rows-0-text")
    text.fill("Dear ")
    text.press("End")
    text.press_sequentially("{{ com")
    listed = page.get_by_role("listbox", name="Macros for texts")
    expect(listed.get_by_role("option")).to_have_text(["{{ field.company }}"])
    text.press("Enter")
    expect(text).to_have_value("Dear {{ field.company }}")
    expect(listed).to_be_hidden()
    expect(page.locator("#result-0")).to_have_text("ready Dear Analytical")
    text.press_sequentially(" {{")
    text.press("ArrowUp")
    expect(listed.get_by_role("option", selected=True)).to_contain_text("{{ utm.campaign }}")
    text.press("Escape")
    expect(text).to_have_value("Dear {{ field.company }} {{")
    text.fill("")
    page.get_by_role("button", name="Insert a macro: name").click()
    expect(listed.get_by_role("option", selected=True)).to_have_count(1)
    text.press("Enter")
    expect(text).to_have_value(re.compile(r"^\{\{ field\.\w+ \}\}$"))


@pytest.mark.parametrize("tab", ["contact", "company", "deal", "tasks"])
def test_every_tab_fits(page: Page, tab: str) -> None:
    page.goto(f"{SALES}/{tab}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
