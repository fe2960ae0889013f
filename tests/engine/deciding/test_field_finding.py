"""Fields are found in what people have of a form, under the names by which answers will arrive."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.deciding.field_finding import (
    MAX_FIELDS,
    NothingFound,
    Sent,
    fields_in_answers,
    fields_in_json,
    looks_like_json,
)
from engine.deciding.form import FormField
from engine.deciding.html_forms import forms_in_html


def told(field: FormField) -> dict[str, Any]:
    """What is said of a field besides its name."""
    return field.model_dump(mode="json", exclude_defaults=True, exclude={"key"})


def only(html: str) -> dict[str, dict[str, Any]]:
    (form,) = forms_in_html(html)
    return {field.key: told(field) for field in form.fields}


@pytest.mark.parametrize(
    ("html", "fields"),
    [
        ("<input name=a>", {"a": {}}),
        ("<INPUT NAME='a' TYPE='EMAIL' REQUIRED>", {"a": {"type": "email", "required": True}}),
        ("<input name=a type=nonsense>", {"a": {}}),
        ("<input name=a type=tel aria-required=true>", {"a": {"type": "tel", "required": True}}),
        ("<label for=x>Your name *</label><input id=x name=a>", {"a": {"label": "Your name"}}),
        ("<input id=x name=a><label for=x>After</label>", {"a": {"label": "After"}}),
        ("<label>Phone: <input name=a type=tel></label>", {"a": {"type": "tel", "label": "Phone"}}),
        ("<label><b>First</b>\n name<input name=a></label>", {"a": {"label": "First name"}}),
        ("<input name=a aria-label='E-mail' placeholder=x>", {"a": {"label": "E-mail"}}),
        ("<input name=a placeholder='Your name*'>", {"a": {"label": "Your name"}}),
        ("<label>City<select name=a><option>Kyiv</select></label>",
         {"a": {"label": "City", "type": "select", "options": ["Kyiv"]}}),
        ("<select name=a required><option value=''>–<option value=1>One<option>Two</select>",
         {"a": {"type": "select", "required": True, "options": ["1", "Two"]}}),
        ("<select name=a[] multiple><optgroup label=x><option>A</option></optgroup></select>",
         {"a": {"type": "checkboxes", "options": ["A"]}}),
        ("<textarea name=a><input name=b></textarea>", {"a": {"type": "textarea"}}),
        ("<label><input type=checkbox name=a value=1> I agree</label>",
         {"a": {"type": "checkbox", "options": ["1"], "label": "I agree"}}),
        ("<input type=checkbox name=a required>", {"a": {"type": "checkbox", "required": True}}),
        (("<fieldset><legend>Topics</legend><label><input type=checkbox name=a[] value=x>X</label>"
         "<label><input type=checkbox name=a[] value=y>Y</label></fieldset>"),
         {"a": {"type": "checkboxes", "options": ["x", "y"], "label": "Topics"}}),
        ("<input type=checkbox name=a value=x><input type=checkbox name=a value=y>",
         {"a": {"type": "checkboxes", "options": ["x", "y"]}}),
        (("<fieldset><legend>Plan</legend><label><input type=radio name=a value=x required>X</label>"
         "<label><input type=radio name=a value=y>Y</label></fieldset>"),
         {"a": {"type": "radio", "required": True, "options": ["x", "y"], "label": "Plan"}}),
        ("<input type=hidden name=a value=0><input type=checkbox name=a value=1>",
         {"a": {"type": "checkbox", "options": ["1"]}}),
        ("<input type=hidden name=deal value=7>", {"deal": {"type": "hidden", "sample": "7"}}),
        ("<input type=file name=cv[]>", {"cv": {"type": "file"}}),
        ("<input name='user[address][city]'>", {"user.address.city": {}}),
        ("<input name=a name=b type=email type=tel>", {"a": {"type": "email"}}),
        ("<input name='Ім’я'>", {"Ім’я": {}}),
        ("<form><div><input name=a></form><p>", {"a": {}}),
        ("<form><input name=a", {}),
        ("<?php echo 1 ?><?xml version='1.0'?><input name=a>", {"a": {}}),
        ("<script>document.write('<input name=s>')</script><input name=a>", {"a": {}}),
        ("<style><input name=s></style><!-- <input name=c> --><input name=a>", {"a": {}}),
        ("<template><input name=t></template><input name=a>", {"a": {}}),
        ("<label>Name<script>var x</script><input name=a></label>", {"a": {"label": "Name"}}),
    ],
)  # fmt: skip
def test_a_page_is_read_as_a_browser_would_send_it(html: str, fields: dict[str, Any]):
    if not fields:
        with pytest.raises(NothingFound):
            forms_in_html(html)
    else:
        assert only(html) == fields


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ("<input type=password name=secret>", "is a password: secret"),
        ("<input aria-label='Name'>", "has no name, so that browsers do not send it: Name"),
        ("<input type=hidden name=csrf_token>", "serves the page or the sender: csrf_token"),
        ("<input name=_gotcha>", "serves the page or the sender: _gotcha"),
        ("<input name=utm_source>", "known without being a field: utm_source"),
        ("<input name=a disabled>", "is switched off: a"),
        (f"<input name='a{'[x]' * 40}'>", "has too many brackets"),
        (f"<input name='{'a' * 1001}'>", "has too long a name"),
    ],
)
def test_what_is_no_answer_is_left_out_and_said(control: str, reason: str):
    (form,) = forms_in_html(f"<form>{control}<button name=go>Go</button><input name=b></form>")
    assert [field.key for field in form.fields] == ["b"]
    assert reason in "\n".join(form.notes)
    with pytest.raises(NothingFound, match=reason.split(":")[0]):
        forms_in_html(control)


def test_inputs_of_one_name_are_one_field_with_a_note():
    (form,) = forms_in_html("<input name=a type=tel><input name=a>")
    assert [told(field) for field in form.fields] == [{"type": "tel"}]
    assert "More than one input is called so, and its answer is a list: a." in form.notes


def test_each_form_of_a_page_is_told_apart():
    forms = forms_in_html(
        "<input name=search><form id=one><h2>Write to us</h2><input name=a></form>"
        "<form name=two><input name=b></form><input name=late form=one><form></form>"
    )
    assert [(form.title, [field.key for field in form.fields]) for form in forms] == [
        ("Write to us", ["a", "late"]),
        ("two", ["b"]),
        ("Inputs outside any form", ["search"]),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "neither HTML nor JSON"),
        ("https://example.org/contact", "neither HTML nor JSON"),
        ("<p>Hello</p>", "no input with a name"),
        ("<![if x", "no"),
        ("<" * 20_001, "too many tags"),
        ("<p>" + "a" * 1_000_000, "more than 1000 kB"),
    ],
)
def test_what_has_no_form_says_what_to_paste(text: str, told: str):
    with pytest.raises(NothingFound, match=told):
        forms_in_html(text)


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 5_000 + "<input name=a>",
        "<form>" * 5_000 + "<input name=a>",
        "<label><input name=a>" * 3_000,
        "<b></i>" * 5_000 + "<input name=a>",
    ],
)
def test_a_page_whose_tags_never_end_is_read_all_the_same(page: str):
    assert [field.key for form in forms_in_html(page) for field in form.fields] == ["a"]


def test_more_fields_than_a_form_may_have_are_cut_with_a_note():
    (form,) = forms_in_html("".join(f"<input name=a{n}>" for n in range(MAX_FIELDS + 1)))
    assert len(form.fields) == MAX_FIELDS
    assert "first 200 of 201" in form.notes[0]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("Ada", {"sample": "Ada"}),
        ("ada@example.org", {"type": "email", "sample": "ada@example.org"}),
        ("+380 67 123 45 67", {"type": "tel", "sample": "+380 67 123 45 67"}),
        (1500, {"type": "number", "sample": "1500"}),
        ("1500,50", {"type": "number", "sample": "1500,50"}),
        ("2026-12-01", {"type": "date", "sample": "2026-12-01"}),
        ("https://a.example/b", {"type": "url", "sample": "https://a.example/b"}),
        (True, {"type": "checkbox", "sample": "true"}),
        (["a", "b", "a"], {"type": "checkboxes", "options": ["a", "b"]}),
        ("two\nlines", {"type": "textarea", "sample": "two\nlines"}),
        ("", {}),
        (None, {}),
    ],
)
def test_a_sample_tells_what_kind_of_answer_it_is(value: Any, field: dict[str, Any]):
    (found,) = fields_in_json(json.dumps({"it": value})).fields
    assert (found.key, told(found)) == ("it", field)


def test_a_sample_is_read_as_it_will_arrive():
    found = fields_in_json(
        '{"fields": [{"title": "City", "value": "Kyiv"}, {"title": "phone", "value": 380671234567}],'
        ' "utm_source": "x", "formid": "7"}'
    )
    assert [(field.key, field.type) for field in found.fields] == [
        ("City", "text"),
        ("phone", "tel"),
    ]
    assert "formid" in found.notes[0]
    assert "utm.source" in found.notes[0]


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ("{", "not"),
        ("{}", "no field"),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", "nested"),
        ('{"utm_source": "x"}', "utm.source"),
        ('"Ada"', "neither JSON nor"),
    ],
)
def test_what_is_no_sample_says_so(sample: str, told: str):
    with pytest.raises(NothingFound, match=told):
        fields_in_json(sample)


def test_submissions_tell_fields_and_types_but_nothing_that_anybody_wrote():
    found = fields_in_answers(
        [
            Sent({"email": "ada@example.org", "topics": ["a", "b"]}),
            Sent({"email": "bob@example.org", "topics": ["a", "c"], "company": "Analytical"}),
        ]
    )
    assert [(field.key, field.type, field.options) for field in found.fields] == [
        ("email", "email", ()),
        ("topics", "checkboxes", ("a",)),
        ("company", "text", ()),
    ]
    assert all(not field.sample for field in found.fields)
    with pytest.raises(NothingFound):
        fields_in_answers([])


def test_what_was_asked_last_is_the_label_and_tells_the_type():
    found = fields_in_answers(
        [
            Sent({"q3": "2024 1100"}, {"q3": "Your\n phone"}),
            Sent({"q3": "+380 67 123 45 67", "q4": "x"}, {"q3": "Phone", "q4": "Z" * 300}),
        ]
    )
    assert [(field.label, field.type) for field in found.fields] == [
        ("Your phone", "tel"),
        ("Z" * 200, "text"),
    ]


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ('{"a": 1}', True),
        (" [1]", True),
        ("{ a: 1", True),
        ("{% if %}<form>", False),
        ("<p>", False),
    ],
)
def test_what_was_pasted_is_taken_for_what_it_looks_like(text: str, json: bool):
    assert looks_like_json(text) is json
