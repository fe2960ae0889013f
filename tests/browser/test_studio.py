"""The studio in a real browser, light and dark, on a desk and on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.drafts import save_draft, seen_of
from engine.storage.models import Module, Run, RunState
from engine.storage.people import create_person
from tests.builders import module_config, module_document
from tests.web.studio import world
from web.studio import VERSION

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "grace@formwire.test", "correct horse battery"
VIEWER = "ada@formwire.test"
LOOKS = [("light", 1280), ("dark", 1280), ("dark", 360)]
FROM_A_NEWSLETTER = {"activate": {"==": [{"var": "utm.source"}, "newsletter"]}}


@pytest.fixture
def full(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Instance:
    world.fill(instance)
    world.connect(instance, monkeypatch)
    with instance.database.write() as session:
        create_person(session, EMAIL, PASSWORD, role="owner", name="Grace")
        module = session.scalars(select(Module)).one()
        contact = {**module_document()["contact"], "tags": ["website", "vip"]}
        draft = module_config(contact=contact, active={"rules": [FROM_A_NEWSLETTER]})
        save_draft(session, module, draft, seen_of(session, module), author=EMAIL)
    return instance


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complains about, refused styles and scripts included."""
    return []


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def page(
    request: pytest.FixtureRequest, browser: Browser, address: str, complaints: list[str]
) -> Iterator[Page]:
    theme, width = getattr(request, "param", LOOKS[0])
    context = browser.new_context(
        base_url=address,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        timezone_id="Europe/Kyiv",
    )
    page = context.new_page()
    page.on(
        "console", lambda said: said.type in ("error", "warning") and complaints.append(said.text)
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


def sign_in(page: Page, email: str = EMAIL) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


@pytest.mark.parametrize("page", [LOOKS[0]], indirect=True, ids=["light"])
def test_a_person_chooses_colours_clears_notices_and_makes_way_for_another(
    page: Page, full: Instance, complaints: list[str]
):
    with full.database.write() as session:
        create_person(session, VIEWER, PASSWORD, role="viewer", name="Ada Lovelace")
    sign_in(page)
    settings = page.get_by_role("banner").get_by_role("link", name="Settings")
    settings.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    root = page.locator("html")
    page.get_by_role("button", name="Dark colours").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.goto("/notices")
    page.get_by_role("link", name=re.compile("Clear")).click()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Nothing needs you")).to_be_visible()
    page.goto("/audit")
    expect(page.get_by_role("row").filter(has_text="notices").first).to_contain_text(EMAIL)
    menu = page.locator("details.menu", has_text="Grace")
    menu.locator("summary").click()
    expect(menu).to_contain_text(f"Formwire {VERSION}")
    menu.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert complaints == []
    sign_in(page, VIEWER)
    expect(page.get_by_role("banner")).to_contain_text("Ada Lovelace")
    expect(settings).to_be_hidden()
    refused = page.goto("/settings")
    assert refused
    assert refused.status == 403


@pytest.mark.parametrize("page", [LOOKS[0]], indirect=True, ids=["light"])
def test_a_mistake_in_a_module_is_told_with_its_line_and_the_text_is_kept(
    page: Page, full: Instance
):
    sign_in(page)
    page.goto("/forms/callback/modules/sales")
    text = page.get_by_label("The draft, as YAML")
    text.fill(text.input_value() + "contakt: {}\n")
    page.get_by_role("button", name="Save the draft").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("/contakt")
    expect(told.get_by_role("link")).to_have_text(re.compile(r"line \d+"))
    expect(text).to_have_value(re.compile("contakt"))


def test_a_draft_is_previewed_and_published(
    page: Page, full: Instance, complaints: list[str], request: pytest.FixtureRequest
):
    look = request.node.callspec.id
    sign_in(page)
    page.goto("/forms/callback/modules/sales/preview")
    chooser = page.get_by_label("With", exact=True)
    latest = chooser.input_value()
    expect(page.get_by_label("JSON, or a body")).to_be_hidden()
    chooser.select_option(label="the sample below")
    expect(page.get_by_label("JSON, or a body")).to_be_visible()
    chooser.select_option(latest)
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("nothing was sent")).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("Contact"))).to_contain_text("vip")
    page.get_by_text("How records were found").click()
    _keep_picture(page, f"{look}-preview")
    page.get_by_role("link", name="Publish").click()
    plans = page.get_by_role("region", name="What changes for the latest submissions")
    expect(plans.get_by_text("changed", exact=True)).to_have_count(5)
    _keep_picture(page, f"{look}-publish")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_label("Why?").fill("newsletters only")
    page.get_by_role("button", name="Publish as revision 3").click()
    expect(page.get_by_role("status")).to_contain_text("Revision 3 is live.")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("newsletters only")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("page", [LOOKS[0]], indirect=True, ids=["light"])
def test_the_page_of_a_run_follows_it_to_its_end(page: Page, full: Instance):
    sign_in(page)
    with full.database.read() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.RUNNING)).one()
    page.clock.install()
    page.goto(f"/runs/{run.public_id}")
    with full.database.write() as session:
        session.get_one(Run, run.id).state = RunState.SKIPPED
    page.clock.run_for(2_100)
    expect(page.locator("#live .alert")).to_contain_text("Skipped")


@pytest.mark.parametrize("page", [LOOKS[0]], indirect=True, ids=["light"])
def test_a_place_is_chosen_without_the_page_moving_and_its_address_copied(
    page: Page, full: Instance, complaints: list[str]
):
    sign_in(page)
    page.goto("/forms/callback/snippets")
    places = page.get_by_role("navigation", name="Where is your form?")
    places.get_by_text("Form builders").click()
    tally = places.get_by_role("link", name="Tally")
    before = tally.bounding_box()
    tally.click()
    expect(page.get_by_role("heading", name="Tally")).to_be_visible()
    expect(page).to_have_url(re.compile("sender=tally"))
    expect(places.locator("[aria-current]")).to_have_text("Tally")
    assert tally.bounding_box() == before
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Plain HTML")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("page", [LOOKS[0]], indirect=True, ids=["light"])
def test_submissions_are_narrowed_down_without_a_new_page(
    page: Page, full: Instance, complaints: list[str]
):
    sign_in(page)
    page.goto("/submissions")
    page.evaluate("document.body.dataset.same = 'yes'")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Module").select_option("Kommo · Sales")
    page.get_by_label("Received from").fill("2026-01-01")
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_role("heading", name="8 submissions match")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("8 submissions match")
    expect(page).to_have_url(re.compile("module=sales.*since=2026-01-01"))
    expect(page.get_by_role("button", name="Show them")).to_be_focused()
    page.get_by_label("Until, included").fill("2025-01-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The last day is before the first.")
    page.get_by_label("Until, included").fill("")
    page.keyboard.press("Enter")
    page.locator("#strip").get_by_role("link", name="failed").click()
    expect(page.get_by_role("heading", name="1 submission matches")).to_be_visible()
    page.get_by_role("link", name="Module").click()
    expect(page.get_by_role("link", name="Module")).to_be_hidden()
    expect(page.get_by_role("link", name="Many at once")).to_have_attribute(
        "href", "/bulk/_new?since=2026-01-01&state=failed&verb=retry"
    )
    assert page.evaluate("document.body.dataset.same") == "yes"
    page.go_back()
    expect(page.get_by_role("link", name="Module")).to_be_visible()
    assert complaints == []


def _keep_picture(page: Page, name: str) -> None:
    """For people who change the looks: set FORMWIRE_PICTURES to a folder to look at every page."""
    if folder := os.environ.get("FORMWIRE_PICTURES"):
        page.emulate_media(reduced_motion="reduce")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        page.emulate_media(reduced_motion="no-preference")
