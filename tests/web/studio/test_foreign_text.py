"""What websites send is shown as text, wherever it stands."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.forms import live_revision
from engine.storage.model_calls import Call, CallRun
from engine.storage.models import (
    Draft,
    Event,
    Form,
    Module,
    Run,
    RunState,
)
from engine.storage.notices import give_notice
from tests.builders import module_document
from tests.web.studio import world
from web.studio.formats import pretty, raw_text, web_link, who

CANARY = "<script>canary()</script>\"'><img src=x onerror=canary()>"
ANSWERS: dict[str, Any] = {
    "spam": {"score": 60, "reasons": [CANARY]},
    "field": {"name": CANARY, CANARY: [CANARY, {"a": CANARY}]},
    "utm": {"source": CANARY},
    "page": {"url": "javascript:canary()", "referrer": "https://x.example/" + CANARY},
    "visitor": {CANARY: CANARY},
}


MODULE_PARTS = (
    "",
    "/contact",
    "/deal",
    "/tasks",
    "?revision=1",
    "/history",
    "/preview",
    "/publish",
    "/compare?before=1&after=draft",
    "/compare?before=draft&after=live",
)


class Elements(HTMLParser):
    """Elements that a canary would have made, attributes that run code, and every link."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hatched: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (tag == "script" and "src" not in given) or given.get("src") == "x":
            self.hatched.append(tag)
        self.hatched += [name for name in given if name.startswith("on") or name == "style"]
        if "href" in given:
            self.links.append(given["href"] or "")


@pytest.fixture
def poisoned(full: Instance) -> list[str]:
    """Addresses of pages on which a canary stands."""
    with full.database.write() as session:
        form = session.scalars(select(Form)).one()
        module = session.scalars(select(Module)).first()
        assert module is not None
        sent = world.submission(
            session,
            form,
            99,
            answers=ANSWERS,
            headers={"User-Agent": CANARY},
            files=[{"filename": CANARY, "content_type": CANARY, "name": CANARY, "problem": CANARY}],
            raw=CANARY.encode(),
        )
        sent.technical, sent.reason = {CANARY: CANARY}, CANARY
        sent.labels = {name: f"{name} {CANARY}" for name in ANSWERS["field"]}
        run = Run(
            submission_id=sent.id,
            module_id=module.id,
            revision_id=live_revision(session, module.id).id,
            connection_id=module.connection_id,
            state=RunState.FAILED,
            reason=CANARY,
            trace=[{"verb": CANARY, "value": True, "trace": world.TRACE[0]["trace"]}],
        )
        call = Call(
            connection_id=module.connection_id,
            purpose=CANARY[:40],
            method="GET",
            url="https://x.example/?q=" + CANARY,
            status=200,
            started_at=now(),
            ms=1,
            request=CANARY,
            response=CANARY,
        )
        session.add_all([run, call])
        session.flush()
        session.add(CallRun(call_id=call.id, run_id=run.id))
        session.add(Event(submission_id=sent.id, run_id=run.id, type=CANARY[:40], message=CANARY))
        give_notice(session, "canary", CANARY, remedy=CANARY, submission_id=sent.id)
        poison_module(session, module)
        return [
            "/",
            "/submissions",
            "/forms/callback",
            "/forms/callback/fields",
            "/notices",
            "/notices/clear",
            f"/submissions/{sent.public_id}",
            f"/runs/{run.public_id}",
            *(f"/forms/callback/modules/sales{part}" for part in MODULE_PARTS),
        ]


def poison_module(session: Session, module: Module) -> None:
    """A draft and revisions whose every text is a canary."""
    module.draft = Draft(document=module_document(name=CANARY), base=2, author=CANARY)
    for revision in module.revisions:
        revision.author, revision.comment = CANARY, CANARY
        revision.document = module_document(name=f"{revision.number} {CANARY}")


def test_no_canary_hatches(grace: FlaskClient, poisoned: list[str]):
    for address in poisoned:
        page = Elements(grace.get(address).text)
        assert page.hatched == [], address
        assert all(link.startswith(("/", "#", "https://")) for link in page.links), address


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("https://example.org/a", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:///path", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(address: str | None, followed: bool):
    assert (web_link(address) is not None) == followed


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a=\xff\x00", "a=\\xff\x00"),
        ("ім’я".encode(), "ім’я"),
        (b"x" * 70_000, "x" * 65_536 + "…"),
    ],
)
def test_bytes_are_shown_as_far_as_they_are_text(raw: bytes, shown: str):
    assert raw_text(raw) == shown


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"first_name": "Ada", "last_name": "Lovelace"}, "Ada Lovelace"),
        ({"Name": "Ada"}, "Ada"),
        ({"email": "ada@example.org"}, "ada@example.org"),
        ({"topic": "demo"}, ""),
        ({"name": "x" * 200}, "x" * 80),
        ({"name": ["Ada", "L."]}, "Ada, L."),
    ],
)
def test_a_submission_is_known_by_its_most_telling_answer(fields: dict[str, Any], name: str):
    assert who({"field": fields}) == name


def test_bodies_that_are_json_are_indented_and_others_stay():
    assert pretty('{"a":"ü"}') == '{\n  "a": "ü"\n}'
    assert pretty("a=1") == "a=1"
