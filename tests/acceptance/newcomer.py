"""What a new user does in the studio, and a visitor on a website: one function for each deed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

SHOP = "http://shop.test/contact"
WIDE = (1440, 900)

CONTACT_FORM = """
<form action="/send.php" method="post">
  <label>First name <input name="first_name" required></label>
  <label>Last name <input name="last_name"></label>
  <label>E-mail <input type="email" name="email" required></label>
  <label>Phone <input type="tel" name="phone"></label>
  <label>Website <input type="url" name="website"></label>
  <label>Product <select name="product"><option>Software</option><option>Hardware</option></select></label>
  <fieldset><legend>Interests</legend>
    <label><input type="checkbox" name="interests[]" value="Demo"> Demo</label>
    <label><input type="checkbox" name="interests[]" value="Prices"> Prices</label></fieldset>
  <label>Wanted by <input type="date" name="wanted_by"></label>
  <label>Seats <input type="number" name="seats"></label>
  <label><input type="checkbox" name="newsletter" value="yes"> Newsletter</label>
  <label>Message <textarea name="message"></textarea></label>
  <button>Send</button>
</form>
"""
"""As somebody's website has it."""


@contextmanager
def browsing(browser: Browser, address: str, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser of its own; what its console complains about, CSP included, joins ``complaints``."""
    width, height = WIDE
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id="Europe/Kyiv",
    )
    context.on(
        "console",
        lambda said: said.type in ("error", "warning") and complaints.append(said.text),
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def make_form_of_html(page: Page, name: str, html: str) -> None:
    """Ends at the snippets of the new form."""
    go(page, "Forms")
    page.get_by_role("link", name="New form").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("The form’s HTML").fill(html)
    page.get_by_role("button", name="Find the fields").click()
    expect(page.get_by_role("status")).to_contain_text("Check the table")
    page.get_by_role("button", name="Make the form").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def snippet(page: Page, kind: str) -> str:
    """The code of that place, of the form whose snippets are shown."""
    page.get_by_role("link", name=kind, exact=True).click()
    expect(page.get_by_role("heading", name=kind, exact=True)).to_be_visible()
    return page.locator("pre.code").first.inner_text()


def connect_kommo(page: Page, name: str, crm: str) -> None:
    """By its own consent page; ``crm`` is where the simulated account listens."""
    go(page, "Connections")
    page.locator("summary").filter(has_text="Connect a CRM").click()
    page.get_by_role("link", name="Kommo", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Account address").fill("demo")
    page.get_by_label("Integration ID").fill("demo-integration")
    page.get_by_label("Secret key").fill("demo-secret")
    page.get_by_text("Seldom needed").click()
    page.get_by_label("Other server").fill(crm)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("button", name="Connect with Kommo").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_contain_text("Connected: this is Demo Kommo")


def begin_module(page: Page, form: str, name: str, account: str) -> None:
    """Ends at the tab of the contact."""
    open_form(page, form)
    page.get_by_role("link", name="Add a module").click()
    page.get_by_label("For which account?").select_option(account)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Make the module").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def open_form(page: Page, name: str) -> None:
    go(page, "Forms")
    page.get_by_role("link", name=name, exact=True).first.click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


def add_fields(page: Page, *names: str) -> None:
    """Add fields of Kommo to the tab, without saying yet what goes into them."""
    for name in names:
        pick(page, "Add fields of Kommo", name)
    page.get_by_role("button", name="Add them").click()
    expect(searchable(page, f"{names[-1]} comes from")).to_be_visible()


def map_field(page: Page, crm_field: str, source: str) -> None:
    """Say which field of the form, or what else, goes into a field of the CRM."""
    pick(page, f"{crm_field} comes from", source)


def write_text(page: Page, crm_field: str, text: str) -> None:
    """Let a text with macros go into a field of the CRM."""
    map_field(page, crm_field, "Text with macros")
    page.get_by_label(f"{crm_field}: text").fill(text)


def take_all_suggestions(page: Page) -> None:
    page.get_by_role("button", name="Take all").click()
    expect(page.get_by_role("button", name="Take all")).to_be_hidden()


def save_draft(page: Page) -> None:
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status").first).to_contain_text("The draft is saved.")


def let_pass(page: Page, field: str, ends: str) -> None:
    """Add the rule that skips the module when an answer ends so."""
    open_tab(page, "Logic")
    page.get_by_role("button", name="Deactivate if…").click()
    page.get_by_label("What is looked at").select_option(f"field.{field}")
    page.get_by_label("How it is compared").select_option("ends with")
    page.get_by_label("Value", exact=True).fill(ends)
    page.get_by_label("Value", exact=True).blur()
    expect(page.locator("#said")).to_contain_text(f'ends with "{ends}"')
    save_draft(page)


def add_task(page: Page, text: str, hours: int) -> None:
    open_tab(page, "Tasks & notes")
    deal = page.get_by_role("region", name="Deal")
    deal.locator("summary").filter(has_text="One more task").click()
    deal.get_by_label("Task", exact=True).fill(text)
    deal.get_by_label("Due in").fill(str(hours))
    deal.get_by_label("Unit").select_option("hours")
    save_draft(page)


def control_duplicates(page: Page, found: str) -> None:
    """On the tab of the deal: look for open deals, and do this with the one that is found."""
    duplicates = page.get_by_role("region", name="Duplicates")
    duplicates.get_by_label("If this person already has an open deal").select_option(
        "look for it, and go by what is set here"
    )
    duplicates.get_by_label("One is found").select_option(found)


def preview(page: Page, sample: str) -> Locator:
    """The plan for a sample of one's own."""
    open_tab(page, "Preview")
    page.get_by_label("With", exact=True).select_option("the sample below")
    page.get_by_label("JSON, or a body").fill(sample)
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("nothing was sent")).to_be_visible()
    return page.get_by_role("main")


def publish(page: Page, why: str) -> None:
    page.get_by_role("link", name="Publish").click()
    page.get_by_label("Why?").fill(why)
    page.get_by_role("button", name="Publish as revision").click()
    expect(page.get_by_role("status")).to_contain_text("is live")


def switch_on(page: Page) -> None:
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()


def send_from_website(visitor: BrowserContext, snippet: str, answers: dict[str, str]) -> None:
    """Fill in the form as it stands on a website, and send it. Choices are given by their option."""
    page = visitor.new_page()
    website = f"<!doctype html><title>Shop</title><h1>Write to us</h1>{snippet}"
    page.route(SHOP, lambda route: route.fulfill(content_type="text/html", body=website))
    page.goto(SHOP)
    for label, answer in answers.items():
        control = page.get_by_label(re.compile(rf"^\s*{label}"))
        if answer == "ticked":
            control.check()
        elif control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(answer)
        else:
            control.fill(answer)
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(re.compile("/thanks$"))
    page.close()


def open_run(page: Page, person: str, module: str) -> None:
    """The run of the newest submission of somebody."""
    go(page, "Submissions")
    page.get_by_role("link", name=person).first.click()
    page.get_by_role("link", name=module).first.click()


def go(page: Page, name: str) -> None:
    """By the navigation at the top."""
    page.get_by_role("navigation").first.get_by_role("link", name=re.compile(f"^{name}")).click()


def searchable(page: Page, picker: str) -> Locator:
    """The box in which one types what is searched for, once the script has put it there."""
    return page.locator("input").and_(page.get_by_role("combobox", name=picker))


def pick(page: Page, picker: str, name: str) -> None:
    """Choose by keyboard alone the entry of that name."""
    box = searchable(page, picker)
    box.focus()
    box.press_sequentially(name)
    expect(page.get_by_role("option", selected=True).filter(has_text=name).first).to_be_visible()
    box.press("Enter")
