"""Secrets are hidden however they are written."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.masking import masked, masked_values

SECRET = 'ca/na+ry "token" & more'
WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in an address": lambda text: quote(text, safe=""),
    "in an address, slashes kept": quote,
    "in an address, small letters": lambda text: re.sub(
        "%..", lambda found: found[0].lower(), quote(text, safe="")
    ),
    "in a form": quote_plus,
    "in JSON": lambda text: json.dumps({"echo": text}),
    "in PHP's JSON": lambda text: json.dumps(text).replace("/", "\\/"),
    "in HTML": escape,
    "in base64": lambda text: b64encode(text.encode()).decode(),
    "in base64 after a name": lambda text: b64encode(f"client:{text}".encode()).decode(),
    "in base64 after a longer name": lambda text: b64encode(f"client1:{text}:x".encode()).decode(),
    "in base64 for addresses": lambda text: urlsafe_b64encode(f"c:{text}".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_known_secret_is_hidden(way: str):
    written = WAYS[way](SECRET)
    told = masked(f"before {written} after", [SECRET])
    assert "•••" in told
    assert told.startswith("before ")
    assert told.endswith(" after")
    core = written[4:-4] if "base64" in way else written
    assert core not in told


@given(st.text(st.characters(codec="utf-8"), min_size=6), st.text(max_size=9))
def test_any_secret_is_hidden(secret: str, before: str):
    for way in ("plain", "in an address", "in a form", "in JSON", "in HTML"):
        written = WAYS[way](secret)
        assert written not in masked(written, [secret]), way


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"access_token": "abc", "expires_in": 5}', '{"access_token": "•••", "expires_in": 5}'),
        ('{"refresh_token":"a\\"b"}', '{"refresh_token":"•••"}'),
        (
            '{"name": "x.E", "debug": "Traceback (most\\n File \\"a.py\\": ada@x.test", "code": 0}',
            '{"name": "x.E", "debug": "•••", "code": 0}',
        ),
        ('{"debug": "Traceback (cut off', '{"debug": "•••'),
        ('{"debug": "on"}', '{"debug": "on"}'),
        ("?code=abc&state=x", "?code=•••&state=x"),
        ("grant_type=refresh&refresh_token=abc", "grant_type=refresh&refresh_token=•••"),
        ("client_secret=abc&x=1", "client_secret=•••&x=1"),
        ("Illegal header value b'Bearer abcdefgh1'", "Illegal header value b'Bearer •••'"),
        ("redis://ada:hunter2@queue:6379/0", "redis://ada:•••@queue:6379/0"),
        ("postgresql+psycopg://ada:hun@x:5432/x", "postgresql+psycopg://ada:•••@x:5432/x"),
        (f"fw_{'2' * 20}_{'3' * 40} said", "••• said"),
        ('{"code": "NotSupportedChoice"}', '{"code": "NotSupportedChoice"}'),
        ("https://example.org:8000/a@b", "https://example.org:8000/a@b"),
        ("ada@example.org", "ada@example.org"),
        ("the token was revoked", "the token was revoked"),
        ("", ""),
    ],
)
def test_what_is_named_as_a_secret_is_hidden_and_nothing_else(text: str, told: str):
    assert masked(text) == told


def test_a_longer_secret_is_hidden_whole():
    assert masked("abcdef abc", ["abc", "abcdef", ""]) == "••• •••"


@pytest.mark.parametrize("body", [b"", b"\xff\x00\xfe", '{"a": "ü"}'.encode()])
def test_a_body_without_secrets_comes_back_as_it_was(body: bytes):
    assert masked_values(body, [SECRET]) == body
    assert masked_values(body, []) == body


def test_a_bodys_secrets_are_taken_out_and_its_words_stay():
    body = b'{"title": "Ung\xc3\xbcltig", "echo": "Bearer s3cret-t0ken", "token": "theirs"}'
    told = masked_values(body, ["s3cret-t0ken"])
    assert json.loads(told) == {"title": "Ungültig", "echo": "Bearer ***", "token": "theirs"}
