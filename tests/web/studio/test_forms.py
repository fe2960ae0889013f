"""The list of forms, the table of a form's fields, and what becomes of what is typed there."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.deciding.form import FormConfig
from engine.delivery.drain import _work
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.models import Form, Module, Run
from tests.builders import form_config as document
from tests.web.studio.conftest import post
from tests.web.studio.world import submission
from web.studio import fields as fields_page
from web.studio.finding import suggested_key

FIELDS = "/forms/callback/fields"


def rows(*fields: dict[str, str]) -> dict[str, str]:
    """The table as a browser sends it."""
    return {
        f"row-{n}-{name}": text for n, field in enumerate(fields) for name, text in field.items()
    }


def kept(instance: Instance, key: str = "callback") -> FormConfig:
    with instance.database.read() as session:
        form = form_by_key(session, key)
        assert form is not None
        return form_config(form)


def inputs(page: str, part: str) -> list[str]:
    """The values of the table's inputs called so, in order."""
    found = re.findall(rf'name="row-\d+-{part}"\s+value="([^"]*)"', page)
    return [unescape(value) for value in found]


# Fields ------------------------------------------------------------------------------------------


def test_fields_are_kept_as_they_stand_in_the_table(grace: FlaskClient, full: Instance):
    sent = rows(
        {"key": "email", "label": "E-mail", "type": "email", "required": "yes", "sample": "a@b.c"},
        {"key": "topic", "type": "select", "options": "Demo\r\n\r\nPrices "},
        {"key": "", "type": "text"},
    )
    assert post(grace, FIELDS, page=FIELDS, **sent).status_code == 303
    assert [field.model_dump(exclude_defaults=True) for field in kept(full).fields] == [
        {"key": "email", "label": "E-mail", "type": "email", "required": True, "sample": "a@b.c"},
        {"key": "topic", "type": "select", "options": ("Demo", "Prices")},
    ]


@pytest.mark.parametrize(
    ("act", "order", "said"),
    [
        ("up-1", ["b", "a", "c"], "b moved up."),
        ("down-1", ["a", "c", "b"], "b moved down."),
        ("remove-1", ["a", "c"], "b is taken out."),
        ("add", ["a", "b", "c", ""], "Added an empty row"),
        ("up-0", ["a", "b", "c"], ""),
        ("down-2", ["a", "b", "c"], ""),
        ("remove-9", ["a", "b", "c"], ""),
        ("up-x", ["a", "b", "c"], ""),
        ("nonsense", ["a", "b", "c"], ""),
    ],
)
def test_rows_move_without_being_saved(
    grace: FlaskClient, full: Instance, act: str, order: list[str], said: str
):
    page = post(grace, FIELDS, page=FIELDS, do=act, **rows(*({"key": key} for key in "abc"))).text
    assert inputs(page, "key") == order
    assert said in page
    assert kept(full).fields == ()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ([{"key": "", "label": "Name"}], "Enter the input’s name."),
        ([{"key": "a"}, {"key": "a", "label": "Two"}], "there is another field"),
        ([{"key": "a", "aliases": "b"}, {"key": "b"}], "its other name"),
        ([{"key": "a", "type": "colour"}], "Input should be"),
    ],
)
def test_a_mistake_is_told_at_its_row_and_nothing_typed_is_lost(
    grace: FlaskClient, full: Instance, sent: list[dict[str, str]], told: str
):
    answer = post(grace, FIELDS, page=FIELDS, source="<form>", **rows(*sent))
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert "&lt;form&gt;" in answer.text
    assert inputs(answer.text, "key") == [row["key"] for row in sent]
    assert kept(full).fields == ()


def test_a_renamed_field_keeps_what_uses_its_old_name(grace: FlaskClient, full: Instance):
    """The module's rules and macros say email; the website may go on sending it, or send mail."""
    sent = rows({"was": "email", "key": "mail"}, {"key": "first_name"})
    assert post(grace, FIELDS, page=FIELDS, **sent).status_code == 303
    assert kept(full).fields[0].aliases == ("email",)
    with full.database.write() as session:
        form = session.scalars(select(Form)).one()
        answers = {"field": {"mail": "grace@example.org"}, "utm": {}, "page": {}, "visitor": {}}
        new = submission(session, form, 77, answers=answers)
        run = session.scalars(select(Run).limit(1)).one()
        old = _work(run, None).answers["field"]
        run.submission_id = new.id
        session.flush()
        session.expire(run)
        fresh = _work(run, None).answers["field"]
    assert old["mail"] == old["email"] == "ada@example.org"
    assert fresh["mail"] == fresh["email"] == "grace@example.org"
    back = rows({"was": "mail", "key": "email", "aliases": "email"})
    post(grace, FIELDS, page=FIELDS, **back)
    assert kept(full).fields[0].aliases == ("mail",)


PAGE = "<form id=one><input name=a type=email></form><form id=two><label>B<input name=b></label>"


def test_pasted_html_is_chosen_checked_and_kept(grace: FlaskClient, full: Instance):
    typed = rows({"key": "a", "label": "Mine"})
    page = post(grace, FIELDS, page=FIELDS, do="find", source=PAGE, **typed).text
    assert "2 forms are there" in page
    assert inputs(page, "label") == ["Mine"]
    page = post(grace, FIELDS, page=FIELDS, do="find", source=PAGE, which="0", **typed).text
    assert (inputs(page, "key"), inputs(page, "label")) == (["a"], ["Mine"])
    page = post(grace, FIELDS, page=FIELDS, do="find", source=PAGE, which="1", **typed).text
    assert inputs(page, "key") == ["a", "b"]
    assert "1 field found, 1 of them is new." in page
    assert kept(full).fields == ()


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ('{"email": "a@b.c", "utm_source": "x"}', ["email"]),
        ("<input name=q>", ["q"]),
    ],
)
def test_a_sample_or_a_form_fills_the_table(
    grace: FlaskClient, full: Instance, source: str, keys: list[str]
):
    page = post(grace, FIELDS, page=FIELDS, do="find", source=source).text
    assert inputs(page, "key") == keys


def test_submissions_fill_the_table_but_show_no_answer(grace: FlaskClient, full: Instance):
    page = post(grace, FIELDS, page=FIELDS, do="seen").text
    assert "email" in inputs(page, "key")
    assert "ada@example.org" not in page


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Paste the form or a sample"),
        ({"source": "hello"}, "neither HTML nor JSON"),
        ({"source": "{"}, "begins like JSON"),
        ({"url": "http://127.0.0.1/admin"}, "a loopback address"),
        ({"url": "example.org"}, "full address"),
    ],
)
def test_what_has_no_fields_says_why_and_is_not_lost(
    grace: FlaskClient, full: Instance, sent: dict[str, str], told: str
):
    page = unescape(post(grace, FIELDS, page=FIELDS, do="find", **sent, **rows({"key": "a"})).text)
    assert told in page
    assert all(text in page for text in sent.values())
    assert inputs(page, "key") == ["a"]


def test_a_page_is_read_by_its_address(
    grace: FlaskClient, full: Instance, monkeypatch: pytest.MonkeyPatch
):
    def read(url: str, _targets: Any) -> str:
        with full.database.write():  # nobody holds the database meanwhile
            return PAGE if url == "https://example.org/" else ""

    monkeypatch.setattr(fields_page, "page_source", read)
    page = post(grace, FIELDS, page=FIELDS, do="find", url="https://example.org/", which="1")
    assert inputs(page.text, "key") == ["b"]


# New forms ---------------------------------------------------------------------------------------


def test_a_new_form_is_made_of_what_was_pasted(grace: FlaskClient, instance: Instance):
    page = post(
        grace, "/forms/_new", do="find", name="Зворотний Call back!", source=PAGE, which="1"
    )
    assert 'value="Зворотний Call back!"' in page.text
    assert inputs(page.text, "key") == ["b"]
    made = post(grace, "/forms/_new", name="Call back!", **rows({"key": "b", "label": "B"}))
    assert made.location == "/forms/call-back/snippets"
    assert [field.key for field in kept(instance, "call-back").fields] == ["b"]


def test_a_new_form_may_begin_with_the_usual_fields(grace: FlaskClient, instance: Instance):
    page = post(grace, "/forms/_new", do="usual").text
    assert inputs(page, "key") == ["first_name", "email", "phone"]
    assert "no submissions yet" in post(grace, "/forms/_new", do="seen").text


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        ({"name": ""}, 422, "Enter a name"),
        ({"name": "Зворотний"}, 422, "Enter a key of small Latin letters"),
        ({"name": "A", "key": "Bad Key"}, 422, "Enter a key of small Latin letters"),
        ({"name": "A", "key": "callback"}, 409, "There is a form callback already"),
    ],
)
def test_a_new_forms_mistakes_lose_nothing(
    grace: FlaskClient, full: Instance, sent: dict[str, str], status: int, told: str
):
    answer = post(grace, "/forms/_new", **sent, **rows({"key": "kept"}))
    assert answer.status_code == status
    assert told in answer.text
    assert inputs(answer.text, "key") == ["kept"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Callback", "callback"),
        ("  Ask us: now! ", "ask-us-now"),
        ("Café №1", "cafe-no1"),
        ("Привіт", ""),
    ],
)
def test_a_key_is_made_of_the_name(name: str, key: str):
    assert suggested_key(name) == key


# The form's own page -----------------------------------------------------------------------------


def test_the_own_page_is_set_up_and_its_mistakes_told(grace: FlaskClient, full: Instance):
    address = "/forms/callback/page"
    wrong = post(grace, address, page=address, enabled="y", thanks="Thanks", redirect="nowhere")
    assert (wrong.status_code, "full address" in wrong.text) == (422, True)
    assert "Thanks</textarea>" in wrong.text
    good = post(
        grace, address, page=address, enabled="y", intro="Hi", redirect="https://a.example/b"
    )
    assert good.status_code == 303
    assert (kept(full).page.enabled, kept(full).page.intro) == (True, "Hi")
    assert kept(full).redirect == "https://a.example/b"
    assert "/p/callback" in grace.get(address).text


# The list ----------------------------------------------------------------------------------------


@pytest.fixture
def many(database: Database, module: Module) -> None:
    with database.write() as session:
        for number in range(100):
            form = save_form(
                session,
                document(form=f"f-{number}", name=f"Form {number}", enabled=number % 2 == 0),
            )
            submission(session, form, number + 1).received_at = now() - timedelta(days=number % 9)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=form+1", 11),
        ("q=F-99", 1),
        ("state=off", 50),
        ("q=form+1&state=on", 5),
        ("q=%25", 0),
        ("q=_", 0),
    ],
)
def test_forms_are_found_by_name_key_and_state(grace: FlaskClient, query: str, count: int):
    address, names = f"/forms?{query}", []
    while address:
        page = grace.get(address).text
        names += re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(after[1]) if after else ""
    assert len(names) == len(set(names)) == count
    assert ("No such form" in page) == (count == 0)


def test_the_weeks_bars_are_said_in_words(grace: FlaskClient, full: Instance):
    with full.database.write() as session:
        form = session.scalars(select(Form)).one()
        for number, days in enumerate((0, 0, 1, 8), start=200):
            submission(session, form, number).received_at = now() - timedelta(days=days)
    page = grace.get("/forms").text
    (said,) = re.findall(r'role="img" aria-label="([^"]+)"', page)
    days = said.split(", ")
    assert len(days) == 7
    assert sum(int(day.split()[1]) for day in days) == int(
        re.findall(r"</svg> <b>(\d+)</b>", page)[0]
    )
