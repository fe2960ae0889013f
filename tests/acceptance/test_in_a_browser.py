"""A visitor sends the demo's form in a browser; a marketer sees what became of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bench.stack import Formwire

pytestmark = pytest.mark.browser
PATIENCE_MS = 20_000


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Closed at the end, since the simulated CRM's page loads itself again and again."""
    context = browser.new_context()
    yield context
    context.close()


def test_a_form_sent_in_a_browser_stands_in_the_crm_and_in_the_studio(
    demo: Formwire, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{demo.url}/demo?utm_source=newsletter")
    page.get_by_label("First name").fill("Grace")
    page.get_by_label("Last name").fill("Hopper")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Phone").fill("+380 44 234 56 78")
    page.get_by_label("Company").fill("Compilers")
    page.get_by_label("Budget").fill("40 000")
    page.get_by_label("You may write to me").check()
    page.wait_for_timeout(2_500)  # whoever is quicker than a person is held for one
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(f"{demo.url}/f/demo/thanks")

    crm = context.new_page()
    crm.goto(f"http://127.0.0.1:{demo.settings.simulator_port}/")
    deal = crm.get_by_role("link", name="Demo request: Grace")
    expect(deal.first).to_be_visible(timeout=PATIENCE_MS)
    for name in ("Grace Hopper", "Compilers", "Call Grace"):
        expect(crm.get_by_role("link", name=name).first).to_be_visible(timeout=PATIENCE_MS)
    deal.first.click()
    expect(crm.get_by_text("newsletter").first).to_be_visible()
    expect(crm.get_by_text("40000").or_(crm.get_by_text("40,000")).first).to_be_visible()

    studio = context.new_page()
    studio.goto(demo.url)
    studio.get_by_label("E-mail").fill("owner@formwire.test")
    studio.get_by_label("Password", exact=True).fill(
        (demo.settings.data_dir / "demo_password").read_text().strip()
    )
    studio.keyboard.press("Enter")
    studio.get_by_role("link", name="Submissions").click()
    studio.get_by_role("link", name="Grace Hopper").first.click()
    studio.get_by_role("link", name="Kommo · Sales").first.click()
    expect(studio.get_by_text("delivered").first).to_be_visible()
    expect(studio.get_by_text("Deal · Demo request: Grace").first).to_be_visible()
