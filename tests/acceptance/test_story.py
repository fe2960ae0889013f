"""A new user's first leads, from signing in to one that was mended: all of it in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.stack import Formwire, free_port, http
from tests.acceptance.hands import Keyboard, Mouse
from tests.acceptance.newcomer import (
    CONTACT_FORM,
    Newcomer,
    browsing,
    notice_mark,
    send_from_website,
)
from tests.behaviours.world import ANNA, BORIS
from web.demo import EMAIL

pytestmark = pytest.mark.browser
FORM, ACCOUNT = "Contact us", "Kommo of Acme"
PATIENCE_MS = 20_000

ADA = {
    "First name": "Ada",
    "Last name": "Lovelace",
    "E-mail": "ada@story.test",
    "Phone": "+380 44 555 01 01",
    "Website": "https://engines.test",
    "Product": "Hardware",
    "Demo": "ticked",
    "Prices": "ticked",
    "Wanted by": "2030-03-01",
    "Seats": "12",
    "Newsletter": "ticked",
    "Message": "Please call",
}
GRACE = {
    **ADA,
    "First name": "Grace",
    "Last name": "Hopper",
    "E-mail": "grace@story.test",
    "Phone": "+380 44 555 02 02",
}
MARY = {
    **ADA,
    "First name": "Mary",
    "Last name": "Jackson",
    "E-mail": "mary@story.test",
    "Phone": "+380 44 555 03 03",
}
SAMPLE = "first_name=Ada&email=ada@story.test&seats=3&wanted_by=2030-02-01&product=Software"


class Kommo:
    """The simulated CRM: how to break it, and what it really holds."""

    def __init__(self, demo: Formwire) -> None:
        self.url = f"http://127.0.0.1:{demo.settings.simulator_port}"

    def refuse_deals(self) -> None:
        fault = {"kind": "refuse", "method": "P*", "path": "*/leads*", "times": None}
        self._call("POST", "faults", json=fault)

    def revoke_access(self) -> None:
        self._call("POST", "access/revoke")

    def mend(self) -> None:
        self._call("DELETE", "faults")

    def records(self, entity: str, name: str) -> list[dict[str, Any]]:
        """Those whose name or text is ``name``."""
        found = self._call("GET", f"records/{entity}").json()
        return [one for one in found if name in (one.get("name"), one.get("text"))]

    def _call(self, method: str, path: str, **sent: Any) -> httpx.Response:
        url = f"{self.url}/_simulator/{path}"
        return http().request(method, url, **sent).raise_for_status()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Formwire]:
    """One of its own: the calls of others count against the simulated account's limit, too."""
    running = Formwire(tmp_path, settle_s=1, simulator_port=free_port())
    try:
        running.start("--demo")
        yield running
    finally:
        running.end()


@pytest.fixture
def kommo(demo: Formwire) -> Any:
    crm = Kommo(demo)
    yield crm
    crm.mend()


def values(record: dict[str, Any]) -> dict[str, list[Any]]:
    """Custom fields of a record, by name."""
    return {
        field["field_name"]: [one["value"] for one in field["values"]]
        for field in record["custom_fields_values"]
    }


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_newcomer_delivers_a_first_lead_and_mends_what_breaks(
    demo: Formwire, browser: Browser, kommo: Kommo, by: str
) -> None:
    complaints: list[str] = []
    with (
        browsing(browser, demo.url, complaints) as own,
        browsing(browser, demo.url, complaints) as others,
    ):
        page = own.new_page()
        newcomer = Newcomer(page, Keyboard(page) if by == "keyboard" else Mouse())
        newcomer.sign_in(EMAIL, (demo.settings.data_dir / "demo_password").read_text())
        newcomer.make_form_of_html(FORM, CONTACT_FORM)
        html = newcomer.snippet("Plain HTML")
        newcomer.connect_kommo(ACCOUNT, kommo.url)
        wire(newcomer)
        send_from_website(others, html, ADA)
        newcomer.open_run("Ada Lovelace", "Sales")
        see(page, "delivered")
        see_what_kommo_holds(kommo)
        send_while_nobody_is_let_in(newcomer, others, html, kommo)
        send_what_kommo_refuses(newcomer, others, html, kommo)
    assert complaints == []


def wire(newcomer: Newcomer) -> None:
    """Ten fields, a rule, a task, people and duplicate control; then publish and switch on."""
    newcomer.begin_module(FORM, "Sales", ACCOUNT)
    newcomer.write_text("name", "{{ field.first_name }} {{ field.last_name }}")
    newcomer.add_fields("Profile", "About")
    newcomer.map_field("Profile", "Website")
    newcomer.map_field("About", "Message")
    newcomer.save_draft()
    newcomer.open_tab("Deal")
    newcomer.add_fields("Product line", "Interests", "Wanted date", "Seats", "Wants newsletter")
    newcomer.map_field("Product line", "Product")
    newcomer.map_field("Interests", "Interests")
    newcomer.map_field("Wanted date", "Wanted by")
    newcomer.map_field("Seats", "Seats")
    newcomer.map_field("Wants newsletter", "Newsletter")
    newcomer.control_duplicates("update its fields")
    newcomer.save_draft()
    newcomer.add_task("Call {{ field.first_name }}", hours=2)
    newcomer.distribute("anna@acme.test", "boris@acme.test")
    newcomer.let_pass("E-mail (email)", "@spam.example")
    plan = newcomer.preview(SAMPLE)
    expect(plan).to_contain_text("as if the module were switched on")
    expect(plan.get_by_role("region", name="Deal · ")).to_contain_text("Software")
    expect(plan.get_by_role("region", name="Task · ")).to_contain_text("Call Ada")
    newcomer.publish("the first wiring")
    newcomer.switch_on()


def send_while_nobody_is_let_in(
    newcomer: Newcomer, others: BrowserContext, html: str, kommo: Kommo
) -> None:
    """The account's owner takes the access back: Grace's run waits, and goes on once it is given."""
    kommo.revoke_access()
    send_from_website(others, html, GRACE)
    newcomer.open_run("Grace Hopper", "Sales")
    see(newcomer.page, "waiting")
    newcomer.page.reload()
    expect(newcomer.follow_the_mark().first).to_contain_text(ACCOUNT)
    newcomer.reconnect_kommo(ACCOUNT)
    newcomer.open_run("Grace Hopper", "Sales")
    see(newcomer.page, "delivered")
    assert see_one_of_each(kommo, "Grace Hopper")["responsible_user_id"] == BORIS


def send_what_kommo_refuses(
    newcomer: Newcomer, others: BrowserContext, html: str, kommo: Kommo
) -> None:
    """Kommo refuses Mary's deal; once it does not, her run is resent, and the notices are cleared."""
    kommo.refuse_deals()
    send_from_website(others, html, MARY)
    newcomer.open_run("Mary Jackson", "Sales")
    see(newcomer.page, "failed")
    kommo.mend()
    expect(newcomer.follow_the_mark().filter(has_text=FORM).first).to_be_visible()
    newcomer.open_run("Mary Jackson", "Sales")
    newcomer.try_again()
    see(newcomer.page, "delivered")
    see_one_of_each(kommo, "Mary Jackson")
    newcomer.follow_the_mark()
    newcomer.clear_notices()
    expect(notice_mark(newcomer.page)).to_be_hidden()


def see(page: Page, state: str) -> None:
    """On the page of a run, which follows it by itself."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(state, timeout=PATIENCE_MS)


def see_one_of_each(kommo: Kommo, person: str) -> dict[str, Any]:
    """The deal; nothing of the person's is there twice."""
    first_name = person.partition(" ")[0]
    assert len(kommo.records("contacts", person)) == 1
    (deal,) = kommo.records("leads", f"{FORM}: {first_name}")
    (task,) = kommo.records("tasks", f"Call {first_name}")
    assert task["entity_id"] == deal["id"]
    return deal


def see_what_kommo_holds(kommo: Kommo) -> None:
    (contact,) = kommo.records("contacts", "Ada Lovelace")
    (deal,) = kommo.records("leads", f"{FORM}: Ada")
    (task,) = kommo.records("tasks", "Call Ada")
    assert values(contact) == {
        "Phone": ["+380445550101"],
        "Email": ["ada@story.test"],
        "Profile": ["https://engines.test"],
        "About": ["Please call"],
    }
    assert values(deal) == {
        "Product line": ["Hardware"],
        "Interests": ["Demo", "Prices"],
        "Wanted date": [1898546400],
        "Seats": ["12"],
        "Wants newsletter": [True],
    }
    assert task["entity_id"] == deal["id"]
    assert contact["responsible_user_id"] == deal["responsible_user_id"] == ANNA
