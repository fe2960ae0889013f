"""Pages as browsers fill them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine.instance import Instance
from engine.storage.forms import module_by_key

SALES = "/forms/callback/modules/sales"

Sent = MultiDict[str, str]


def filled(html: str) -> Sent:
    """What a browser would send of the page's editor as it stands, without its buttons."""
    form = BeautifulSoup(html, "html.parser").select_one("form.module-editor")
    assert form is not None
    sent: Sent = MultiDict()
    for control in form.select("input[name], textarea[name], select[name]"):
        for value in _values(control):
            sent.add(str(control["name"]), value)
    return sent


def _values(control: Tag) -> list[str]:
    if control.name == "select":
        options = control.select("option")
        first = [] if control.has_attr("multiple") else options[:1]
        chosen = control.select("option[selected]") or first
        return [str(option.get("value", "")) for option in chosen]
    if control.name == "textarea":
        return [control.text.removeprefix("\n").replace("\n", "\r\n")]
    if control.get("type") == "checkbox" and not control.has_attr("checked"):
        return []
    return [str(control.get("value", ""))]


class Tab:
    """One tab of the module's editor in somebody's browser, without scripts."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self._client, self.address = client, address
        self.html = client.get(address).text
        self.sent = filled(self.html)

    def press(self, button: str = "save", **changes: Any) -> TestResponse:
        """Type the changes and press a button; what is shown then is the tab from here on."""
        for name, value in changes.items():
            self.sent.setlist(name, value if isinstance(value, list) else [value])
        answer = self._client.post(
            self.address, data=MultiDict([*self.sent.items(multi=True), ("do", button)])
        )
        if answer.status_code != 303:
            self.html = answer.text
            self.sent = filled(self.html)
        return answer

    def row(self, field: str) -> str:
        """The prefix of the names in the row of ``field``."""
        names = (n for n, v in self.sent.items(multi=True) if n.endswith("-field") and v == field)
        return next(names).removesuffix("-field")

    def text(self, selector: str) -> str:
        found = BeautifulSoup(self.html, "html.parser").select_one(selector)
        assert found is not None, selector
        return " ".join(found.text.split())


@pytest.fixture
def tab(grace: FlaskClient) -> Callable[[str], Tab]:
    return lambda name: Tab(grace, f"{SALES}/{name}")


@pytest.fixture
def document(full: Instance) -> Callable[[], dict[str, Any] | None]:
    """The module's draft; None when there is none."""

    def read() -> dict[str, Any] | None:
        with full.database.read() as session:
            module = module_by_key(session, "callback", "sales")
            assert module is not None
            return module.draft.document if module.draft else None

    return read
