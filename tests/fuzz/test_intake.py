"""No body makes the website's address fail, and what is accepted is kept byte for byte."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from engine.deciding.answers import is_ping, payload_digest
from engine.deciding.bodies import LimitExceeded
from engine.deciding.lists import apart
from engine.deciding.mending import probable
from engine.deciding.reading import read_body
from engine.deciding.senders.signatures import technical_to_keep
from engine.storage.database import Database
from engine.storage.models import Submission
from tests.builders import json_body, multipart, urlencoded
from tests.engine.deciding.senders.case import Case
from tests.engine.deciding.senders.posts import EVERY
from tests.fuzz.mutating import mutated

pytestmark = pytest.mark.usefixtures("form", "module", "rings")

WORDS = some.sampled_from(["name", "email", "a[b]", "a.b", "", "_next", "utm_source", "Ім’я"])
VALUES = some.text(max_size=12) | some.sampled_from(["ada@example.org", "+380671234567", "\x00"])
TREES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | VALUES,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
GOOD = some.one_of(
    some.dictionaries(WORDS, VALUES, max_size=5).map(lambda answers: urlencoded(**answers)),
    some.dictionaries(WORDS, TREES, max_size=5).map(lambda answers: json_body(**answers)),
    TREES.map(lambda tree: json.dumps(tree).encode()),
    some.lists(
        some.tuples(WORDS, VALUES) | some.tuples(WORDS, WORDS, some.binary(max_size=20)), max_size=4
    ).map(lambda parts: multipart(*parts)),
    some.binary(max_size=60),
    some.sampled_from([case.raw for case in EVERY if not case.id]),  # ids would make repetitions
)
LABELS = some.sampled_from(
    [
        *("application/x-www-form-urlencoded", "application/json", "text/plain"),
        *("multipart/form-data; boundary=Ada", "multipart/form-data; boundary=", "multipart/x"),
        *("application/x-www-form-urlencoded; charset=utf-7", "application/json; charset=x"),
        *(
            ";",
            "a/b;=;",
            "",
            "application/json; \x00",
            "multipart/form-data; boundary=" + "A" * 300,
        ),
    ]
)
HEADERS = some.dictionaries(
    some.sampled_from(["Accept", "Idempotency-Key", "Referer", "Origin", "User-Agent"]),
    some.text(some.characters(codec="latin-1", exclude_characters="\r\n"), max_size=12),
    max_size=3,
)
NUMBERS = itertools.count(1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=mutated(GOOD), label=LABELS, headers=HEADERS)
@example(raw=b'{"a":' * 5000, label="application/json", headers={})
@example(raw=b"[" * 100_000, label="application/json", headers={})
@example(raw=b"a=1&" * 2000, label="application/x-www-form-urlencoded", headers={})
@example(raw=b"a" * 1_100_000, label="text/plain", headers={})
@example(raw=b"[{},{}]", label="application/json", headers={})
@example(raw=b'[{"a": 1}, {"a":1}, {"a": 2}]', label="text/plain", headers={})
@example(raw=b"", label="multipart/form-data; boundary=Ada", headers={})
def test_any_body_is_refused_or_kept_to_the_byte(
    client: FlaskClient, database: Database, raw: bytes, label: str, headers: dict[str, str]
) -> None:
    number = next(NUMBERS)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"  # nobody is too fast
    if key := headers.get("Idempotency-Key"):  # with one key and one body it would be a repetition
        headers = {**headers, "Idempotency-Key": f"{key}{number}"}
    answer = client.post(
        "/f/callback",
        input_stream=BytesIO(raw),  # as data, no bytes at all would become an empty form
        content_length=len(raw),
        content_type=label,
        headers=headers,
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code in (200, 303, 400, 403, 413, 422), answer.get_data(as_text=True)
    if answer.status_code in (200, 303):
        with database.read() as session:
            newest = select(Submission.raw).where(Submission.source_ip == address)
            kept = session.scalars(newest).all()
        sent = apart(raw, label)
        if any(is_ping(read_body(one, label, headers)) for one in sent or [raw]):
            assert not kept or sent  # of a list, what is no ping is stored
        elif sent:  # each submission of the list, and equal ones once
            assert {*kept} <= {*sent}
            assert {*map(said, kept)} == {*map(said, sent)}
        else:
            assert kept == [raw]


@given(case=some.sampled_from(EVERY), mangled=some.data())
def test_any_post_like_a_known_senders_is_read_or_refused_in_words(
    case: Case, mangled: some.DataObject
) -> None:
    raw = mangled.draw(mutated(some.just(case.raw)))
    with suppress(LimitExceeded):
        reading = read_body(raw, case.content_type, case.headers)
        assert reading == read_body(raw, case.content_type, case.headers)
        kept = [reading.answers, reading.context, technical_to_keep(reading), reading.labels]
        text = json.dumps(kept, ensure_ascii=False)
        assert "\\u0000" not in text.replace("\\\\", "")
        text.encode()  # no half of a character
        assert bool(reading.problem) <= (not reading.answers)
        payload_digest(reading, raw)
    if (guess := probable(raw, case.headers)) is not None:
        assert guess.problem is None
        assert any(guess.answers.values())


def said(raw: bytes) -> str:
    return payload_digest(read_body(raw, "application/json"), raw)
