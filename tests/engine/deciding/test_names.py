"""Answers of renamed fields have their old and new names alike, and are told once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.deciding.advice import advice
from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.form import FormConfig
from engine.deciding.macros import render
from engine.deciding.names import under_all_names
from tests.builders import form_config, module_config

FORM = form_config(fields=[{"key": "mail", "aliases": ["email", "E-mail"]}, {"key": "name"}])
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "fields", "told"),
    [
        ({"email": "a@b.c", "name": "Ada"}, {"mail", "email", "E-mail", "name"}, "mail: a@b.c\nname: Ada"),
        ({"mail": "a@b.c"}, {"mail", "email", "E-mail"}, "mail: a@b.c"),
        ({"E-mail": "a@b.c"}, {"mail", "email", "E-mail"}, "mail: a@b.c"),
        ({"name": "Ada"}, {"name"}, "name: Ada"),
        ({}, set(), ""),
    ],
)  # fmt: skip
def test_an_answer_counts_under_every_name_and_is_told_once(
    sent: dict[str, str], fields: set[str], told: str
):
    answers = under_all_names({"field": sent, "utm": {}}, FORM)
    assert answers["field"].keys() == fields
    assert render("{{ all_fields }}", answers).text == told
    mails = {answers["field"].get(name) for name in ("mail", "email", "E-mail")}
    assert len(mails) == 1


@pytest.mark.parametrize(
    ("sent", "values"),
    [
        ({"email": "old@b.c", "mail": "new@b.c"}, ("new@b.c", "old@b.c", "new@b.c")),
        ({"E-mail": "2@b.c", "email": "1@b.c"}, ("2@b.c", "1@b.c", "2@b.c")),
    ],
)
def test_what_came_under_two_names_keeps_what_each_said(
    sent: dict[str, str], values: tuple[str, ...]
):
    named = under_all_names({"field": sent}, FORM)["field"]
    assert (named["mail"], named["email"], named["E-mail"]) == values


def test_a_form_without_further_names_leaves_answers_as_they_are():
    answers: dict[str, Any] = {"field": {"email": "a@b.c"}}
    assert under_all_names(answers, form_config()) is answers


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([{"key": "a"}, {"key": "a"}], "field 2: there is another field 'a'"),
        ([{"key": "a"}, {"key": "b", "aliases": ["a"]}], "field 2: its other name 'a'"),
        ([{"key": "a", "aliases": ["b"]}, {"key": "b"}], "field 1: its other name 'b'"),
        ([{"key": "a", "aliases": ["c"]}, {"key": "b", "aliases": ["c"]}], "field 2"),
        ([{"key": "a", "aliases": ["a"]}], "field 1: its other name 'a'"),
    ],
)
def test_a_name_is_one_fields_only(fields: list[dict[str, Any]], told: str):
    with pytest.raises(DocumentMistakes, match=told):
        load(FormConfig, {"form": "callback", "name": "Callback", "fields": fields})


def test_a_module_that_uses_an_old_name_is_not_warned_about():
    module = module_config(contact={"match": ["email"], "fields": {"email": "{{ field.email }}"}})
    assert advice(module, FORM) == []
    assert advice(module, form_config(fields=[{"key": "mail"}])) != []
