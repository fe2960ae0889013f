"""Code that people paste: correct, and safe whatever a field is called."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from engine.deciding.form import FormConfig
from engine.deciding.names import under_all_names
from engine.storage.database import Database
from engine.storage.forms import form_by_key, save_form
from engine.storage.forms import form_config as form_config_of
from engine.storage.models import Submission
from tests.builders import form_config
from web.studio.snippets import SNIPPETS, plain_names, snippet

SITE = "https://forms.example.org"
AWKWARD = 'it\'s "<b>"</script> $HOME'
FORM = form_config(
    fields=[
        {"key": "first_name", "label": "First name", "required": True},
        {"key": AWKWARD, "label": AWKWARD},
        {"key": "topic", "type": "select", "options": ["Demo", "A & B"]},
        {"key": "text", "type": "textarea"},
        {"key": "news", "type": "checkbox"},
    ]
)


def code(kind: str, form: FormConfig, site: str) -> str:
    """The first thing to copy."""
    return snippet(kind, form, site)[0].code


class Controls(HTMLParser):
    """The names of a form's controls, and everything else that has an address."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.feed(code)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("input", "select", "textarea"):
            self.names.append(given["name"] or "")
        self.addresses += [given[name] or "" for name in ("action", "src") if name in given]


@pytest.mark.parametrize("kind", SNIPPETS)
def test_every_snippet_names_the_public_address(kind: str):
    assert f"{SITE}/f/callback" in code(kind, FORM, SITE)


def test_the_html_form_has_every_field_and_the_trap():
    controls = Controls(code("html", FORM, SITE))
    assert controls.names == ["first_name", AWKWARD, "topic", "text", "news", "_gotcha"]
    assert controls.addresses == [f"{SITE}/f/callback"]


def test_the_script_comes_from_the_form():
    controls = Controls(code("script", FORM, SITE))
    assert controls.addresses == [f"{SITE}/f/callback", f"{SITE}/f/callback/embed.js"]


def test_the_curl_command_is_one_that_a_shell_reads_as_meant():
    words = shlex.split(code("curl", FORM, SITE).replace("\\\n", " "))
    assert words[:2] == ["curl", f"{SITE}/f/callback"]
    assert words[2::2] == ["--data-urlencode"] * 5
    assert words[3] == "first_name=Ada"


def test_a_form_with_files_is_sent_in_parts():
    form = form_config(fields=[{"key": "name"}, {"key": "cv", "type": "file", "required": True}])
    html = code("html", form, SITE)
    assert 'enctype="multipart/form-data"' in html
    assert '<input type="file" name="cv" required>' in html
    words = shlex.split(code("curl", form, SITE).replace("\\\n", " "))
    assert words[2:] == ["--form-string", "name=Ada", "--form", "cv=@file.pdf"]
    assert "cv" not in code("fetch", form, SITE)


def test_what_fetch_sends_is_the_answers_and_cannot_end_a_script():
    text = code("fetch", FORM, SITE)
    assert "</" not in text
    answers = json.loads(text.split("JSON.stringify(")[1].split(")", 1)[0].replace("<\\/", "</"))
    assert answers["topic"] == "Demo"
    assert AWKWARD in answers


def test_the_curl_command_delivers(app: Flask, form, rings):
    words = shlex.split(code("curl", form_config(), "http://localhost").replace("\\\n", " "))
    pairs = dict(word.split("=", 1) for word in words[3::2])
    answer = app.test_client().post(words[1], data=pairs)
    assert answer.status_code == 200
    assert unquote_plus(pairs["phone"]).startswith(" 380") or pairs["phone"].startswith("+380")


def test_a_form_without_fields_gets_the_usual_ones():
    assert Controls(code("html", form_config(), SITE)).names[:3] == [
        "first_name",
        "email",
        "phone",
    ]


# What is described is really sent ---------------------------------------------------------------

HERE = "http://localhost"
URLENCODED = "application/x-www-form-urlencoded"
FULL = form_config(
    fields=[
        {"key": "first_name", "label": "First name", "required": True},
        {"key": "email", "type": "email", "required": True, "sample": "grace@example.org"},
        {"key": "phone", "type": "tel"},
        {"key": "topic", "type": "select", "options": ["Demo", "A & B"]},
        {"key": "plan", "type": "radio", "options": ["x", 'a "y"']},
        {"key": "news", "type": "checkboxes", "options": ["one", "two"]},
        {"key": "text", "type": "textarea"},
        {"key": "deal", "type": "hidden", "sample": "7"},
        {"key": "Ім’я", "aliases": ["name_2"]},
        {"key": "Де ви?", "label": "Where?"},
        {"key": "consent", "type": "checkbox", "options": ["agreed"], "required": True},
    ]
)
NAMES = {field.key for field in FULL.fields}


@pytest.fixture
def whole(database: Database, rings: list[int]) -> None:
    with database.write() as session:
        save_form(session, FULL)


def sent(app: Flask, database: Database, **posted: Any) -> Mapping[str, Any]:
    """What arrives when it is posted to the form, by the names of its fields."""
    answer = app.test_client().post("/f/callback", **posted)
    assert answer.status_code == 200, answer.text
    with database.read() as session:
        submission = session.scalars(select(Submission).order_by(Submission.id.desc())).first()
        assert submission is not None
        return under_all_names(submission.answers, FULL)["field"]


class Filled(HTMLParser):
    """What a browser sends of a form in which every box is ticked and every text is "x"."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self._select = ""
        self.feed(code)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag in ("input", "textarea") and name:
            value = "" if name == "_gotcha" else given.get("value")
            self.pairs.append((name, "x" if value is None else value))

    def handle_data(self, data: str) -> None:
        if self._select and data.strip():
            self.pairs.append((self._select, data))
            self._select = ""


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("kind", ["html", "script"])
def test_the_form_that_is_pasted_delivers(app: Flask, database: Database, kind: str):
    pairs = Filled(code(kind, FULL, HERE)).pairs
    arrived = sent(app, database, data=urlencode(pairs), content_type=URLENCODED)
    assert arrived.keys() >= NAMES
    assert (arrived["news"], arrived["deal"], arrived["consent"]) == (["one", "two"], "7", "agreed")


@pytest.mark.usefixtures("whole")
def test_what_fetch_and_curl_send_arrives(app: Flask, database: Database):
    body = code("fetch", FULL, HERE).split("JSON.stringify(")[1].rpartition("),\n")[0]
    by_fetch = sent(app, database, json=json.loads(body))
    words = shlex.split(code("curl", FULL, HERE).replace("\\\n", " "))
    pairs = [tuple(word.split("=", 1)) for word in words[3::2]]
    by_curl = sent(app, database, data=urlencode(pairs), content_type=URLENCODED)
    assert by_fetch == by_curl
    assert by_fetch.keys() >= NAMES
    assert (by_fetch["email"], by_fetch["news"]) == ("grace@example.org", ["one", "two"])


def with_names_added(database: Database, kind: str) -> None:
    """Do as the snippet says: add the names that the builder needs to the fields."""
    (_address, _names, to_add) = snippet(kind, FULL, HERE)
    added = dict(line.rsplit(": ", 1) for line in to_add.code.splitlines())
    fields = [
        field.model_copy(update={"aliases": tuple({*field.aliases, added[field.key]})})
        if field.key in added
        else field
        for field in FULL.fields
    ]
    with database.write() as session:
        save_form(session, FULL.model_copy(update={"fields": tuple(fields)}))


@pytest.mark.usefixtures("whole")
def test_tilda_delivers_under_its_variable_names(app: Flask, database: Database):
    _address, names, _to_add = snippet("tilda", FULL, HERE)
    variables = [line.rsplit(": ", 1)[1] for line in names.code.splitlines()]
    assert all(re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII) for name in variables)
    assert len(set(variables)) == len(NAMES)
    with_names_added(database, "tilda")
    body = urlencode({**dict.fromkeys(variables, "x"), "tranid": "1:2", "formid": "form3"})
    with database.read() as session:
        form = form_config_of(form_by_key(session, "callback"))
    app.test_client().post("/f/callback", data=body, content_type=URLENCODED)
    with database.read() as session:
        arrived = session.scalars(select(Submission)).one().answers
    assert under_all_names(arrived, form)["field"].keys() >= NAMES


@pytest.mark.usefixtures("whole")
def test_contact_form_7_delivers_what_its_tags_are_called(app: Flask, database: Database):
    _address, template, _to_add = snippet("cf7", FULL, HERE)
    tags = re.findall(r"\[(\w+)\*? ([^\s\]]+)[^\]]*\]", template.code)
    by_kind = {name: kind for kind, name in tags if kind != "submit"}
    assert by_kind["consent"] == "acceptance"
    assert """default:1 "x" 'a "y"']""" in template.code
    with_names_added(database, "cf7")
    several = ("select", "radio", "checkbox")
    body = {name: ["x"] if kind in several else "x" for name, kind in by_kind.items()}
    app.test_client().post("/f/callback", json=body)
    with database.read() as session:
        form = form_config_of(form_by_key(session, "callback"))
        arrived = session.scalars(select(Submission)).one().answers
    assert under_all_names(arrived, form)["field"].keys() >= NAMES


@pytest.mark.usefixtures("whole")
def test_elementor_delivers_under_its_labels(app: Flask, database: Database):
    _address, labels = snippet("elementor", FULL, HERE)
    names = [line.split(": ", 1)[1] for line in labels.code.splitlines()]
    body = urlencode({**dict.fromkeys(names, "x"), "form_id": "7", "form_name": "Callback"})
    assert sent(app, database, data=body, content_type=URLENCODED).keys() >= NAMES


def test_plain_names_are_kept_taken_from_other_names_or_made():
    fields = form_config(
        fields=[
            {"key": "email"},
            {"key": "E-mail 2", "aliases": ["mail"]},
            {"key": "Ім’я"},
            {"key": "What? Why?"},
            {"key": "what why!"},
        ]
    ).fields
    assert [*plain_names(fields).values()] == ["email", "mail", "field_3", "what_why", "field_5"]
