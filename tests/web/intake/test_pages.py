from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from engine.storage.database import Database
from engine.storage.forms import save_form
from engine.storage.models import Form
from tests.builders import form_config

BROWSER = {"Accept": "text/html"}


class Tags(HTMLParser):
    """Every start tag of a page: its name and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in names]


@pytest.fixture
def demo(database: Database) -> Form:
    with database.write() as session:
        return save_form(
            session,
            form_config(
                form="demo",
                name="Ask <us>",
                redirect="https://a.example/x",
                redirects=["b.example"],
            ),
        )


def test_the_demo_page_is_there_once_its_form_is(client: FlaskClient, database: Database) -> None:
    assert client.get("/demo", headers=BROWSER).status_code == 404
    with database.write() as session:
        save_form(session, form_config(form="demo"))
    assert client.get("/demo", headers=BROWSER).status_code == 200


@pytest.mark.usefixtures("demo")
def test_the_demo_form_posts_to_its_address(client: FlaskClient) -> None:
    tags = Tags(client.get("/demo").text)
    (form,) = tags.of("form")
    assert (form["action"], form["method"]) == ("/f/demo", "post")
    assert {str(field["name"]) for field in tags.of("input", "select", "textarea")} == {
        "first_name",
        "last_name",
        "email",
        "phone",
        "company",
        "budget",
        "topic",
        "message",
        "consent",
        "_gotcha",
    }
    assert [script["src"] for script in tags.of("script")] == ["/f/demo/embed.js"]


@pytest.mark.usefixtures("demo")
def test_every_input_of_the_demo_form_has_a_label(client: FlaskClient) -> None:
    tags = Tags(client.get("/demo").text)
    labels = {label["for"] for label in tags.of("label")}
    assert {field["id"] for field in tags.of("input", "select", "textarea")} == labels


@pytest.mark.usefixtures("demo")
def test_sending_the_demo_form_may_lead_where_the_form_leads(client: FlaskClient) -> None:
    policy = client.get("/demo").headers["Content-Security-Policy"]
    assert "form-action 'self' https://a.example https://b.example;" in policy


@pytest.mark.parametrize("path", ["/demo", "/f/demo/thanks", "/f/nothing/thanks"])
@pytest.mark.usefixtures("demo")
def test_pages_have_no_inline_code_and_escape_what_owners_write(
    client: FlaskClient, path: str
) -> None:
    response = client.get(path, headers=BROWSER)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    tags = Tags(response.text)
    assert all(script.get("src") for script in tags.of("script"))
    assert not tags.of("style", "us")
    attributes = {name for _, named in tags.found for name in named}
    assert not [name for name in attributes if name == "style" or name.startswith("on")]
    sources = [str(link["href"]) for link in tags.of("link")]
    assert all(source.startswith(("/", "data:,")) for source in sources), "nothing from elsewhere"


def test_each_form_has_a_thank_you_page(client: FlaskClient, form: Form) -> None:
    response = client.get("/f/callback/thanks", headers=BROWSER)
    assert response.status_code == 200
    assert "Thank you" in response.text
    assert form.name in response.text
    assert client.get("/f/nothing/thanks", headers=BROWSER).status_code == 404


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(
    ("referrer", "link"),
    [
        ("https://example.org/contact", "https://example.org/contact"),
        ("javascript:alert(1)", None),
        ('https://example.org/"><script>', "https://example.org/&#34;&gt;&lt;script&gt;"),
        ("", None),
    ],
)
def test_the_thank_you_page_leads_back_to_a_website_only(
    client: FlaskClient, referrer: str, link: str | None
) -> None:
    page = client.get("/f/callback/thanks", headers={"Referer": referrer}).text
    found = re.search(r'<a href="([^"]*)"', page)
    assert (found[1] if found else None) == link


# The script -------------------------------------------------------------------------------------


def test_the_script_is_small_and_may_be_kept_for_a_while(client: FlaskClient) -> None:
    with client.get("/f/callback/embed.js") as response:
        assert response.status_code == 200
        assert response.mimetype == "text/javascript"
        assert len(response.data) < 10_500
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response.headers["Cache-Control"] == "public, max-age=600"
        known = {"If-None-Match": response.headers["ETag"]}
    with client.get("/f/callback/embed.js", headers=known) as again:
        assert again.status_code == 304
