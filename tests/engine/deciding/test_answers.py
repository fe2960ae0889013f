from datetime import UTC, datetime, timedelta

import pytest

from engine.deciding.answers import (
    answers_mapping,
    honeypot_filled,
    idempotency_key,
    is_ping,
    payload_digest,
)
from engine.deciding.reading import read_body

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def key(raw=b"name=Ada", **said):
    defaults = {"form": "callback", "received_at": NOON, "ip": "192.0.2.1", "user_agent": "Firefox"}
    reading = read_body(raw)
    return idempotency_key(reading, payload_digest(reading, raw), **(defaults | said))


def test_rules_and_macros_see_every_root():
    reading = read_body(b"name=Ada&topic=a&topic=b&utm_source=g&page_url=https://x.test/&gclid=G")
    assert answers_mapping(
        reading,
        form={"key": "callback", "name": "Callback"},
        submission={"id": "s1", "number": "7", "date": "2026-12-01T12:00:00+00:00"},
        visitor={"ip": "192.0.2.1", "user_agent": "Firefox"},
    ) == {
        "field": {"name": "Ada", "topic": ["a", "b"]},
        "utm": {"source": "g"},
        "page": {"url": "https://x.test/"},
        "visitor": {"gclid": "G", "ip": "192.0.2.1", "user_agent": "Firefox"},
        "form": {"key": "callback", "name": "Callback"},
        "submission": {"id": "s1", "number": "7", "date": "2026-12-01T12:00:00+00:00"},
        "spam": {"score": 0, "reasons": []},
    }


@pytest.mark.parametrize(
    ("body", "links", "answers"),
    [
        (b"name=Ada", [("cv", "L1")], {"name": "Ada", "cv": "L1"}),
        (b"name=Ada", [("cv", "L1"), ("cv", "L2")], {"name": "Ada", "cv": ["L1", "L2"]}),
        (b"cv=see+below", [("cv", "L1")], {"cv": ["see below", "L1"]}),
        (b"cv=", [("cv", "L1")], {"cv": "L1"}),
        (b"cv=a&cv=b", [("cv", "L1")], {"cv": ["a", "b", "L1"]}),
    ],
)
def test_the_link_to_a_file_is_the_answer_of_its_input(body, links, answers):
    mapping = answers_mapping(read_body(body), form={}, submission={}, visitor={}, links=links)
    assert mapping["field"] == answers


@pytest.mark.parametrize(
    ("raw", "ping"),
    [(b"test=test", True), (b"test=test&name=Ada", False), (b"test=x", False), (b"", False)],
)
def test_tildas_ping_is_test_alone(raw, ping):
    assert is_ping(read_body(raw)) is ping


@pytest.mark.parametrize(
    ("raw", "filled"),
    [
        (b"name=Ada", False),
        (b"_gotcha=", False),
        (b"_gotcha=+", False),
        (b"_gotcha=x", True),
        (b"_gotcha=&_gotcha=x", True),
    ],
)
def test_the_honeypot(raw, filled):
    assert honeypot_filled(read_body(raw)) is filled


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"received_at": NOON + timedelta(seconds=29)}),
        ({"raw": b"a=1&b=2"}, {"raw": b'{"b": "2", "a": 1}'}),
        ({"raw": b"a=1&tranid=1:2"}, {"raw": b"a=9&tranid=1:2", "ip": "192.0.2.9"}),
        (
            {"raw": b"a=1&_fw_nonce=n"},
            {"raw": b"_fw_nonce=n&a=1", "received_at": NOON + timedelta(1)},
        ),
        ({"header": "k"}, {"header": "k", "raw": b"name=Grace"}),
        ({"raw": b"{broken"}, {"raw": b"{broken"}),
    ],
)
def test_deliveries_of_one_submission_share_a_key(one, other):
    assert key(**one) == key(**other)


@pytest.mark.parametrize(
    "other",
    [
        {"received_at": NOON + timedelta(seconds=30)},
        {"raw": b"name=Grace"},
        {"form": "order"},
        {"ip": "192.0.2.2"},
        {"user_agent": "Safari"},
        {"header": "k"},
        {"header": "l"},
        {"raw": b"name=Ada&tranid=k"},
        {"raw": b"name=Ada&_fw_nonce=k"},
        {"raw": b"name=Grace&_fw_nonce=k"},  # cached pages repeat nonces
        {"raw": b"{broken"},
        {"raw": b"{broken too"},
    ],
)
def test_whatever_tells_submissions_apart_changes_the_key(other):
    assert key(**other) != key()
    assert len(key(**other)) <= 80


def test_sources_of_keys_never_collide():
    keys = {key(header="k"), key(b"tranid=k"), key(b"_fw_nonce=k"), key(b"a=k")}
    assert len(keys) == 4
    assert key(b"_fw_nonce=k&a=1") != key(b"_fw_nonce=k&a=2")


def test_files_of_one_name_and_size_are_told_apart_by_their_bytes():
    def upload(content):
        return (
            b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
            + content
            + b"\r\n--B--\r\n"
        )

    digests = {payload_digest(read_body(upload(text)), b"") for text in (b"one", b"two")}
    assert len(digests) == 2
