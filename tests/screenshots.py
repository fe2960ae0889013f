"""Draws the guide's pictures anew: a small story in a demo of its own, `python -m tests.screenshots`."""

from __future__ import annotations

import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from bench.stack import Formwire, free_port
from tests.acceptance.newcomer import CONTACT_FORM, Newcomer, browsing, send_from_website
from tests.acceptance.test_story import ACCOUNT, ADA, FORM, MARY, SAMPLE, Kommo, see, wire
from web.demo import EMAIL

PICTURES = Path(__file__).parents[1] / "docs" / "images"
LARGEST_BYTES = 180_000


def main() -> int:
    """Returns 1 when there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("there is no chromium here: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Formwire(Path(folder), settle_s=1, simulator_port=free_port())
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            demo.start("--demo")
            with (
                browsing(browser, demo.url, []) as own,
                browsing(browser, demo.url, []) as others,
            ):
                draw(own.new_page(), others, demo)
        finally:
            browser.close()
            demo.end()
    return 0


def draw(page: Page, others: BrowserContext, demo: Formwire) -> None:
    """The pictures, in the order in which a new user sees these pages."""
    kommo, newcomer = Kommo(demo), Newcomer(page)
    newcomer.sign_in(EMAIL, (demo.settings.data_dir / "demo_password").read_text())
    newcomer.make_form_of_html(FORM, CONTACT_FORM)
    html = newcomer.snippet("Plain HTML")
    keep(page, "snippets")
    newcomer.open_tab("Fields")
    keep(page, "fields")
    newcomer.connect_kommo(ACCOUNT, kommo.url)
    keep(page, "connection")
    wire(newcomer)
    send_from_website(others, html, ADA)
    newcomer.open_run("Ada Lovelace", "Sales")
    see(page, "delivered")
    keep(page, "run")
    draw_module(newcomer)
    kommo.refuse_deals()
    send_from_website(others, html, MARY)
    newcomer.open_run("Mary Jackson", "Sales")
    see(page, "failed")
    keep(page, "failed")
    kommo.mend()


def draw_module(newcomer: Newcomer) -> None:
    """Its tabs, with Ada's answers as the sample."""
    page = newcomer.page
    newcomer.open_form(FORM)
    page.get_by_role("link", name="Sales", exact=True).first.click()
    newcomer.open_tab("Deal")
    page.get_by_role("heading", name="Fields").scroll_into_view_if_needed()
    show(page, "#mapping")
    keep(page, "mapping")
    show(page, "[aria-labelledby=duplicates]")
    keep(page, "duplicates")
    newcomer.open_tab("Logic")
    keep(page, "logic")
    newcomer.preview(SAMPLE.replace("Ada", "Grace").replace("ada@", "grace@"))
    show(page, "#result")
    keep(page, "preview")


def show(page: Page, place: str) -> None:
    """Scroll so that the place is at the top."""
    page.locator(place).evaluate("element => element.scrollIntoView()")


def keep(page: Page, name: str) -> None:
    """What stands in the window. Raises ValueError when the picture is large."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    file.write_bytes(packed(file.read_bytes()))
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        raise ValueError(f"{file} has {size} bytes; show less")
    print(f"{file.name}: {size // 1000} kB")


def packed(png: bytes) -> bytes:
    """The same picture, compressed as well as zlib can. Only what a viewer must have is kept."""
    head, at, chunks = png[:8], 8, []
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    rows = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    kept = [one for one in chunks if one[0] in (b"IHDR", b"PLTE", b"tRNS")]
    kept += [(b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return head + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in kept
    )


if __name__ == "__main__":
    sys.exit(main())
