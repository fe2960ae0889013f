"""Key pages in a browser that runs no scripts: whoever has only that wires a form all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.instance import Instance
from engine.storage.forms import module_by_key
from tests.acceptance.hands import WithoutScripts
from tests.acceptance.newcomer import CONTACT_FORM, Newcomer, notice_mark
from tests.acceptance.test_story import ACCOUNT, FORM, wire
from tests.browser.test_connecting import EMAIL, PASSWORD, kommo, reachable
from tests.web.studio import world

__all__ = ["kommo", "reachable"]

pytestmark = pytest.mark.browser


@pytest.fixture
def newcomer(
    browser: Browser, reachable: str, instance: Instance, rings: list[int]
) -> Iterator[Newcomer]:
    """Somebody in a Formwire where everything has happened once."""
    world.fill(instance)
    context = browser.new_context(base_url=reachable, java_script_enabled=False)
    yield Newcomer(context.new_page(), WithoutScripts())
    context.close()


def test_a_form_is_wired_and_looked_after_without_scripts(
    newcomer: Newcomer, instance: Instance, kommo: str, rings: list[int]
) -> None:
    newcomer.sign_in(EMAIL, PASSWORD)
    newcomer.make_form_of_html(FORM, CONTACT_FORM)
    assert "first_name" in newcomer.snippet("Plain HTML")
    mend_the_field_table(newcomer)
    let_nobody_in_yet(newcomer, kommo)
    newcomer.open_connection(ACCOUNT)
    newcomer.let_in("Connect with Kommo")
    wire(newcomer)
    with instance.database.read() as session:
        module = module_by_key(session, "contact-us", "sales")
        assert module is not None
        assert module.enabled
    resend_what_failed(newcomer.page, newcomer)
    assert rings, "no worker was told"
    newcomer.follow_the_mark()
    newcomer.clear_notices()
    expect(notice_mark(newcomer.page)).to_be_hidden()
    switch_a_module_off(newcomer)


def mend_the_field_table(newcomer: Newcomer) -> None:
    page = newcomer.page
    newcomer.open_tab("Fields")
    newcomer.follow(page.get_by_role("button", name="Move Seats down"))
    newcomer.follow(page.get_by_role("button", name="Add a field"))
    newcomer.hands.write(page.get_by_label("Name of field"), "colour")
    newcomer.follow(page.get_by_role("button", name="Save"))
    names = page.get_by_label(re.compile("^Name of "))
    assert [one.input_value() for one in names.all()][-4:] == [
        "newsletter", "seats", "message", "colour",
    ]  # fmt: skip
    newcomer.follow(page.get_by_role("button", name="Take out colour"))
    newcomer.follow(page.get_by_role("button", name="Save"))
    expect(page.get_by_label("Name of colour")).to_be_hidden()


def let_nobody_in_yet(newcomer: Newcomer, kommo: str) -> None:
    """An account that has not let Formwire in has no tabs and cannot be switched on."""
    page = newcomer.page
    newcomer.begin_kommo(ACCOUNT, kommo, account="")
    assert page.get_by_label("Account address").evaluate("box => box.validationMessage")
    newcomer.hands.write(page.get_by_label("Account address"), "https://demo.kommo.com/leads/")
    newcomer.follow(page.get_by_role("button", name="Connect", exact=True))
    newcomer.begin_module(FORM, "Too early", ACCOUNT)
    expect(page.get_by_role("main")).to_contain_text(f"Connect {ACCOUNT} first")
    expect(page.get_by_role("link", name="Contact", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name="Switch on")).to_be_hidden()


def resend_what_failed(page: Page, newcomer: Newcomer) -> None:
    newcomer.go("Submissions")
    strip = page.get_by_role("navigation", name="Where submissions stand")
    newcomer.follow(strip.get_by_role("link", name="failed"))
    rows = page.get_by_role("main").get_by_role("rowheader")
    expect(rows).to_have_count(1)
    newcomer.follow(rows.get_by_role("link"))
    newcomer.follow(page.get_by_role("link", name="Kommo · Sales", exact=True).first)
    newcomer.try_again()
    expect(page.get_by_role("heading", level=1)).to_contain_text("queued")


def switch_a_module_off(newcomer: Newcomer) -> None:
    page = newcomer.page
    newcomer.go("Switchboard")
    line = page.locator(".board-line").filter(has=page.get_by_role("link", name="Kommo · Sales"))
    newcomer.hands.press(line.locator("summary"))
    newcomer.hands.write(line.get_by_label("Why?"), "a pause")
    newcomer.follow(line.get_by_role("button", name="Switch off"))
    expect(line).to_contain_text("a pause")
    expect(line.locator("summary")).to_contain_text("Switch on")
