"""Rules are built by clicks, and each condition says at once whether it is true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from engine.instance import Instance
from engine.storage.forms import module_by_key
from engine.storage.people import create_person
from tests.browser.conftest import Held, sign_in_unseen
from tests.web.studio import world

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "grace@formwire.test", "correct horse battery"


@pytest.fixture
def page(browser: Browser, app: Flask, address: str, instance: Instance) -> Iterator[Page]:
    """Somebody at the Logic tab of a module without rules, whose latest submission is Ada's."""
    world.fill(instance)
    with instance.database.write() as session:
        create_person(session, EMAIL, PASSWORD, role="owner", name="Grace")
    context = browser.new_context(base_url=address)
    page = context.new_page()
    sign_in_unseen(context, app, address, EMAIL)
    page.goto("/forms/callback/modules/sales/logic")
    yield page
    context.close()


def test_a_rule_with_a_group_is_built_by_clicks(page: Page, instance: Instance) -> None:
    page.get_by_role("button", name="Hold if…").click()
    rule = page.get_by_role("region", name="Rule 1")
    first = rule.get_by_role("group", name="Condition, level 1")
    expect(looked_at(first)).to_be_focused()
    pick(looked_at(first), "budg")
    first.get_by_label("How it is compared").select_option("is greater than")
    first.get_by_label("Value").fill("1000")
    first.get_by_label("Value").blur()
    expect(first).to_contain_text("true")
    expect(first).to_contain_text("saw 1 500,50")
    rule.get_by_role("button", name="Group", exact=True).click()
    second = rule.get_by_role("group", name="Condition, level 2")
    expect(looked_at(second)).to_be_focused()
    pick(looked_at(second), "weekday")
    second.get_by_label("How it is compared").select_option("is one of")
    for day in ("Saturday", "Sunday"):
        second.get_by_label(day).check()
    expect(page.locator("#said")).to_contain_text(
        "held for approval if budget is greater than 1000 and the weekday is one of Saturday, Sunday"
    )
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status").first).to_contain_text("The draft is saved.")
    with instance.database.read() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        assert module.draft
        days = {"some": [{"merge": [{"var": "time.weekday"}]}, {"in": [{"var": ""}, ["6", "7"]]}]}
        assert module.draft.document["active"]["rules"] == [
            {"hold": {"and": [{">": [{"var": "field.budget"}, 1000]}, {"or": [days]}]}}
        ]


def looked_at(condition: Locator) -> Locator:
    """The box of the searchable picker, once the script has put it there."""
    return condition.locator("input").and_(
        condition.get_by_role("combobox", name="What is looked at")
    )


def pick(box: Locator, typed: str) -> None:
    """Choose by keyboard alone the first that fits what is typed."""
    box.press_sequentially(typed)
    box.press("Enter")
    expect(box).to_be_focused()


def test_one_searches_on_while_an_answer_is_drawn(page: Page) -> None:
    page.get_by_role("button", name="Hold if…").click()
    box = looked_at(page.get_by_role("group", name="Condition, level 1"))
    expect(box).to_be_focused()
    with Held(page, "**/sales/logic"):
        page.get_by_label("Rule 1 counts").click()
        box.press_sequentially("spam sco")
    expect(page.locator(".rule-off")).to_have_count(1)
    expect(box).to_be_focused()
    page.keyboard.type("re")
    expect(box).to_have_value("spam score")
    page.keyboard.press("Enter")
    expect(page.locator("option[value='spam.score']:checked")).to_have_count(1)


def test_what_is_looked_at_is_offered_in_groups(page: Page) -> None:
    page.get_by_role("button", name="Activate if…", exact=True).click()
    box = looked_at(page.get_by_role("group", name="Condition, level 1"))
    box.press("ArrowDown")
    offered = page.get_by_role("group", name="The visit").get_by_role("option")
    expect(offered.first).to_have_text("UTM source")
    box.press_sequentially("spam score")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    box.press("Enter")
    expect(page.get_by_label("How it is compared")).to_have_value("equals")
    expect(page.locator("option[value='spam.score']:checked")).to_have_count(1)


def test_the_rows_choose_a_responsible_person_beside_what_is_typed(
    page: Page, instance: Instance
) -> None:
    page.goto("/forms/callback/modules/sales/tasks")
    page.get_by_label("Contact: note").fill("not lost")
    page.get_by_label("New records go to").select_option("a person by rules")
    page.get_by_role("button", name="Rule", exact=True).click()
    rule = page.get_by_role("region", name="Rule 1")
    expect(looked_at(rule)).to_be_focused()
    pick(looked_at(rule), "first_name")
    rule.get_by_label("Value").fill("Ada")
    rule.get_by_label("Value").blur()
    expect(rule).to_contain_text("saw Ada")
    person = rule.locator("input").and_(rule.get_by_role("combobox", name="Who becomes"))
    person.focus()
    pick(person, "bor")
    expect(page.locator("#said")).to_have_text(
        'Boris if first_name equals "Ada"; otherwise whom the CRM chooses.'
    )
    expect(page.locator(".chosen-person")).to_contain_text("goes to Boris, by rule 1")
    expect(page.get_by_label("Contact: note")).to_have_value("not lost")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status").first).to_contain_text("The draft is saved.")
    with instance.database.read() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        assert module.draft
        assert module.draft.document["contact"]["note"] == "not lost"
        assert module.draft.document["responsible"]["rules"] == [
            {"when": {"==": [{"var": "field.first_name"}, "Ada"]}, "user": "boris@acme.test"}
        ]


def test_what_was_moved_but_not_saved_is_not_lost_by_a_stray_click(page: Page) -> None:
    page.get_by_role("button", name="Activate if…", exact=True).click()
    expect(page.get_by_text("not saved yet")).to_be_visible()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("not saved yet")).to_be_visible()
    assert asked == ["beforeunload"]
