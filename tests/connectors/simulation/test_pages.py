"""The pages on which a person sees a simulated CRM."""

from __future__ import annotations

import pytest

from tests.connectors.simulation.toys import NASTY


@pytest.mark.parametrize("path", ["/", "/toys/1", "/toys/show/1"])
def test_pages_are_strict_and_escape_what_visitors_typed(web, path):
    page = web.get(path)
    assert page.status_code == 200
    assert NASTY not in page.text
    assert "&lt;script&gt;" in page.text
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "style=" not in page.text


def test_pages_refresh_and_say_so_until_paused(web):
    page = web.get("/").text
    assert '<meta http-equiv="refresh" content="5">' in page
    assert "Refreshes every 5 seconds" in page
    assert "http-equiv" not in web.get("/?refresh=off").text


@pytest.mark.parametrize("path", ["/toys/2", "/cars/1"])
def test_a_missing_record_has_a_page_that_says_so(web, path):
    page = web.get(path)
    assert page.status_code == 404
    assert "no such record" in page.text


@pytest.mark.parametrize("name", ["simulator.css", "icon.svg"])
def test_what_pages_need_is_served(web, name):
    assert web.get(f"/_simulator/static/{name}").status_code == 200
