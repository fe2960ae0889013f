"""What a new user does in the studio, and a visitor on a website: one name for each deed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.acceptance.hands import Hands, Mouse

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
        reduced_motion="reduce",
        timezone_id="Europe/Kyiv",
    )
    context.on(
        "console",
        lambda said: said.type in ("error", "warning") and complaints.append(said.text),
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()


class Newcomer:
    """Somebody who is new to the studio, and uses ``page`` with these hands."""

    def __init__(self, page: Page, hands: Hands | None = None) -> None:
        self.page = page
        self.hands = hands or Mouse()

    def sign_in(self, email: str, password: str) -> None:
        page = self.page
        page.goto("/")
        self.hands.write(page.get_by_label("E-mail"), email)
        self.hands.write(page.get_by_label("Password", exact=True), password)
        self.follow(page.get_by_role("button", name="Sign in"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Home")

    def make_form_of_html(self, name: str, html: str) -> None:
        """Ends at the snippets of the new form."""
        page = self.page
        self.go("Forms")
        self.follow(page.get_by_role("link", name="New form").first)
        self.hands.write(page.get_by_label("Name", exact=True), name)
        self.hands.write(page.get_by_label("The form’s HTML"), html)
        self.hands.press(page.get_by_role("button", name="Find the fields"))
        expect(page.get_by_role("status")).to_contain_text("Check the table")
        self.follow(page.get_by_role("button", name="Make the form"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)

    def snippet(self, kind: str) -> str:
        """The code of that place, of the form whose snippets are shown."""
        self.hands.press(self.page.get_by_role("link", name=kind, exact=True))
        expect(self.page.get_by_role("heading", name=kind, exact=True)).to_be_visible()
        return self.page.locator("pre.code").first.inner_text()

    def connect_kommo(self, name: str, crm: str) -> None:
        """By its own consent page; ``crm`` is where the simulated account listens."""
        self.begin_kommo(name, crm, account="demo")
        self.let_in("Connect with Kommo")
        expect(self.page.get_by_role("status")).to_contain_text("Connected: this is Demo Kommo")

    def begin_kommo(self, name: str, crm: str, account: str) -> None:
        """Ends where the account is asked for its consent, or where a setting is refused."""
        page, hands = self.page, self.hands
        self.go("Connections")
        hands.press(page.locator("summary").filter(has_text="Connect a CRM"))
        self.follow(page.get_by_role("link", name="Kommo", exact=True))
        hands.write(page.get_by_label("Name", exact=True), name)
        hands.write(page.get_by_label("Account address"), account)
        hands.write(page.get_by_label("Integration ID"), "demo-integration")
        hands.write(page.get_by_label("Secret key"), "demo-secret")
        hands.press(page.locator("summary").filter(has_text="Seldom needed"))
        hands.write(page.get_by_label("Other server"), crm)
        if account:
            self.follow(page.get_by_role("button", name="Connect", exact=True))

    def reconnect_kommo(self, name: str) -> None:
        self.open_connection(name)
        self.let_in("Reconnect")

    def open_connection(self, name: str) -> None:
        self.go("Connections")
        self.follow(self.page.get_by_role("link", name=name, exact=True))

    def let_in(self, button: str) -> None:
        """From the page of a connection to the CRM's consent page and back.

        Where runs have waited for it they go out at once: the CRM may ask to be read a little later.
        """
        self.follow(self.page.get_by_role("button", name=button))
        self.follow(self.page.get_by_role("button", name="Allow"))
        told = self.page.get_by_role("status").or_(self.page.get_by_role("alert"))
        expect(told.first).to_contain_text("Connected")

    def begin_module(self, form: str, name: str, account: str) -> None:
        """Ends at the tab of the contact."""
        page = self.page
        self.open_form(form)
        self.follow(page.get_by_role("link", name="Add a module").first)
        self.hands.choose(page.get_by_label("For which account?"), account)
        self.hands.write(page.get_by_label("Name", exact=True), name)
        self.follow(page.get_by_role("button", name="Make the module"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)

    def open_form(self, name: str) -> None:
        self.go("Forms")
        self.follow(self.page.get_by_role("link", name=name, exact=True).first)

    def open_tab(self, name: str) -> None:
        self.follow(self.page.get_by_role("main").get_by_role("link", name=name, exact=True))

    def add_fields(self, *names: str) -> None:
        """Add fields of Kommo to the tab, without saying yet what goes into them."""
        for name in names:
            self.hands.pick(self.page, "Add fields of Kommo", name)
        self.hands.press(self.page.get_by_role("button", name="Add them"))
        added = self.page.get_by_role("combobox", name=f"{names[-1]} comes from")
        expect(added.first).to_be_visible()

    def map_field(self, crm_field: str, source: str) -> None:
        """Say which field of the form, or what else, goes into a field of the CRM."""
        self.hands.pick(self.page, f"{crm_field} comes from", source)

    def write_text(self, crm_field: str, text: str) -> None:
        """Let a text with macros go into a field of the CRM."""
        self.map_field(crm_field, "Text with macros")
        self.hands.write(self.page.get_by_label(f"{crm_field}: text"), text)

    def save_draft(self) -> None:
        self.follow(self.page.get_by_role("button", name="Save the draft"))
        expect(self.page.get_by_role("status").first).to_contain_text("The draft is saved.")

    def let_pass(self, field: str, ends: str) -> None:
        """Add the rule that skips the module when an answer ends so."""
        page, hands = self.page, self.hands
        self.open_tab("Logic")
        hands.press(page.get_by_role("button", name="Deactivate if…"))
        hands.pick(page, "What is looked at", field)
        hands.choose(page.get_by_label("How it is compared"), "ends with")
        hands.write(page.get_by_label("Value", exact=True), ends)
        self.save_draft()
        expect(page.locator("#said")).to_contain_text(f'ends with "{ends}"')

    def add_task(self, text: str, hours: int) -> None:
        self.open_tab("Tasks & notes")
        deal = self.page.get_by_role("region", name="Deal")
        self.hands.press(deal.locator("summary").filter(has_text="One more task"))
        self.hands.write(deal.get_by_label("Task", exact=True), text)
        self.hands.write(deal.get_by_label("Due in"), str(hours))
        self.hands.choose(deal.get_by_label("Unit"), "hours")
        self.save_draft()

    def distribute(self, *people: str) -> None:
        """On the tab of tasks: let new records go to these people in turn."""
        self.hands.choose(self.page.get_by_label("New records go to"), "these people in turn")
        self.hands.write(self.page.get_by_label("People, one a line"), "\n".join(people))
        self.save_draft()

    def control_duplicates(self, found: str) -> None:
        """On the tab of the deal: look for open deals, and do this with the one that is found."""
        duplicates = self.page.get_by_role("region", name="Duplicates")
        self.hands.choose(
            duplicates.get_by_label("If this person already has an open deal"),
            "look for it, and go by what is set here",
        )
        self.hands.choose(duplicates.get_by_label("One is found"), found)

    def preview(self, sample: str) -> Locator:
        """The plan for a sample of one's own."""
        page = self.page
        self.open_tab("Preview")
        self.hands.choose(page.get_by_label("With", exact=True), "the sample below")
        self.hands.write(page.get_by_label("JSON, or a body"), sample)
        self.hands.press(page.get_by_role("button", name="Show the plan"))
        expect(page.get_by_text("nothing was sent")).to_be_visible()
        return page.get_by_role("main")

    def publish(self, why: str) -> None:
        self.follow(self.page.get_by_role("link", name="Publish"))
        self.hands.write(self.page.get_by_label("Why?"), why)
        self.follow(self.page.get_by_role("button", name="Publish as revision"))
        expect(self.page.get_by_role("status")).to_contain_text("is live")

    def switch_on(self) -> None:
        self.follow(self.page.get_by_role("button", name="Switch on"))
        expect(self.page.get_by_role("button", name="Switch off")).to_be_visible()

    def open_run(self, person: str, module: str) -> None:
        """The run of the newest submission of somebody."""
        self.go("Submissions")
        self.follow(self.page.get_by_role("link", name=person).first)
        self.follow(self.page.get_by_role("link", name=module, exact=True).first)

    def try_again(self) -> None:
        """On the page of a run that failed."""
        self.follow(self.page.get_by_role("button", name="Try again"))

    def follow_the_mark(self) -> Locator:
        """From the mark in the header to the notices; returns their lines."""
        self.follow(notice_mark(self.page))
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Notices")
        return self.page.get_by_role("main").get_by_role("listitem")

    def clear_notices(self) -> None:
        """On their page."""
        self.follow(self.page.get_by_role("link", name="Clear"))
        self.follow(self.page.get_by_role("button", name="Clear"))
        expect(self.page.get_by_text("Nothing needs you")).to_be_visible()

    def go(self, name: str) -> None:
        """By the navigation at the top."""
        navigation = self.page.get_by_role("navigation", name="Main")
        self.follow(navigation.get_by_role("link", name=name, exact=True))

    def follow(self, control: Locator) -> None:
        """Use what leads to another page, and wait until that page is there with its scripts."""
        with self.page.expect_event("domcontentloaded"):
            self.hands.press(control)


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


def notice_mark(page: Page) -> Locator:
    """What the header shows while any notice stands."""
    return page.get_by_role("banner").get_by_role("link", name=re.compile(r"^\d+ notices?$"))
