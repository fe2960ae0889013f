"""What the script beside a form does in a real browser, on somebody else's page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

from engine.deciding.spam import Shown
from engine.delivery import proofs
from engine.delivery.proofs import read_time, read_work
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.forms import save_form
from engine.storage.models import Form
from tests.builders import form_config

pytestmark = pytest.mark.browser
SITE = "https://shop.example"
SECRET_KEY = "only for tests " * 3
INTAKE = "https://forms.example/f/callback"
FORM = f'<form action="{INTAKE}" method="post"><input name="email"><button>Send</button></form>'


class Site:
    """A website with one page at every address, which posts to the intake; the posts are caught."""

    def __init__(self, context: BrowserContext, formwire: FlaskClient) -> None:
        self.posts: list[dict[str, list[str]]] = []
        self.errors: list[str] = []
        self.script = f'<script src="{INTAKE}/embed.js" async></script>'
        self.body = FORM
        self.signs = False
        self.broken = False  # it signs, and gives no work
        self._context, self._formwire = context, formwire
        context.route(f"{SITE}/**", self._serve)
        context.route(f"{INTAKE}/embed.js", self._serve_script)
        context.route(f"{INTAKE}/token", self._sign)
        context.route(f"{INTAKE}/challenge", self._sign)
        context.route(INTAKE, self._catch)

    def open(self, path: str = "/", **query: str) -> Page:
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.go(page, path, **query)
        return page

    def go(self, page: Page, path: str = "/", **query: str) -> None:
        page.goto(f"{SITE}{path}?{urlencode(query)}", wait_until="load")

    def send(self, page: Page) -> dict[str, list[str]]:
        with page.expect_response(INTAKE):
            page.click("button")
        return self.posts[-1]

    def _serve(self, route: Route) -> None:
        route.fulfill(
            content_type="text/html; charset=utf-8",
            body=f"<title>Shop</title>{self.script}{self.body}",
        )

    def _serve_script(self, route: Route) -> None:
        with self._formwire.get("/f/callback/embed.js") as response:
            route.fulfill(body=response.data, headers=dict(response.headers))

    def _sign(self, route: Route, request: Request) -> None:
        broken = self.broken and request.url.endswith("/challenge")
        if broken or not self.signs:  # the site's visitors block what they do not know
            route.abort()
            return
        answer = self._formwire.get(request.url.removeprefix("https://forms.example"))
        route.fulfill(status=answer.status_code, body=answer.data, headers=dict(answer.headers))

    def _catch(self, route: Route, request: Request) -> None:
        self.posts.append(parse_qs(request.post_data or "", keep_blank_values=True))
        route.fulfill(status=204)  # the page stays


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def site(context: BrowserContext, client: FlaskClient) -> Iterator[Site]:
    site = Site(context, client)
    yield site
    assert site.errors == [], "the host page must never break"


def touch(post: dict[str, list[str]], name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(post[f"_fw_{name}_touch"][0])
    return read


def test_a_submission_tells_where_its_visitor_came_from(
    context: BrowserContext, site: Site
) -> None:
    cookies = {
        "_ga": "GA1.2.1111111111.1700000000",
        "_ym_uid": "1700000000123456789",
        "roistat_visit": "4711",
        "_fbp": "fb.1.1700000000000.42",
        "unrelated": "secret",
    }
    context.add_cookies(
        [{"name": name, "value": value, "url": SITE} for name, value in cookies.items()]
    )
    page = site.open("/contact", UTM_Source="ads", utm_source="second", utm_term="", gclid="AbC")
    post = site.send(page)
    assert post["_fw_page_url"] == [page.url]
    assert post["_fw_page_title"] == ["Shop"]
    assert post["_fw_utm_source"] == ["ads"]
    assert "_fw_utm_term" not in post
    assert post["_fw_gclid"] == ["AbC"]
    assert post["_fw__ga"] == ["1111111111.1700000000"]
    assert post["_fw__ym_uid"] == ["1700000000123456789"]
    assert post["_fw_roistat_visit"] == ["4711"]
    assert post["_fw__fbp"] == ["fb.1.1700000000000.42"]
    assert "secret" not in str(post)


def test_the_campaign_is_remembered_from_page_to_page(site: Site) -> None:
    page = site.open("/landing", utm_source="ads", utm_campaign="Літо")
    landing = page.url
    site.go(page, "/contact")
    post = site.send(page)
    assert post["_fw_utm_source"] == ["ads"]
    assert post["_fw_utm_campaign"] == ["Літо"]
    assert post["_fw_landing_url"] == [landing]


def test_first_and_last_touch_are_kept_and_a_direct_visit_erases_neither(site: Site) -> None:
    page = site.open("/a", utm_source="ads")
    site.go(page, "/b", utm_source="mail")
    site.go(page, "/c")
    post = site.send(page)
    assert touch(post, "first")["utm_source"] == "ads"
    assert touch(post, "last")["utm_source"] == "mail"
    assert post["_fw_utm_source"] == ["mail"]


def test_nothing_is_kept_of_a_visitor_who_has_not_agreed(
    context: BrowserContext, site: Site
) -> None:
    context.add_cookies([{"name": "_ga", "value": "GA1.2.1.2", "url": SITE}])
    site.script = site.script.replace("async", 'async data-storage="off"')
    page = site.open("/a", utm_source="ads")
    assert site.send(page)["_fw_utm_source"] == ["ads"]
    assert page.evaluate("localStorage.length") == 0
    site.go(page, "/b")
    post = site.send(page)
    assert not {"_fw_utm_source", "_fw__ga"} & post.keys()


def test_without_local_storage_a_cookie_remembers(context: BrowserContext, site: Site) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('off') }})"
    )
    page = site.open("/a", utm_source="ads")
    site.go(page, "/b")
    assert site.send(page)["_fw_utm_source"] == ["ads"]


def test_a_double_click_has_one_nonce_and_a_new_page_another(site: Site) -> None:
    page = site.open()
    first, second = site.send(page), site.send(page)
    assert first == second
    site.go(page)
    assert site.send(page)["_fw_nonce"] != first["_fw_nonce"]


def test_a_page_brought_back_is_sent_in_earnest(site: Site) -> None:
    page = site.open()
    first = site.send(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert site.send(page)["_fw_nonce"] != first["_fw_nonce"]


@pytest.mark.parametrize(
    "send",
    [
        "document.forms[0].submit()",
        (
            "fetch(document.forms[0].action, {method: 'POST', mode: 'no-cors',"
            " body: new URLSearchParams(new FormData(document.forms[0]))})"
        ),
    ],
)
def test_a_pages_own_script_may_send_the_form(site: Site, send: str) -> None:
    page = site.open(utm_source="ads")
    with page.expect_response(INTAKE):
        page.evaluate(f"() => {{ {send} }}")
    assert site.posts[-1]["_fw_utm_source"] == ["ads"]
    assert len(site.posts[-1]["_fw_nonce"]) == 1


def test_a_form_that_comes_later_is_found_and_awkward_names_do_no_harm(site: Site) -> None:
    site.body = "<p>soon</p>"
    page = site.open()
    form = FORM.replace("</form>", '<input name="action"></form>')
    page.evaluate("form => document.body.insertAdjacentHTML('beforeend', form)", form)
    assert site.send(page)["_fw_nonce"]


def test_other_forms_are_left_alone(context: BrowserContext, site: Site) -> None:
    site.body = '<form action="/search"><input name="q" value="x"><button>Go</button></form>'
    page = site.open(utm_source="ads")
    page.click("button")
    page.wait_for_url("**/search?*")
    assert page.url == f"{SITE}/search?q=x"


@pytest.fixture
def signing(site: Site, database: Database, form: Form, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose form must bring along when it was shown, and a proof of work."""
    monkeypatch.setattr(proofs, "_ROUNDS", 10)
    monkeypatch.setattr(proofs, "_TRIES", range(5, 9))
    with database.write() as session:
        save_form(session, form_config(spam={"demand": ["time", "proof"]}))
    site.signs = True
    return site


def test_a_form_brings_along_what_is_demanded(signing: Site) -> None:
    post = signing.send(signing.open())
    shown, age_s = read_time([SECRET_KEY], "callback", post["_fw_time"][0], now())
    assert shown is Shown.GOOD
    assert age_s < 60
    assert read_work([SECRET_KEY], "callback", post["_fw_proof"][0]).shown is Shown.GOOD


def test_a_second_submission_of_a_page_brings_a_proof_of_its_own(signing: Site) -> None:
    page = signing.open()
    first, second = signing.send(page), signing.send(page)
    works = [read_work([SECRET_KEY], "callback", post["_fw_proof"][0]) for post in (first, second)]
    assert [work.shown for work in works] == [Shown.GOOD, Shown.GOOD]
    assert works[0].digest != works[1].digest


def test_a_form_that_comes_later_is_signed_when_somebody_begins_to_fill_it_in(
    signing: Site,
) -> None:
    signing.body = "<p>soon</p>"
    page = signing.open()
    page.evaluate("form => document.body.insertAdjacentHTML('beforeend', form)", FORM)
    with page.expect_response(f"{INTAKE}/token"):
        page.fill("input", "ada@example.org")
    assert signing.send(page)["_fw_proof"]


def test_a_page_without_our_form_asks_for_nothing(signing: Site, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    signing.body = '<form action="/search"><input name="q"></form>'
    page = signing.open()
    page.fill("input", "x")
    assert not [url for url in asked if url.endswith(("/token", "/challenge"))]


def test_a_form_is_sent_even_if_no_proof_can_be_made(signing: Site) -> None:
    signing.broken = True
    page = signing.open()
    assert "_fw_proof" not in signing.send(page)


def test_the_script_leaves_no_global_behind(site: Site) -> None:
    names = "() => Object.keys(window).sort().join()"
    page = site.open()
    with_script = page.evaluate(names)
    site.script = ""
    site.go(page)
    assert page.evaluate(names) == with_script
