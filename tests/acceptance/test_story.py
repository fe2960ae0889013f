"""A new user's first lead, from signing in to what the CRM then holds: all of it in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bench.stack import Formwire, free_port
from tests.acceptance import newcomer as does
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
SAMPLE = "first_name=Ada&email=ada@story.test&seats=3&wanted_by=2030-02-01&product=Software"


class Kommo:
    """The simulated CRM: how to break it, and what it really holds."""

    def __init__(self, demo: Formwire) -> None:
        self.url = f"http://127.0.0.1:{demo.settings.simulator_port}"

    def refuse_deals(self) -> None:
        fault = {"kind": "refuse", "method": "P*", "path": "*/leads*", "times": None}
        self._call("POST", "faults", json=fault)

    def mend(self) -> None:
        self._call("DELETE", "faults")

    def records(self, entity: str, name: str) -> list[dict[str, Any]]:
        """Those whose name or text is ``name``."""
        found = self._call("GET", f"records/{entity}").json()
        return [one for one in found if name in (one.get("name"), one.get("text"))]

    def _call(self, method: str, path: str, **sent: Any) -> httpx.Response:
        url = f"{self.url}/_simulator/{path}"
        return httpx.request(method, url, trust_env=False, **sent).raise_for_status()


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


def test_a_newcomer_delivers_a_first_lead(demo: Formwire, browser: Browser, kommo: Kommo) -> None:
    complaints: list[str] = []
    with (
        does.browsing(browser, demo.url, complaints) as own,
        does.browsing(browser, demo.url, complaints) as others,
    ):
        page = own.new_page()
        does.sign_in(page, EMAIL, (demo.settings.data_dir / "demo_password").read_text())
        does.make_form_of_html(page, FORM, does.CONTACT_FORM)
        html = does.snippet(page, "Plain HTML")
        does.connect_kommo(page, ACCOUNT, kommo.url)
        wire(page)
        does.send_from_website(others, html, ADA)
        does.open_run(page, "Ada Lovelace", "Sales")
        see(page, "delivered")
        see_what_kommo_holds(kommo)
    assert complaints == []


def wire(page: Page) -> None:
    """Ten fields, a rule, a task and duplicate control; then publish and switch on."""
    does.begin_module(page, FORM, "Sales", ACCOUNT)
    does.write_text(page, "name", "{{ field.first_name }} {{ field.last_name }}")
    does.add_fields(page, "Profile", "About")
    does.map_field(page, "Profile", "Website")
    does.map_field(page, "About", "Message")
    does.save_draft(page)
    does.open_tab(page, "Deal")
    does.add_fields(page, "Product line", "Interests", "Wanted date", "Seats", "Wants newsletter")
    does.map_field(page, "Product line", "Product")
    does.map_field(page, "Interests", "Interests")
    does.map_field(page, "Wanted date", "Wanted by")
    does.map_field(page, "Seats", "Seats")
    does.map_field(page, "Wants newsletter", "Newsletter")
    does.control_duplicates(page, "update its fields")
    does.save_draft(page)
    does.add_task(page, "Call {{ field.first_name }}", hours=2)
    does.let_pass(page, "email", "@spam.example")
    plan = does.preview(page, SAMPLE)
    expect(plan).to_contain_text("as if the module were switched on")
    expect(plan.get_by_role("region", name="Deal · ")).to_contain_text("Software")
    expect(plan.get_by_role("region", name="Task · ")).to_contain_text("Call Ada")
    does.publish(page, "the first wiring")
    does.switch_on(page)


def see(page: Page, state: str) -> None:
    """On the page of a run, which follows it by itself."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(state, timeout=PATIENCE_MS)


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
