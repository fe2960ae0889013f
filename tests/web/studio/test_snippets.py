"""Code that people paste: correct, and safe whatever a field is called."""

from __future__ import annotations

import json
import shlex
from html.parser import HTMLParser
from urllib.parse import unquote_plus

import pytest
from flask import Flask

from tests.builders import form_config
from web.studio.snippets import SNIPPETS, snippet

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
    assert f"{SITE}/f/callback" in snippet(kind, FORM, SITE)


def test_the_html_form_has_every_field_and_the_trap():
    controls = Controls(snippet("html", FORM, SITE))
    assert controls.names == ["first_name", AWKWARD, "topic", "text", "news", "_gotcha"]
    assert controls.addresses == [f"{SITE}/f/callback"]


def test_the_script_comes_from_the_form():
    controls = Controls(snippet("script", FORM, SITE))
    assert controls.addresses == [f"{SITE}/f/callback", f"{SITE}/f/callback/embed.js"]


def test_the_curl_command_is_one_that_a_shell_reads_as_meant():
    words = shlex.split(snippet("curl", FORM, SITE).replace("\\\n", " "))
    assert words[:2] == ["curl", f"{SITE}/f/callback"]
    assert words[2::2] == ["--data-urlencode"] * 5
    assert words[3] == "first_name=Ada"


def test_a_form_with_files_is_sent_in_parts():
    form = form_config(fields=[{"key": "name"}, {"key": "cv", "type": "file", "required": True}])
    html = snippet("html", form, SITE)
    assert 'enctype="multipart/form-data"' in html
    assert '<input type="file" name="cv" required>' in html
    words = shlex.split(snippet("curl", form, SITE).replace("\\\n", " "))
    assert words[2:] == ["--form-string", "name=Ada", "--form", "cv=@file.pdf"]
    assert "cv" not in snippet("fetch", form, SITE)


def test_what_fetch_sends_is_the_answers_and_cannot_end_a_script():
    code = snippet("fetch", FORM, SITE)
    assert "</" not in code
    answers = json.loads(code.split("JSON.stringify(")[1].split(")", 1)[0].replace("<\\/", "</"))
    assert answers["topic"] == "Demo"
    assert AWKWARD in answers


def test_the_curl_command_delivers(app: Flask, form, rings):
    words = shlex.split(snippet("curl", form_config(), "http://localhost").replace("\\\n", " "))
    pairs = dict(word.split("=", 1) for word in words[3::2])
    answer = app.test_client().post(words[1], data=pairs)
    assert answer.status_code == 200
    assert unquote_plus(pairs["phone"]).startswith(" 380") or pairs["phone"].startswith("+380")


def test_a_form_without_fields_gets_the_usual_ones():
    assert Controls(snippet("html", form_config(), SITE)).names[:3] == [
        "first_name",
        "email",
        "phone",
    ]
