"""Every page in a real browser: without complaints, as wide as its window, and for everybody.

axe-core judges the rules of WCAG 2.2 that a program can judge, in light and in dark.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.drafts import save_draft, seen_of
from engine.storage.forms import save_form
from engine.storage.invitations import invite
from engine.storage.models import Form, Module, Run, RunState, Submission
from engine.storage.people import create_person
from tests.browser.test_studio import EMAIL, FROM_A_NEWSLETTER, PASSWORD, sign_in
from tests.builders import form_config, module_config, module_document
from tests.web.intake.test_hosted import FIELDS
from tests.web.studio import world
from tests.web.studio.every_page import FILES, add_belongings, every_page

pytestmark = pytest.mark.browser

LOOKS = [("dark", 360), ("light", 1280)]
"""Colours and width: the first begins where the last of `WIDTHS` leaves the window, since to draw a
page in another width takes long."""
WIDTHS = (1280, 768, 360)
VARIANTS = [
    "/forms/callback/snippets?sender=script",
    "/forms/callback/modules/sales/deal",
    "/forms/callback/modules/sales/tasks",
    "/forms/callback/modules/sales?revision=1",
    "/forms/callback/modules/sales/compare?before=1&after=draft",
    "/submissions?state=failed",
    "/submissions?form=callback&module=sales&since=2026-01-01",
    "/submissions?form=gone&since=nonsense",
    "/audit?noun=form",
    "/audit?since=nonsense",
    "/bulk/_new?verb=replay",
    "/forms/none",
]
PUBLIC = ["/login", "/setup", "/invitation/gone", "/p/demo", "/f/demo/thanks", "/demo", "/p/none"]
MEANT = "the server responded with a status of 4"  # where there is nothing, on purpose
# The innermost things that reach beyond the window.
TOO_WIDE = """
[...document.querySelectorAll("main *, header *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".mainnav, .table-responsive"))
  .map((e) => `${e.tagName}.${e.className.baseVal ?? e.className}`).slice(-4).join(" ")
"""
UNFOLD = """
document.querySelectorAll("details").forEach((fold) => (fold.open = true));
const still = new CSSStyleSheet();
still.replaceSync("* { transition: none !important; animation: none !important }");
document.adoptedStyleSheets.push(still);
"""
# A change of colours is told to the page's scripts before the next frame.
DRAWN = "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"
# A page names the same few colours again and again, and to read one takes axe long.
COLOURS_READ_ONCE = """
{
  const Color = axe.commons.color.Color, read = Color.prototype.parseString, known = new Map();
  Color.prototype.parseString = function (words) {
    if (known.has(words)) return Object.assign(this, known.get(words));
    read.call(this, words);
    known.set(words, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
    return this;
  };
}
"""
AXE = Axe().axe_script + COLOURS_READ_ONCE
JUDGE = """
(preload) => axe.run({ resultTypes: ['violations'], preload }).then((told) => told.violations)
"""
STYLES = "[...document.styleSheets].map((sheet) => sheet.href ?? sheet.ownerNode.textContent)"


@pytest.fixture
def invitation(instance: Instance) -> str:
    """The address of an invitation; beside it everything has happened once."""
    world.fill(instance)
    with instance.database.write() as session:
        grace = create_person(session, EMAIL, PASSWORD, role="owner", name="Grace")
        form = session.scalars(select(Form)).one()
        add_belongings(session, form, 1, EMAIL)
        module = session.scalars(select(Module)).one()
        contact = {**module_document()["contact"], "tags": ["website", "vip"]}
        draft = module_config(contact=contact, active={"rules": [FROM_A_NEWSLETTER]})
        save_draft(session, module, draft, seen_of(session, module), author=EMAIL)
        page = {"enabled": True, "intro": "Ask us"}
        save_form(session, form_config(form="demo", name="Demo", fields=FIELDS, page=page))
        _, secret = invite(session, "ada@example.org", "marketer", grace, now())
    return f"/invitation/{secret}"


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complains about, refused styles and scripts included."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A page whose console is listened to."""
    context = browser.new_context(base_url=address, timezone_id="Europe/Kyiv")
    context.add_init_script(AXE)
    page = context.new_page()

    def told(words: str) -> None:
        if MEANT not in words:
            complaints.append(f"{page.url}: {words}")

    page.on("console", lambda said: said.type in ("error", "warning") and told(said.text))
    page.on("pageerror", lambda error: told(str(error)))
    yield page
    context.close()


def studio_addresses(app: Flask, instance: Instance) -> list[str]:
    """Every page, with a run in each telling state and two submissions."""
    states = (RunState.FAILED, RunState.DELIVERED, RunState.WAITING)
    with instance.database.read() as session:
        runs = [session.scalars(select(Run).where(Run.state == state)).one() for state in states]
        sent = session.scalars(select(Submission).where(Submission.number.in_([5, 20]))).all()
    addresses = [
        *(address for name, address in every_page(app, instance) if name not in FILES),
        *VARIANTS,
        *(f"/runs/{run.public_id}" for run in runs),
        *(f"/submissions/{each.public_id}" for each in sent),
    ]
    return list(dict.fromkeys(addresses))  # some name the same


def test_every_page_is_drawn_without_complaints_fits_and_shuts_nobody_out(
    page: Page,
    app: Flask,
    instance: Instance,
    invitation: str,
    complaints: list[str],
):
    read: set[str] = set()
    for address in [*PUBLIC, invitation]:
        look_at(page, address, complaints, read)
    sign_in(page)
    for address in studio_addresses(app, instance):
        look_at(page, address, complaints, read)
    assert complaints == [], "\n".join(complaints)


def look_at(page: Page, address: str, complaints: list[str], read: set[str]) -> None:
    """Add to ``complaints`` what is wrong with the page at ``address``, in each of its looks.

    ``read``: the style sheets, of one page each, that were read for what they do when the screen is
    turned. That depends on them alone.
    """
    page.emulate_media(color_scheme="light")
    page.goto(address)
    for width in WIDTHS:
        resize(page, width)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if overflow > 0:
            wide = page.evaluate(TOO_WIDE)
            complaints.append(f"{address} at {width}: {overflow} px too wide: {wide}")
    if page.get_by_role("heading", level=1).count() != 1:
        complaints.append(f"{address}: not one heading of the first level")
    keep_pictures(page, address)
    styles = "\n".join(page.evaluate(STYLES))
    page.evaluate(UNFOLD)
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme)
        resize(page, width)
        page.evaluate(DRAWN)
        for violation in page.evaluate(JUDGE, styles not in read):
            if violation["impact"] in ("serious", "critical"):
                nodes = violation["nodes"][:3]
                where = [(node["target"], node["failureSummary"]) for node in nodes]
                complaints.append(f"{address} {theme}-{width}: {violation['help']}: {where}")
        read.add(styles)


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})


def keep_pictures(page: Page, address: str) -> None:
    """For people who change the looks: set FORMWIRE_PICTURES to a folder to look at every page."""
    if folder := os.environ.get("FORMWIRE_PICTURES"):
        # Without transitions: otherwise controls are caught between the colours of two themes.
        page.emulate_media(reduced_motion="reduce")
        for theme, width in itertools.product(("light", "dark"), WIDTHS):
            page.emulate_media(color_scheme=theme)
            resize(page, width)
            page.evaluate(DRAWN)
            name = f"{theme}-{width}{address.replace('/', '_')[:60]}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
        page.emulate_media(reduced_motion="no-preference")
