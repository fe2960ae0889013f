"""Files that pages load: kept by browsers, and asked for anew when they are others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

YEAR = "public, max-age=31536000"
AGAIN = "no-cache"


def address_of(client: FlaskClient, file: str) -> str:
    found = re.search(
        rf'"([^"]*{re.escape(file)}[^"]*)"', client.get("/login", follow_redirects=True).text
    )
    assert found
    return found[1]


def test_a_browser_keeps_what_a_page_names(client: FlaskClient) -> None:
    address = address_of(client, "vendor/tabler.css")
    assert re.fullmatch(r"/static/vendor/tabler\.css\?v=[0-9a-f]{12}", address)
    with client.get(address) as answer:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, YEAR)


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000", "?v=None", "?v=%00"])
def test_a_browser_asks_again_for_another_version(client: FlaskClient, query: str) -> None:
    with client.get(f"/static/public.css{query}") as answer:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, AGAIN)


def test_a_changed_file_has_another_address(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("web.static_files._STATIC", str(tmp_path))
    (file := tmp_path / "vendor" / "tabler.css").parent.mkdir()
    addresses = []
    for text in ("a {}", "b {}"):
        file.write_text(text)
        addresses.append(address_of(client, "vendor/tabler.css"))
    assert len(set(addresses)) == 2


@pytest.mark.parametrize(
    "name",
    ["nothing.css", "", "vendor", "../pyproject.toml", "../../dev/zero", "a%00b", "%2e%2e/x"],
)
def test_there_is_nothing_else(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}?v=None").status_code == 404
