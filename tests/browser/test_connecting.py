"""An account is connected by clicks: to the CRM's own page and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from connectors.kommo.simulator import create_simulator
from engine.instance import Instance
from engine.storage.connections import save_connection
from engine.storage.people import create_person

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "grace@formwire.test", "correct horse battery"


@pytest.fixture
def kommo() -> Iterator[str]:
    """Where the simulated Kommo listens."""
    server = make_server("127.0.0.1", 0, create_simulator(rate_limit=0), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reachable(app: Flask, address: str, instance: Instance) -> str:
    """A studio that knows its own address and may call the simulated Kommo; Grace owns it."""
    here: Instance = app.extensions["instance"]
    settings = here.settings.model_copy(
        update={"public_url": address, "private_targets": "127.0.0.1"}
    )
    app.extensions["instance"] = replace(here, settings=settings)
    with instance.database.write() as session:
        create_person(session, EMAIL, PASSWORD, role="owner", name="Grace")
    return address


@pytest.fixture
def studio(reachable: str, instance: Instance, kommo: str) -> str:
    """With a connection that nobody is let in by."""
    with instance.database.write() as session:
        save_connection(
            session,
            instance.vault,
            key="main",
            name="Main",
            connector="kommo",
            settings={
                "subdomain": "demo",
                "client_id": "demo-integration",
                "client_secret": "demo-secret",
                "base_url": kommo,
            },
        )
    return reachable


def test_an_account_is_connected_by_clicks(browser: Browser, studio: str) -> None:
    context = browser.new_context(base_url=studio)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Connections").click()
    page.get_by_role("link", name="Main").click()
    page.get_by_role("button", name="Connect with Kommo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Let “Website forms” in?")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not connected")
    page.get_by_role("button", name="Begin again").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_have_text("Connected: this is Demo Kommo (demo).")
    expect(page.get_by_role("region", name="Access")).to_contain_text("Connected as Demo Kommo")
    context.close()
