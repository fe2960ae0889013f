"""A file that came with a submission is handed over by its link, and only by that."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.deciding.compiling import CompiledModule
from engine.delivery import files as delivered
from engine.delivery.configs import form_config as config_of
from engine.delivery.intake import MAX_BYTES
from engine.delivery.signing import sign
from engine.settings import Settings
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.forms import save_form
from engine.storage.models import Form, Submission
from tests.builders import form_config, module_config, multipart
from tests.web.studio.world import CATALOG

PDF = b"%PDF-1.7 Ada's life"
MULTIPART = "multipart/form-data; boundary=Ada"
pytestmark = pytest.mark.usefixtures("form", "rings")


@pytest.fixture(autouse=True)
def _takes_files(database: Database, form: Form) -> None:
    set_up(database, files=2)


def set_up(database: Database, **uploads: Any) -> None:
    with database.write() as session:
        save_form(session, form_config(uploads=uploads))


def send(client: FlaskClient, database: Database, *parts: Any) -> Submission:
    response = client.post(
        "/f/callback", data=multipart(("name", "Ada"), *parts), content_type=MULTIPART
    )
    assert response.status_code == 200
    with database.read() as session:
        return session.scalars(select(Submission).order_by(Submission.id.desc())).all()[0]


def path(link: str) -> str:
    return "/files/" + link.rpartition("/")[2]


def test_a_file_is_handed_over_and_never_shown(client: FlaskClient, database: Database) -> None:
    sent = send(client, database, ("cv", "../Життя Ади.pdf", PDF))
    response = client.get(path(sent.answers["field"]["cv"]))
    assert (response.status_code, response.data) == (200, PDF)
    headers = response.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "%D0%96%D0%B8" in headers["Content-Disposition"]
    assert ".." not in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_the_link_is_whole_and_stands_in_the_answers(
    client: FlaskClient, database: Database, settings: Settings
) -> None:
    sent = send(client, database, ("cv[]", "a.pdf", PDF), ("cv[]", "b.pdf", PDF + b"2"))
    links = sent.answers["field"]["cv"]
    assert len(links) == 2
    assert all(link.startswith(f"{settings.public_url}/files/") for link in links)
    assert [client.get(path(link)).data for link in links] == [PDF, PDF + b"2"]
    assert sent.reason == ""


def test_a_mapping_writes_the_link(client: FlaskClient, database: Database, form: Form) -> None:
    sent = send(client, database, ("cv", "a.pdf", PDF))
    rows = {"name": "{{ field.cv }}", "phone": {"value": "{{ field.cv }}", "convert": "link"}}
    module = module_config(contact={"fields": rows, "note": "CV: {{ field.cv }}"})
    intent = CompiledModule(module, config_of(form), CATALOG).want(sent.answers, sent.received_at)
    assert intent.contact
    link = sent.answers["field"]["cv"]
    assert intent.contact.value("name") == link
    assert [addition.fields["text"] for addition in intent.contact.additions] == [f"CV: {link}"]


def test_a_file_inside_json_has_a_link_too(client: FlaskClient, database: Database) -> None:
    content = PDF + b"x" * (2 * MAX_BYTES)
    body = {"cv": {"filename": "cv.pdf", "content": base64.b64encode(content).decode()}}
    response = client.post("/f/callback", data=json.dumps(body), content_type="application/json")
    assert response.status_code == 200, "files may make it larger than 1 MB"
    with database.read() as session:
        sent = session.scalars(select(Submission)).one()
    assert client.get(path(sent.answers["field"]["cv"])).data == content


def test_json_without_files_may_not_be_larger(client: FlaskClient, database: Database) -> None:
    body = json.dumps({f"a{n}": "x" * 60_000 for n in range(20)})
    response = client.post("/f/callback", data=body, content_type="application/json")
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("filename", "content", "words"),
    [
        ("cv.pdf", b"\x89PNG\r\n\x1a\n", "first bytes are not those of a pdf"),
        ("cv.html", b"<script>", "takes no files of the type html"),
        ("cv.pdf", PDF + b"x" * 6 * MAX_BYTES, "larger than 5 MB"),
    ],
)
def test_a_file_that_is_not_taken_is_kept_and_told_of(
    client: FlaskClient, database: Database, filename: str, content: bytes, words: str
) -> None:
    sent = send(client, database, ("cv", filename, content))
    assert sent.state == "accepted"
    assert "cv" not in sent.answers["field"]
    assert words in sent.reason
    assert filename in sent.reason
    with database.read() as session:
        assert content in session.scalars(select(Submission.raw)).one()
    assert client.get(path(link_to(sent, 0))).status_code == 404


def link_to(sent: Submission, number: int, key: str = "only for tests " * 3, days: int = 30) -> str:
    until = int((now() + timedelta(days=days)).timestamp())
    return sign(key, "link to a file", [sent.public_id, number, until])


def test_a_form_that_takes_no_files_serves_none(client: FlaskClient, database: Database) -> None:
    sent = send(client, database, ("cv", "a.pdf", PDF))
    link = path(sent.answers["field"]["cv"])
    set_up(database)
    assert client.get(link).status_code == 404
    later = send(client, database, ("cv", "b.pdf", PDF + b"2"))
    assert "takes no files" in later.reason
    assert "cv" not in later.answers["field"]
    set_up(database, files=1, types=["png"])
    assert client.get(link).status_code == 200, "what had a link keeps it"


def test_forged_links_lead_nowhere(client: FlaskClient, database: Database) -> None:
    sent = send(client, database, ("cv", "a.pdf", PDF))
    good = path(sent.answers["field"]["cv"])
    assert client.get(path(link_to(sent, 0))).status_code == 200
    forged = [
        good[:-1],
        good + "x",
        path(link_to(sent, 0, key="another key " * 3)),
        path(link_to(sent, 1)),
        path(link_to(sent, 0, days=-1)),
        "/files/x",
        "/files/" + "é" * 10,
        f"/files/{sent.public_id}",
    ]
    for address in forged:
        response = client.get(address)
        assert response.status_code == 404, address
        assert b"PDF" not in response.data


def test_a_link_expires_as_the_form_says(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(database, files=1, link_days=3)
    link = path(send(client, database, ("cv", "a.pdf", PDF)).answers["field"]["cv"])
    start = now()
    for days, status in ((2.9, 200), (3.1, 404)):
        monkeypatch.setattr(delivered, "now", lambda days=days: start + timedelta(days=days))
        response = client.get(link, headers={"Accept": "text/html"})
        assert response.status_code == status
    assert "Links to files expire" in response.text


def test_an_erased_file_is_gone(client: FlaskClient, database: Database) -> None:
    sent = send(client, database, ("cv", "a.pdf", PDF))
    with database.write() as session:
        session.execute(update(Submission).values(raw=b"", files=[], state="erased"))
    assert client.get(path(sent.answers["field"]["cv"])).status_code == 404
