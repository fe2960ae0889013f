"""The Logic tab: rules in rows, as a draft, with what is true of them for a submission."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.instance import Instance
from engine.storage.audit import Wanted, entries_page
from engine.storage.forms import module_by_key, save_form, save_module
from engine.storage.models import Submission
from tests.builders import form_config, module_config
from tests.web.studio.conftest import SignIn
from tests.web.studio.test_drafts import SALES

LOGIC = f"{SALES}/logic"
NAME, EMAIL, BUDGET = ({"var": f"field.{name}"} for name in ("first_name", "email", "budget"))
ADA = {"==": [NAME, "Ada"]}
BY_HAND = {"===": [NAME, "Grace"]}
RULES: list[dict[str, Any]] = [
    {"activate": {"or": [ADA, {"and": [{">": [BUDGET, 1000]}, {"!": [EMAIL]}]}]}},
    {"deactivate": {"!": {"var": ["field.email"]}}, "enabled": False},
    {"hold": BY_HAND},
]


@pytest.fixture
def ruled(full: Instance) -> Instance:
    """The module has rules: in groups, switched off, written by hand."""
    live(full, RULES)
    return full


def live(instance: Instance, rules: list[dict[str, Any]], **changes: Any) -> None:
    with instance.database.write() as session:
        config = module_config(name="Kommo · Sales", active={"rules": rules}, **changes)
        save_module(session, config, author="grace@example.org")


def drafted(instance: Instance) -> Any:
    """The rules of the draft; None when there is none."""
    with instance.database.read() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        return module.draft and module.draft.document.get("active", {}).get("rules", [])


def fields(text: str) -> list[tuple[str, str]]:
    """What a browser would send of the tab's form, its buttons left out."""
    form = BeautifulSoup(text, "html.parser").select_one("form[data-guard]")
    assert form is not None
    sent = []
    for one in form.select("input[name], select[name], textarea[name]"):
        name = str(one["name"])
        if one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            sent.append((name, str(chosen["value"]) if chosen else ""))
        elif one.name == "textarea":
            sent.append((name, one.text.removeprefix("\n")))
        elif one.get("type") != "checkbox" or one.has_attr("checked"):
            sent.append((name, str(one.get("value", ""))))
    return sent


def send(
    client: FlaskClient, do: str, page: str = "", changes: dict[str, str] | None = None
) -> TestResponse:
    """Press a button of the tab, or of the ``page`` that it answered before."""
    data: dict[str, list[str]] = {}
    for name, value in fields(page or client.get(LOGIC).text):
        data.setdefault(name, []).append(value)
    for name, value in (changes or {}).items():
        if value == "unticked":
            data.pop(name)
        else:
            data[name] = [value]
    return client.post(LOGIC, data={**data, "do": do})


def marks(text: str) -> list[str]:
    """The truth marks, in the order of the lines."""
    found = BeautifulSoup(text, "html.parser").select(".truthmark")
    return [" ".join(one.text.split()) for one in found]


def test_the_tab_tells_the_rules_as_a_sentence_and_line_by_line(
    grace: FlaskClient, ruled: Instance
) -> None:
    page = grace.get(LOGIC).text
    said = BeautifulSoup(page, "html.parser").select_one(".said")
    assert said
    assert said.text == (
        'Active if first_name equals "Ada" or (budget is greater than 1000 and email is empty); '
        'held for approval if {"===": [{"var": "field.first_name"}, "Grace"]}; '
        "1 rule is switched off."
    )
    assert marks(page) == [
        "true",
        "true saw Ada",
        "false",
        "true saw 1 500,50",
        "false saw ada@example.org",
        "false",
        "false saw ada@example.org",
        "false",
    ]
    assert "runs" in page
    assert "for submission #21" in page


def test_saving_what_was_not_touched_makes_no_draft(grace: FlaskClient, ruled: Instance) -> None:
    answer = send(grace, "save")
    assert answer.status_code == 303
    assert answer.location.startswith(LOGIC)
    assert drafted(ruled) is None
    assert "This is what the live revision says" in grace.get(LOGIC).text


def test_a_changed_row_becomes_a_draft_with_a_note_and_nothing_else_changes(
    grace: FlaskClient, ruled: Instance
) -> None:
    answer = send(grace, "save", changes={"parts-1-value": "Grace", "parts-5-enabled": "y"})
    assert answer.status_code == 303
    changed = {"or": [{"==": [NAME, "Grace"]}, RULES[0]["activate"]["or"][1]]}
    expected = [{"activate": changed}, {"deactivate": RULES[1]["deactivate"]}, RULES[2]]
    assert json.dumps(drafted(ruled)) == json.dumps(expected)
    with ruled.database.read() as session:
        (noted,) = entries_page(session, Wanted(noun="module"), 1).rows
        assert (noted.actor, noted.act, noted.target, noted.details) == (
            "owner@example.org",
            "save draft",
            "callback/sales",
            {"part": "logic"},
        )


def test_rules_are_built_by_buttons_alone(grace: FlaskClient, full: Instance) -> None:
    page = send(grace, "add-activate").text
    page = send(grace, "group-0", page, {"parts-1-operand": "field.email"}).text
    page = send(grace, "row-2", page, {"parts-1-operator": "ends", "parts-1-value": ".org"}).text
    one = {"parts-3-operand": "utm.source", "parts-3-operator": "in_list"}
    two = {"parts-4-operand": "time.weekday", "parts-4-operator": "in_list"}
    page = send(grace, "look", page, one | two).text
    last = {
        "parts-2-match": "none",
        "parts-3-values": "ads\r\n\r\nnews letter",
        "parts-4-values": "7",
    }
    assert drafted(full) is None  # so far nothing was saved
    assert send(grace, "save", page, last).status_code == 303
    listed = [
        {"some": [{"merge": [{"var": name}]}, {"in": [{"var": ""}, texts]}]}
        for name, texts in (("utm.source", ["ads", "news letter"]), ("time.weekday", ["7"]))
    ]
    said = {"and": [{"ends_with": [EMAIL, ".org"]}, {"!": [{"or": listed}]}]}
    assert drafted(full) == [{"activate": said}]
    assert "the weekday is one of Sunday" in grace.get(LOGIC).text


def test_what_is_typed_is_kept_while_lines_move(grace: FlaskClient, ruled: Instance) -> None:
    typed = {"parts-1-value": " Ada  Byron ", "submission": newest(ruled, 3)}
    page = send(grace, "down-1", changes=typed).text
    kept = dict(fields(page))
    assert kept["parts-2-value"] == " Ada  Byron "
    assert (kept["parts-2-depth"], kept["submission"]) == ("2", newest(ruled, 3))
    assert "not saved yet" in page
    assert drafted(ruled) is None


@pytest.mark.parametrize(
    ("do", "focused"),
    [
        ("add-hold", "operand-9"),
        ("row-0", "operand-5"),
        ("group-2", "operand-6"),
        ("down-1", "down-2"),
        ("up-5", "up-0"),
        ("wrap-1", "match-1"),
        ("remove-4", "operand-3"),
    ],
)
def test_a_person_goes_on_where_the_button_led(
    grace: FlaskClient, ruled: Instance, do: str, focused: str
) -> None:
    page = BeautifulSoup(send(grace, do).text, "html.parser")
    assert [one["id"] for one in page.select("[autofocus]")] == [focused]


def newest(instance: Instance, number: int) -> str:
    with instance.database.read() as session:
        found = session.query(Submission).filter_by(number=number).one()
        return found.public_id


def test_a_value_is_chosen_where_the_field_has_options(grace: FlaskClient, full: Instance) -> None:
    with full.database.write() as session:
        choice = {"key": "topic", "label": "Topic", "type": "select", "options": ["demo", "price"]}
        agreed = {"key": "agreed", "label": "Agreed", "type": "checkbox"}
        save_form(session, form_config(name="Callback", fields=[choice, agreed]))
    topic, ticked = {"var": "field.topic"}, {"!": [{"!": [{"var": "field.agreed"}]}]}
    among = {"some": [{"merge": [topic]}, {"in": [{"var": ""}, ["price", "gone"]]}]}
    live(full, [{"hold": {"and": [{"==": [topic, "demo"]}, ticked, among]}}])
    page = BeautifulSoup(grace.get(LOGIC).text, "html.parser")
    single = page.select("select[name=parts-1-value] option")
    assert [(one.text, one.has_attr("selected")) for one in single] == [
        ("demo", True),
        ("price", False),
    ]
    operator = page.select_one("select[name=parts-2-operator] option[selected]")
    assert operator
    assert operator.text == "is ticked"
    assert page.select_one("[name=parts-2-value][type=hidden]")
    ticks = page.select("[name=parts-3-values]")
    assert [(one["value"], one.has_attr("checked")) for one in ticks] == [
        ("demo", False),
        ("price", True),
        ("gone", True),
    ]
    assert "topic has no option" in page.text
    assert send(grace, "save").status_code == 303
    assert drafted(full) is None


@pytest.mark.parametrize(
    ("changes", "at", "words"),
    [
        ({"parts-1-operand": ""}, 1, "choose what is looked at"),
        ({"parts-1-value": " "}, 1, "give a value"),
        ({"parts-3-operator": "in_list", "parts-3-value": ""}, 3, "at least one value"),
        ({"parts-3-operator": "matches", "parts-3-value": "("}, 3, "pattern"),
        ({"parts-7-raw": "{"}, 7, "is not JSON"),
        ({"parts-7-raw": '{"and": [{"==": [1, 1]}, {"nope": [1]}]}'}, 7, "/and/1"),
        ({"parts-7-raw": '{"==": [{"var": "secret.x"}, 1]}'}, 7, "is not known here"),
    ],
)
def test_a_mistake_stands_at_its_line_and_nothing_is_saved(
    grace: FlaskClient, ruled: Instance, changes: dict[str, str], at: int, words: str
) -> None:
    answer = send(grace, "save", changes=changes)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    told = page.select_one(f"#error-{at}-1")
    assert told
    assert words in told.text
    assert page.select_one(f'#mistakes a[href="#part-{at}"]')
    assert page.select_one(f'[aria-describedby="error-{at}-1"]')
    assert drafted(ruled) is None


def test_an_empty_group_is_told_only_when_asked(grace: FlaskClient, ruled: Instance) -> None:
    page = send(grace, "remove-1", send(grace, "add-hold").text).text
    assert "choose what is looked at" not in page
    assert "choose what is looked at" in send(grace, "check", page).text


def test_a_draft_of_somebody_else_is_not_overwritten(grace: FlaskClient, ruled: Instance) -> None:
    page = grace.get(LOGIC).text
    assert send(grace, "save", changes={"parts-1-value": "Boris"}).status_code == 303
    late = send(grace, "look", page, {"parts-1-value": "Anna"}).text  # looking forgives nothing
    answer = send(grace, "save", late)
    assert answer.status_code == 409
    assert "changed the draft meanwhile" in answer.text
    assert dict(fields(answer.text))["parts-1-value"] == "Anna"
    assert "Boris" in json.dumps(drafted(ruled))
    assert send(grace, "save", answer.text).status_code == 303
    assert "Anna" in json.dumps(drafted(ruled))


def test_only_administrators_write_json_logic(
    sign_in: SignIn, ruled: Instance, grace: FlaskClient
) -> None:
    marketer = sign_in("marketer")
    page = marketer.get(LOGIC).text
    assert 'name="parts-7-raw" value="' in page  # kept, not to be written
    assert "<textarea" not in page
    assert send(marketer, "save", changes={"parts-1-value": "Boris"}).status_code == 303
    assert drafted(ruled)[2] == RULES[2]
    foreign = {"parts-7-raw": '{"==": [1, 1]}'}
    assert send(marketer, "save", changes=foreign).status_code == 403
    assert send(marketer, "write-0").status_code == 403
    assert send(grace, "save", changes=foreign).status_code == 303
    assert drafted(ruled)[2] == {"hold": {"==": [1, 1]}}


def test_a_viewer_reads_and_changes_nothing(sign_in: SignIn, ruled: Instance) -> None:
    viewer = sign_in("viewer")
    page = viewer.get(LOGIC).text
    assert "Active if first_name equals" in page.replace("&#34;", '"')
    assert page.count('class="btn') == 1  # to try another submission
    assert 'method="post"' not in page.partition('id="main"')[2].partition("<footer")[0]
    assert "<fieldset disabled" in page
    assert viewer.post(LOGIC).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"parts-1-operator": "explode"},
        {"parts-1-kind": "page"},
        {"parts-0-verb": "delete"},
        {"parts-1-depth": "99"},
        {"parts-0-match": "some"},
    ],
)
def test_what_no_page_of_ours_sends_is_refused(
    grace: FlaskClient, ruled: Instance, changes: dict[str, str]
) -> None:
    assert send(grace, "save", changes=changes).status_code == 400


def test_a_form_without_submissions_has_no_truth_marks(
    grace: FlaskClient, instance: Instance, module: object
) -> None:
    live(instance, RULES)
    page = grace.get(LOGIC).text
    assert "Once the form has a submission" in page
    assert not any(marks(page))


def test_another_submission_gives_other_marks(grace: FlaskClient, ruled: Instance) -> None:
    with ruled.database.write() as session:
        sent = session.query(Submission).filter_by(number=3).one()
        sent.answers = {"field": {"first_name": "Grace", "budget": "5"}}
        public_id = sent.public_id
    page = grace.get(f"{LOGIC}?submission={public_id}").text
    assert marks(page)[:3] == ["false", "false saw Grace", "false"]
    assert re.search(r"skipped by logic: no activate rule is true", page)


def test_a_draft_that_is_no_module_any_more_is_mended_as_text(
    grace: FlaskClient, ruled: Instance
) -> None:
    send(grace, "save", changes={"parts-1-value": "Boris"})
    with ruled.database.write() as session:
        module = module_by_key(session, "callback", "sales")
        assert module
        assert module.draft
        module.draft.document = module.draft.document | {"active": {"rules": [{"sometimes": 1}]}}
    answer = grace.get(LOGIC)
    assert (answer.status_code, answer.location) == (303, SALES)
    assert "cannot be shown in rows: /active/rules/0" in grace.get(SALES).text


def test_a_script_in_a_value_stays_a_value(grace: FlaskClient, full: Instance) -> None:
    live(full, [{"hold": {"==": [NAME, '"><script>alert(1)</script>']}}])
    assert "<script>alert" not in grace.get(LOGIC).text
