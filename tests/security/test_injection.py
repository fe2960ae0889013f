"""What Mallory types stays text: in pages, in queries, in addresses and in headers."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.forms import live_revision, save_form
from engine.storage.model_calls import Call, CallRun
from engine.storage.models import (
    Event,
    Form,
    Module,
    Run,
    RunState,
    Submission,
)
from engine.storage.notices import give_notice
from tests.builders import urlencoded
from tests.security.places import READ, routes
from tests.web.studio import world
from tests.web.studio.conftest import post

HOSTILE: Mapping[str, str] = {
    "script": "<script>mallory()</script>",
    "broken out of an attribute": '"><img src=x onerror=mallory()>',
    "broken out of a quote": "'-mallory()-'",
    "event attribute": '" autofocus onfocus=mallory() x="',
    "svg": "<svg/onload=mallory()>",
    "closing the page's own elements": "</textarea></pre></title></style><script>mallory()</script>",
    "comment": "--><script>mallory()</script><!--",
    "javascript address": "javascript:mallory()",
    "spaced javascript address": " \x01java\tscript:mallory()",
    "data address": "data:text/html,<script>mallory()</script>",
    "vbscript address": "vbscript:mallory()",
    "style": "<style>*{background:url(//mallory.example)}</style>",
    "frame": "<iframe srcdoc='<script>mallory()</script>'></iframe>",
    "base": "<base href=//mallory.example/>",
    "form": "<form action=//mallory.example><input name=csrf_token></form>",
    "meta": "<meta http-equiv=refresh content=0;url=//mallory.example>",
    "template": "{{ ''.__class__ }}{% for x in y %}{% endfor %}${7*7}",
    "entities": "&lt;script&gt;mallory()&lt;/script&gt;&#x3c;script&#x3e;",
    "htmx": "<div hx-get=//mallory.example hx-trigger=load>",
    "line separators": "\u2028mallory()\u2029",
    "right to left": "\u202egnp.exe",
    "half a tag": "<img src=x onerror=mallory() ",
    "mutation": '<noscript><p title="</noscript><img src=x onerror=mallory()>">',
    "csp": "<link rel=stylesheet href=//mallory.example>",
}

_FOREIGN = ("iframe", "object", "embed", "base", "style", "svg/onload", "noscript")
_ADDRESSES = ("href", "src", "action", "formaction", "srcdoc", "hx-get", "hx-post", "xlink:href")


class Page(HTMLParser):
    """A page as a browser reads it: what in it could run, or lead away."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.alive: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _FOREIGN or (tag == "script" and not given.get("src", "").startswith("/static/")):  # type: ignore[union-attr]
            self.alive.append(tag)
        if tag == "meta" and "http-equiv" in given:
            self.alive.append(tag)
        for name, value in given.items():
            if name.startswith("on") or name in ("style", "srcdoc", "autofocus"):
                self.alive.append(f"{tag} {name}")
            if name in _ADDRESSES and not (value or "").startswith(("/", "#", "https://", "?")):
                self.alive.append(f"{tag} {name}={value}")
            if name in _ADDRESSES and "mallory" in (value or "").partition("?")[0]:
                self.alive.append(f"{tag} {name}={value}")


@pytest.fixture
def shown(full: Instance) -> dict[str, str]:
    """A full Formwire in which every text that strangers or CRMs chose is hostile; its ids."""
    everything = {f"{name} {text}"[:1000]: text for name, text in HOSTILE.items()}
    answers: dict[str, Any] = dict.fromkeys(
        ("field", "utm", "page", "visitor", "cookie"), everything
    )
    answers["page"] = everything | {"url": HOSTILE["javascript address"]}
    with full.database.write() as session:
        form = session.scalars(select(Form)).one()
        module = session.scalars(select(Module)).first()
        assert module
        for number, text in enumerate(HOSTILE.values(), start=100):
            one = world.submission(session, form, number, answers={"field": {"name": text}})
            one.reason, one.source_ip = text, text[:45]
        sent = world.submission(
            session,
            form,
            200,
            answers=answers,
            headers={**everything, "User-Agent": HOSTILE["script"], "Referer": HOSTILE["svg"]},
            files=[
                {"filename": text, "content_type": text, "size": 7, "name": text}
                for text in HOSTILE.values()
            ],
            raw="\r\n".join(HOSTILE.values()).encode(),
        )
        sent.technical = everything
        run = Run(
            submission_id=sent.id,
            module_id=module.id,
            revision_id=live_revision(session, module.id).id,
            connection_id=module.connection_id,
            state=RunState.FAILED,
            reason="".join(HOSTILE.values()),
        )
        session.add(run)
        session.flush()
        for text in HOSTILE.values():
            call = Call(
                connection_id=module.connection_id,
                purpose=text[:40],
                method="GET",
                url=text,
                error=text,
                started_at=now(),
                ms=1,
                request=text,
                response=text,
            )
            session.add(call)
            session.flush()
            session.add(CallRun(call_id=call.id, run_id=run.id))
            session.add(Event(submission_id=sent.id, run_id=run.id, type="x", message=text))
            give_notice(session, text[:200], text, remedy=text, submission_id=sent.id)
        return {"studio.submissions": sent.public_id, "studio.runs": run.public_id}


def test_no_page_runs_what_strangers_typed(app: Flask, grace: FlaskClient, shown: dict[str, str]):
    seen = 0
    for route in routes(app):
        if route.place != READ:
            continue
        room = route.rule.endpoint.rpartition(".")[0]
        key = {"studio.connections": "main", "studio.forms": "callback"}.get(room, "sales")
        named = {"key": key, "form_key": "callback", "public_id": shown.get(room, "x")}
        named["kind"] = "contact"
        with app.test_request_context():
            values = {name: named.get(name, "1") for name in route.rule.arguments}
            address = app.url_for(route.rule.endpoint, **values)
        text = grace.get(address).text
        assert Page(text).alive == [], address
        seen += "mallory()" in text
    assert seen >= 6, "home, the lists, a form, the submission, its run and the notices show it"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_value_that_is_let_out_would_be_noticed(name: str):
    """The reader of pages above sees what a browser would run."""
    harmless = {
        "broken out of a quote",
        "javascript address",
        "spaced javascript address",
        "data address",
        "vbscript address",
        "template",
        "entities",
        "line separators",
        "right to left",
        "half a tag",
    }
    loose = Page(f"<p>{HOSTILE[name]}</p>").alive or Page(f'<a x="{HOSTILE[name]}">y</a>').alive
    as_address = Page(f'<a href="{HOSTILE[name]}">y</a>').alive
    assert loose or name in harmless
    assert (
        as_address or name in ("right to left", "entities", "template", "line separators") or loose
    )


SQL = ("' OR 1=1 --", "1; DROP TABLE form", "\\' OR ''='", "%", "_", "\x00", "9" * 400, "ü'\"")


@pytest.mark.parametrize("text", SQL)
def test_queries_take_text_as_text(grace: FlaskClient, full: Instance, text: str):
    for address in (
        "/submissions",
        "/submissions.csv",
        "/forms/callback",
        "/forms/callback/modules/sales",
        "/forms/callback/modules/sales/compare",
    ):
        for name in ("state", "form", "page", "revision", "before", "after"):
            status = grace.get(address, query_string={name: text}).status_code
            assert status in (200, 302, 404), (address, name)
    for address in ("/forms", "/submissions", "/runs", "/connections"):
        assert grace.get(f"{address}/{text}").status_code in (404, 308), address
    with full.database.read() as session:
        assert len(session.scalars(select(Submission)).all()) == 10


@pytest.mark.parametrize("text", SQL)
def test_signing_in_takes_text_as_text(client: FlaskClient, text: str):
    answer = post(client, "/login", page="/setup", email=text, password=text)
    assert answer.status_code == 200
    assert "The e-mail or the password is wrong." in answer.text


LEADING_AWAY = (
    "https://mallory.example/",
    "//mallory.example",
    "/\\mallory.example",
    "\\\\mallory.example",
    "/\t/mallory.example",
    "https:mallory.example",
    "javascript:mallory()",
    "http://localhost@mallory.example/",
    "https://localhost.mallory.example",
    "/%0d%0aLocation: https://mallory.example",
    "\r\nSet-Cookie: a=b",
    " //mallory.example",
)


@pytest.mark.parametrize("where", LEADING_AWAY)
def test_nobody_is_led_away(app: Flask, full: Instance, grace: FlaskClient, where: str):
    with full.database.write() as session:
        save_form(session, FormConfig(form="open", name="Open"))
    navigating = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    answers = [
        app.test_client().post("/f/open", data=urlencoded(_next=where), headers=navigating),
        post(grace, "/account/theme", theme="dark", back=where),
        app.test_client().get("/login", query_string={"next": where}),
    ]
    stranger = app.test_client()
    secret = {"email": "owner@example.org", "password": "correct horse battery"}
    answers.append(post(stranger, "/login", page="/login", next=where, **secret))
    for answer in answers:
        location = answer.headers.get("Location", "/")
        assert urlsplit(urljoin("http://localhost/login", location)).netloc == "localhost"
        assert not location.startswith(("//", "/\\", "\\")), "which browsers read as another site"
        assert "mallory" not in answer.headers.get("Set-Cookie", "")
        assert answer.headers.get("Set-Cookie", "").count("a=b") == 0


@pytest.mark.parametrize("text", ["a\r\nX-Mallory: 1", "a\nX-Mallory: 1", "a\rX-Mallory: 1"])
def test_no_header_can_be_added(app: Flask, grace: FlaskClient, full: Instance, text: str):
    for answer in (
        grace.get("/submissions.csv", query_string={"form": text}),
        grace.get("/submissions", query_string={"state": text}),
        post(grace, "/account/theme", theme=text, back=text),
        app.test_client().get("/f/x/thanks", headers={"Referer": "https://x.example/"}),
        app.test_client().get("/login", query_string={"next": text}),
    ):
        assert "X-Mallory" not in answer.headers
