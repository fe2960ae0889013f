"""Each sender's posts are read as its answers, and as nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from engine.deciding.answers import idempotency_key, is_ping, payload_digest
from engine.deciding.bodies import LimitExceeded
from engine.deciding.reading import read_body
from engine.deciding.senders import SENDERS, sender_by_key
from engine.storage.base import now
from tests.engine.deciding.senders.advertising import WITHOUT_ANSWERS
from tests.engine.deciding.senders.case import Case
from tests.engine.deciding.senders.posts import EVERY, WITH_ANSWERS
from tests.fuzz.mutating import mutated

SECRET = "sesame"


def name_of(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", WITH_ANSWERS, ids=name_of)
def test_a_post_is_read_as_its_sender_means_it(case: Case) -> None:
    reading = case.reading()
    assert reading.problem is None
    assert reading.sender == case.sender
    assert reading.answers == case.answers
    assert reading.labels == case.labels
    assert {root: facts for root, facts in reading.context.items() if facts} == case.context
    assert {*reading.technical} == case.technical
    assert (reading.id, reading.finished, reading.test) == (case.id, case.finished, case.test)


@pytest.mark.parametrize("case", WITHOUT_ANSWERS, ids=name_of)
def test_a_post_of_ids_only_says_what_to_do(case: Case) -> None:
    reading = case.reading()
    assert reading.sender == case.sender
    assert "instead" in (reading.problem or "") or "Zapier" in (reading.problem or "")
    assert not reading.answers


@pytest.mark.parametrize("case", EVERY, ids=name_of)
def test_a_secret_in_a_body_is_told_apart_from_all_that_is_kept(case: Case) -> None:
    reading = case.reading()
    assert reading.secret == (SECRET if SECRET.encode() in case.raw else "")
    assert SECRET not in str(replace(reading, secret=""))


def test_every_shape_in_the_table_is_tried() -> None:
    shapes = {sender.key: len(sender.posts) for sender in SENDERS if sender.posts}
    tried = {key: sum(case.sender == key for case in EVERY) for key in shapes}
    assert [key for key, number in shapes.items() if tried[key] < number] == []


def test_senders_with_a_secret_in_the_body_are_tried_with_one() -> None:
    told = {case.sender for case in EVERY if SECRET.encode() in case.raw}
    assert told == {sender.key for sender in SENDERS if sender.secret}


def test_keys_are_unique_and_short() -> None:
    keys = [sender.key for sender in SENDERS]
    assert len({*keys, "header", "nonce", "alike"}) == len(keys) + 3
    assert all(len(key) <= 15 for key in keys)
    assert all(sender_by_key(sender.key) is sender for sender in SENDERS)
    assert sender_by_key("nobody") is None


@pytest.mark.parametrize("case", WITH_ANSWERS, ids=name_of)
def test_a_list_of_one_submission_is_that_submission(case: Case) -> None:
    if case.raw[:1] == b"{":
        assert read_body(b"[" + case.raw + b"]", case.content_type, case.headers) == case.reading()


@pytest.mark.parametrize("case", WITH_ANSWERS, ids=name_of)
def test_only_what_has_no_answers_is_a_ping(case: Case) -> None:
    assert is_ping(case.reading()) is (case.test and not case.answers)


@pytest.mark.parametrize("case", [case for case in WITH_ANSWERS if case.id], ids=name_of)
def test_repeats_share_a_key_by_the_senders_id_and_strangers_never_do(case: Case) -> None:
    reading = case.reading()
    key = idempotency_key(reading, "one", form="callback", received_at=now(), ip="192.0.2.1")
    again = idempotency_key(reading, "other", form="callback", received_at=now(), ip="192.0.2.9")
    assert key == again
    assert key.startswith(f"{case.sender}:")
    assert len(key) <= 80


def test_two_senders_ids_never_collide() -> None:
    bodies = (
        b'{"_id": "1", "fields": {"a": "1"}}',
        b"a=1&tranid=1",
        b'{"id": "1", "attachments": []}',
    )
    readings = [read_body(raw) for raw in bodies]
    keys = {
        idempotency_key(one, payload_digest(one, b""), form="callback", received_at=now())
        for one in readings
    }
    assert len(keys) == 3


WEIRD = (None, [], "{", 7, [[]], [{}], {"": None})
"""What a part of a document might be instead, taken in turns."""


@pytest.mark.parametrize(
    "case", [case for case in EVERY if case.raw[:1] in (b"{", b"[")], ids=name_of
)
def test_no_part_of_a_post_need_be_what_it_should_be(case: Case) -> None:
    mark = "the part"
    document = json.loads(case.raw)
    for number, mangled in enumerate(_with_each_part_replaced(document, mark)):
        text = json.dumps(mangled).replace(json.dumps(mark), json.dumps(WEIRD[number % len(WEIRD)]))
        reading = read_body(text.encode(), case.content_type, case.headers)
        assert isinstance(reading.id, str)


def _with_each_part_replaced(document: object, weird: object, deep: int = 4) -> list[object]:
    """``document`` again and again, each time with ``weird`` in the place of one of its parts."""
    found = [weird]
    if not deep:
        return found
    if isinstance(document, dict):
        for name, value in document.items():
            found += [
                {**document, name: one} for one in _with_each_part_replaced(value, weird, deep - 1)
            ]
    elif isinstance(document, list):
        for position, value in enumerate(document[:2]):
            for one in _with_each_part_replaced(value, weird, deep - 1):
                found.append([*document[:position], one, *document[position + 1 :]])
    return found


@given(case=some.sampled_from(EVERY), data=some.data())
@settings(max_examples=40, derandomize=True, deadline=None)
def test_no_bytes_of_a_sender_raise_anything_but_a_declared_limit(
    case: Case, data: some.DataObject
) -> None:
    raw = data.draw(mutated(some.just(case.raw)))
    try:
        reading = read_body(raw, case.content_type, case.headers)
    except LimitExceeded:
        return
    kept = [reading.answers, reading.labels, reading.context, reading.technical, reading.id]
    json.dumps(kept, ensure_ascii=False).encode()
    assert "\x00" not in str(kept)
    assert {*reading.labels} <= {*reading.answers, *(file.name for file in reading.files)}
