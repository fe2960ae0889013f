"""Documents of senders that nobody listed are read as well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.deciding.bodies import TooManyAnswers
from engine.deciding.reading import MAX_ANSWERS, read_body
from tests.engine.deciding.senders.case import FORM, form

ADA = {"name": "Ada", "email": "ada@example.org"}
LINK = "https://x.test/cv.pdf"


def raw(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


@pytest.mark.parametrize(
    ("document", "technical"),
    [
        ({"data": ADA}, ""),
        ({"payload": {"data": ADA}, "event": "created"}, "event"),
        (
            {"submission": ADA, "id": "7", "createdAt": "x", "formName": "F"},
            "id createdAt formName",
        ),
        ({"form_fields": ADA, "utm_source": "g", "_fw_nonce": "n"}, "_fw_nonce"),
        ({"lead": ADA, "page_id": 1}, "page_id"),
        ({"event": "x", "data": {"fields": ADA, "status": "new"}}, "event status"),
        ([{"data": ADA}], ""),
        (form(payload=json.dumps(ADA), event="x"), "event"),
        (form(anything=json.dumps({"data": ADA})), ""),
        ({"data": json.dumps(ADA)}, ""),
        ({"answers": [{"question": k, "answer": v} for k, v in ADA.items()], "id": 1}, "id"),
        ({"data": [{"q": k, "a": v} for k, v in ADA.items()], "event": "x"}, "event"),
        ({"data": {"f1": {"label": "name", "value": "Ada"}, "email": ADA["email"]}}, ""),
        ({"field_data": [{"name": k, "values": [v]} for k, v in ADA.items()]}, ""),
        ([{"field": k, "value": v} for k, v in ADA.items()], ""),
    ],
)
def test_usual_wrappings_are_taken_off(document: Any, technical: str) -> None:
    reading = read_body(raw(document))
    assert reading.answers == ADA
    assert {*reading.technical} == {*technical.split()}
    assert reading.sender == ""


@pytest.mark.parametrize(
    ("document", "answers"),
    [
        # beside a wrapper there is what a visitor may have typed
        ({"data": {"a": 1}, "name": "Ada"}, {"data.a": "1", "name": "Ada"}),
        ({"data": ["a", "b"], "id": 1}, {"data": ["a", "b"], "id": "1"}),
        ({"data": {}}, {"data": ""}),
        # names of a page's inputs stay as its HTML shows them
        (b"data[User][email]=e", {"data.User.email": "e"}),
        (b"form_fields[email]=e", {"form_fields.email": "e"}),
        # a visitor's text is a text
        (form(message='{"a": 1}', name="Ada"), {"message": '{"a": 1}', "name": "Ada"}),
        ({"message": '{"a": 1}'}, {"message": '{"a": 1}'}),
        (form(message='{"a": '), {"message": '{"a": '}),
        (form(message="{" * 40), {"message": "{" * 40}),
        # somebody's list of submissions is not one of them
        ([ADA, ADA], {f"{n}.{k}": v for n in (0, 1) for k, v in ADA.items()}),
        ({"o": {"a": 1}, "p": {"values": 2}}, {"o.a": "1", "p.values": "2"}),
    ],
)
def test_what_may_be_an_answer_stays_one(document: Any, answers: Any) -> None:
    assert read_body(raw(document), FORM).answers == answers


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"url": LINK, "name": "cv.pdf", "size": 4}, LINK),
        ({"filename": "cv.pdf", "url": LINK}, LINK),
        ([{"file": LINK, "name": "cv", "mimeType": "a/b"}], LINK),
        ([{"file_url": LINK, "size": 1}, {"file_url": LINK + "2", "size": 1}], [LINK, LINK + "2"]),
    ],
)
def test_a_file_that_stayed_with_the_sender_is_its_address(value: Any, answer: Any) -> None:
    assert read_body(raw({"cv": value})).answers == {"cv": answer}


def test_a_company_with_an_address_is_no_file() -> None:
    company = {"name": "Engines", "url": "https://x.test/"}
    reading = read_body(raw({"company": company}))
    assert reading.answers == {"company.name": "Engines", "company.url": "https://x.test/"}


def test_what_looks_like_a_sender_but_has_no_answers_there_loses_nothing() -> None:
    reading = read_body(raw({"form": "contact", "submission": "late", "name": "Ada"}))
    assert reading.answers == {"form": "contact", "submission": "late", "name": "Ada"}
    assert reading.sender == ""


def typeform(questions: int) -> bytes:
    """About seventeen keys for a question, as many as Typeform has."""
    noise = {f"k{number}": number for number in range(14)}
    ids = [f"f{number}" for number in range(questions)]
    fields = [{"id": id, "ref": id, "title": f"Question {id}?", **noise} for id in ids]
    answers = [{"type": "text", "text": "x", "field": {"id": id}} for id in ids]
    response = {"token": "t", "answers": answers, "definition": {"fields": fields}}
    return raw({"form_response": response})


def test_limits_count_answers_and_not_keys() -> None:
    assert len(read_body(typeform(200)).answers) == 200
    with pytest.raises(TooManyAnswers, match="send fewer fields"):
        read_body(typeform(MAX_ANSWERS + 1))


def test_a_question_longer_than_a_name_may_be_is_kept_whole_as_the_label() -> None:
    question = "Why? " * 300
    reading = read_body(raw([{"id": "a", "name": question, "value": "x", "type": "text"}] * 1))
    ((name, answer),) = reading.answers.items()
    assert (answer, reading.labels[name]) == ("x", question)
    assert len(name) <= 1000


def test_the_visitors_address_is_as_the_sender_tells_it() -> None:
    body = form(hs_context=json.dumps({"ipAddress": "203.0.113.9\x00" + "9" * 600}), email="e")
    ip = read_body(body).context["visitor"]["ip"]
    assert ip.startswith("203.0.113.9\ufffd")
    assert len(ip) == 500
