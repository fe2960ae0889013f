"""A Formwire that listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route
from werkzeug.serving import make_server

from tests.web.studio.conftest import secret_of


def sign_in_unseen(context: BrowserContext, app: Flask, address: str, email: str) -> None:
    """As the sign-in form does, without drawing its page and the one behind it."""
    name = app.session_interface.get_cookie_name(app)
    context.add_cookies([{"name": name, "value": secret_of(app, email), "url": address}])


class Held:
    """What a page sends to ``place`` waits, until somebody lets it go. Use it around what sends."""

    def __init__(self, page: Page, place: str) -> None:
        self._page, self._place, self._holds = page, place, True
        self._waiting: list[Route] = []

    def __enter__(self) -> Held:
        self._page.route(self._place, self._hold)
        return self

    def _hold(self, route: Route) -> None:
        if self._holds and route.request.method == "POST":
            self._waiting.append(route)
        else:
            route.continue_()

    def __exit__(self, *_: object) -> None:
        self._holds = False
        assert self._waiting, "nothing was sent"
        for route in self._waiting:
            route.continue_()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the app listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
