"""Who posted last, what was asked, and how what arrived becomes a form's fields with one click."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.models import Form, Submission, SubmissionState
from tests.builders import form_config as document
from tests.web.studio.conftest import post
from tests.web.studio.test_forms import inputs, kept, rows
from tests.web.studio.world import submission
from web.studio.formats import who
from web.studio.operands import operand_groups
from web.studio.starters import new_module

PAGE, FIELDS, TAKE = "/forms/callback", "/forms/callback/fields", "/forms/callback/fields/take"
PHONE = {"key": "q1", "label": "Phone", "type": "tel"}


@pytest.fixture
def asked(instance: Instance) -> Instance:
    """A form with one field, and a post of a builder that asked three questions."""
    with instance.database.write() as session:
        form = save_form(session, document(fields=[PHONE]))
        arrive(session, form, 1)
    return instance


def arrive(session: Any, form: Form, number: int, **columns: Any) -> Submission:
    answers = {"q1": "+380 67 123 45 67", "q2": "ada@example.org", "q3": ["Tea", "Cake"]}
    labels = {"q1": "Phone", "q2": "What is your e-mail?", "q3": "What do you like?"}
    sent = submission(
        session, form, number, answers={"field": columns.pop("field", answers), "utm": {}}
    )
    for name, value in ({"sender": "typeform", "labels": labels} | columns).items():
        setattr(sent, name, value)
    return sent


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def declared(instance: Instance) -> dict[str, Any]:
    return {field.key: field for field in kept(instance).fields}


def test_the_forms_page_tells_who_posted_last_and_what_was_asked(
    grace: FlaskClient, asked: Instance
) -> None:
    page = text_of(grace.get(PAGE).text)
    assert "Last post: Typeform" in page
    assert "What is your e-mail? q2 ada@example.org" in page
    assert "2 answers came that are not among the form’s fields" in page


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"sender": ""}, "Last post: a website"),
        ({"sender": "gone"}, "Last post: a website"),
        ({"state": SubmissionState.DISCARDED}, None),
        ({"field": {}}, None),
    ],
)
def test_what_nobody_wants_is_no_last_post(
    grace: FlaskClient, instance: Instance, columns: dict[str, Any], told: str | None
) -> None:
    with instance.database.write() as session:
        arrive(session, save_form(session, document()), 1, **columns)
    page = text_of(grace.get(PAGE).text)
    assert (
        (told in page) if told else ("Last post" not in page and "not among the form" not in page)
    )


def test_all_answers_become_fields_with_one_click(grace: FlaskClient, asked: Instance) -> None:
    answer = post(grace, TAKE, page=PAGE, do="take-all")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert [(field.key, field.label, field.type) for field in kept(asked).fields] == [
        ("q1", "Phone", "tel"),
        ("q2", "What is your e-mail?", "email"),
        ("q3", "What do you like?", "checkboxes"),
    ]
    assert all(not field.sample and not field.options for field in kept(asked).fields)
    page = text_of(grace.get(PAGE).text)
    assert "2 answers are fields now." in page
    assert "not among the form’s fields" not in page


def test_one_answer_becomes_a_field_or_another_name_of_one(
    grace: FlaskClient, asked: Instance
) -> None:
    post(grace, TAKE, page=PAGE, do="take:q2")
    chosen = {"new-0-name": "q3", "new-0-as": "q1"}
    post(grace, TAKE, page=PAGE, do="take:q3", **chosen)
    assert [*declared(asked)] == ["q1", "q2"]
    assert declared(asked)["q1"].aliases == ("q3",)
    again = post(grace, TAKE, page=PAGE, do="take:q3", **chosen)
    assert again.location == FIELDS
    assert "Nothing was changed" in grace.get(FIELDS).text


def test_a_rebuilt_question_is_recognised_and_taken_as_the_field_it_was(
    grace: FlaskClient, asked: Instance
) -> None:
    with asked.database.write() as session:
        form = session.scalars(select(Form)).one()
        arrive(session, form, 2, field={"q9": "1", "q2": "x"}, labels={"q9": "Phone", "q2": "Mail"})
    page = grace.get(PAGE).text
    assert "asks what “Phone” asked, under a new name" in text_of(page)
    post(grace, TAKE, page=PAGE, do="take:q9")
    assert declared(asked)["q1"].aliases == ("q9",)
    assert declared(asked)["q1"].label == "Phone"


def test_a_question_that_was_worded_anew_gives_its_field_the_new_label(
    grace: FlaskClient, asked: Instance
) -> None:
    with asked.database.write() as session:
        form = session.scalars(select(Form)).one()
        arrive(session, form, 2, labels={"q1": "Mobile phone"})
    assert "“Phone” reads “Mobile phone” now." in text_of(grace.get(PAGE).text)
    post(grace, TAKE, page=PAGE, do="reword:q1")
    assert (declared(asked)["q1"].label, declared(asked)["q1"].aliases) == ("Mobile phone", ())


def test_on_the_tab_of_the_fields_what_came_goes_into_the_table_first(
    grace: FlaskClient, asked: Instance
) -> None:
    page = grace.get(FIELDS).text
    assert "Came lately, and is not among the fields" in page
    assert "ada@example.org" not in page
    typed = rows({"was": "q1", "key": "q1", "label": "Mine"})
    page = post(grace, FIELDS, page=FIELDS, do="take-all", **typed).text
    assert (inputs(page, "key"), inputs(page, "label")) == (
        ["q1", "q2", "q3"],
        ["Mine", "What is your e-mail?", "What do you like?"],
    )
    assert [*declared(asked)] == ["q1"]
    page = post(
        grace, FIELDS, page=FIELDS, do="take:q2", **typed, **{"new-0-name": "q2", "new-0-as": "q1"}
    ).text
    assert "q2 is another name of Mine now." in text_of(page)
    assert inputs(page, "key") == ["q1"]


def test_a_viewer_is_offered_nothing(sign_in: Any, asked: Instance) -> None:
    viewer = sign_in("viewer")
    assert "take-all" not in viewer.get(PAGE).text
    assert post(viewer, TAKE, page=PAGE, do="take-all").status_code == 403


def test_a_submission_shows_what_was_asked_and_who_sent_it(
    grace: FlaskClient, asked: Instance
) -> None:
    with asked.database.write() as session:
        save_form(session, document(fields=[{**PHONE, "label": "Ours", "aliases": ["q7"]}]))
        sent = session.scalars(select(Submission)).one()
        old = arrive(session, sent.form, 2, field={"q7": "1"}, labels={}, sender="")
        addresses = [f"/submissions/{one.public_id}" for one in (sent, old)]
    new, old_page = (text_of(grace.get(address).text) for address in addresses)
    assert "Phone q1 +380" in new  # the visitor's own words come before ours
    assert "Sent by Typeform" in new
    assert "Ours q7 1" in old_page
    assert "Sent by" not in old_page


def test_a_form_that_somebody_else_filled_meanwhile_keeps_both(
    grace: FlaskClient, asked: Instance
) -> None:
    with asked.database.write() as session:
        config = form_config(form_by_key(session, "callback"))  # type: ignore[arg-type]
        theirs = FormConfig.model_validate(
            {**config.model_dump(), "fields": [PHONE, {"key": "q2", "label": "Theirs"}]}
        )
        save_form(session, theirs)
    post(grace, TAKE, page=PAGE, do="take-all")
    assert [(field.key, field.label) for field in kept(asked).fields] == [
        ("q1", "Phone"),
        ("q2", "Theirs"),
        ("q3", "What do you like?"),
    ]


MODULE = "/forms/callback/modules/sales"


@pytest.fixture
def questions(full: Instance) -> Instance:
    """Beside everything else a post of VK, whose keys say nothing."""
    with full.database.write() as session:
        form = session.scalars(select(Form)).one()
        labels = {"custom_0": "Which product line?", "custom_1": "Product line"}
        field = {"custom_0": "Both", "custom_1": "Hardware"}
        arrive(session, form, 50, field=field, labels=labels, sender="vk")
    return full


def test_what_was_asked_stands_beside_the_keys_wherever_a_field_is_picked(
    grace: FlaskClient, questions: Instance
) -> None:
    page = unescape(grace.get(f"{MODULE}/contact").text)
    assert 'data-name="Which product line?"' in page
    assert 'data-key="custom_0"' in page
    assert '{{ field.custom_0 }}</code> <small class="text-secondary">Which product line?' in page


def test_rules_name_a_field_by_its_question_with_the_key(app: Flask) -> None:
    with app.test_request_context():
        groups = operand_groups(document(), {"q1": "Which one?", "size": ""}, [])
    (seen,) = (group for group in groups if group.label == "Seen in submissions")
    assert [one.label for one in seen.operands] == ["Which one? (q1)", "size"]


def test_a_suggestion_says_that_it_goes_by_the_question(
    grace: FlaskClient, questions: Instance
) -> None:
    page = text_of(grace.get(f"{MODULE}/deal").text)
    assert "Product line ← Product line by its question: it is called the same" in page


def test_a_new_module_takes_the_visitors_own_answers() -> None:
    form = document(
        fields=[
            {"key": "q0", "label": "Your friend's e-mail", "type": "email"},
            {"key": "q2", "label": "What is your e-mail?", "type": "email"},
            {"key": "q3", "label": "What is your name?"},
            {"key": "q4", "type": "tel"},
        ]
    )
    assert new_module(form, "main", "sales")["contact"]["fields"] == {
        "name": "{{ field.q3 }}",
        "email": "{{ field.q2 }}",
        "phone": "{{ field.q4 }}",
    }


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"What is your name?": "Ada"}, "Ada"),
        ({"Your last name": "Lovelace", "Your first name": "Ada"}, "Ada Lovelace"),
        ({"Your friend's e-mail": "b@c.d", "Your e-mail": "a@b.c"}, "a@b.c"),
        ({"Anything else?": "No"}, ""),
    ],
)
def test_a_submission_is_recognised_by_what_its_questions_ask(
    fields: dict[str, str], name: str
) -> None:
    assert who({"field": fields}) == name
