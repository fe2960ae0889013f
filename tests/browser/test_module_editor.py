"""With scripts the module's tabs answer while one types; nothing is saved by that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.instance import Instance
from engine.storage.forms import module_by_key
from engine.storage.people import create_person
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
    request: pytest.FixtureRequest, browser: Browser, address: str, full: Instance
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
    page.goto("/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()
    assert complaints == []


def test_a_row_tells_its_result_while_it_is_typed(page: Page, full: Instance) -> None:
    page.goto(f"{SALES}/contact")
    expect(page.locator("#result-0")).to_have_text("ready Ada Lovelace")
    text = page.locator("#rows-0-text")
    text.fill("")
    page.get_by_role("button", name="{{ field.company }}").click()
    expect(text).to_have_value("{{ field.company }}")
    expect(page.locator("#result-0")).to_have_text("ready Analytical")
    page.locator("#rows-0-source").select_option("field:first_name")
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


@pytest.mark.parametrize("tab", ["contact", "company", "deal", "tasks"])
def test_every_tab_fits(page: Page, tab: str) -> None:
    page.goto(f"{SALES}/{tab}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
