"""Tasks, tags, notes and responsible people are set by a form."""

from __future__ import annotations

from engine.instance import Instance
from tests.web.studio.conftest import SignIn
from tests.web.studio.editor.conftest import SALES, Tab
from tests.web.studio.editor.test_extra_values import CONTACT
from tests.web.studio.editor.test_tabs import Document, OpenTab, drafted


def test_saving_an_untouched_tab_changes_nothing(
    full: Instance, tab: OpenTab, document: Document
) -> None:
    before = drafted(full, contact=CONTACT, responsible="Boris", deal={"note": "x"})
    extras = tab("tasks")
    extras.press("try")
    assert "not saved yet" in extras.html
    assert extras.press().status_code == 303
    assert document() == before


def test_a_task_and_a_tag_are_added_and_shown_with_their_texts(
    full: Instance, tab: OpenTab, document: Document
) -> None:
    extras = tab("tasks")
    typed = {"contact-tasks-0-text": "Call {{ field.first_name }}", "contact-tasks-0-amount": "2"}
    extras.press("try", **typed, **{"contact-tasks-0-unit": "hours", "contact-tags-0-tag": "vip"})
    assert extras.text("#contact-tasks-0-text-becomes") == "ready Call Ada"
    assert extras.sent["contact-tasks-1-text"] == ""
    extras.press(**{"responsible-way": "in_turn", "responsible-in_turn": "Boris\r\nNobody"})
    saved = document()
    assert saved is not None
    assert saved["contact"]["tasks"] == [
        {"text": "Call {{ field.first_name }}", "due": {"hours": 2}}
    ]
    assert saved["contact"]["tags"] == ["vip"]
    assert saved["responsible"] == {"in_turn": ["Boris", "Nobody"]}
    assert "There is no user Nobody in the CRM." in tab("tasks").html


def test_a_mistake_is_told_and_nothing_typed_is_lost(
    full: Instance, tab: OpenTab, document: Document
) -> None:
    extras = tab("tasks")
    typed = {"contact-note": "{{ fild.a }}", "contact-tasks-0-text": "x"}
    typed["contact-tasks-0-amount"] = "soon"
    assert extras.press(**typed).status_code == 422
    assert "/contact/tasks/0/due/days" in extras.html
    assert {name: extras.sent[name] for name in typed} == typed
    assert document() is None


def test_nobody_overwrites_what_another_saved_meanwhile(
    full: Instance, tab: OpenTab, document: Document
) -> None:
    extras = tab("tasks")
    before = drafted(full, name="Theirs")
    assert extras.press(**{"contact-note": "Mine"}).status_code == 409
    assert document() == before
    assert extras.sent["contact-note"] == "Mine"
    extras.press()
    saved = document()
    assert saved is not None
    assert (saved["name"], saved["contact"]["note"]) == ("Theirs", "Mine")


TOPIC = {"==": [{"var": "field.first_name"}, "Ada"]}
EARLY = {"<": [{"var": "time.time"}, "12:00"]}


def rules_of(document: Document) -> list[tuple[object, str]]:
    saved = document()
    assert saved is not None
    return [(one["when"], one["user"]) for one in saved["responsible"]["rules"]]


def test_rules_choose_who_becomes_responsible(
    full: Instance, tab: OpenTab, document: Document
) -> None:
    extras = tab("tasks")
    extras.press("add-activate", **{"responsible-way": "rules"})
    assert "not saved yet" in extras.html
    row = {"parts-1-operand": "field.first_name", "parts-1-value": "Ada"}
    extras.press("add-activate", **{"parts-0-user": "Boris"}, **row)
    assert extras.text(".chosen-person") == "Submission #21 goes to Boris, by rule 1"
    row = {"parts-3-operand": "time.time", "parts-3-operator": "less", "parts-3-value": "12:00"}
    rest = {"responsible-otherwise": "Grace"}
    extras.press("look", **{"parts-2-user": "Nobody"}, **row, **rest)
    assert extras.text("#said") == (
        'Boris if first_name equals "Ada"; else Nobody if the time is less than 12:00; otherwise Grace.'
    )
    assert extras.text("#part-2 .advice") == "There is no user Nobody in the CRM."
    assert extras.press("up-2").status_code == 200
    assert extras.press().status_code == 303
    assert rules_of(document) == [(EARLY, "Nobody"), (TOPIC, "Boris")]
    extras = tab("tasks")
    extras.press("remove-0")
    extras.press()
    assert rules_of(document) == [(TOPIC, "Boris")]


def test_what_a_rule_lacks_is_told_beside_it(
    full: Instance, tab: OpenTab, document: Document
) -> None:
    extras = tab("tasks")
    assert extras.press(**{"responsible-way": "rules"}).status_code == 422
    assert "Add a rule, or let people be chosen in another way." in extras.text("#mistakes")
    extras.press("add-activate")
    assert "choose who becomes responsible" not in extras.html
    assert extras.press().status_code == 422
    assert "Rule 1: choose who becomes responsible" in extras.text("#mistakes")
    assert extras.text("#error-0-1") == "choose who becomes responsible"
    assert extras.text("#error-1-1") == "choose what is looked at"
    assert document() is None
    answer = extras.press(**{"responsible-way": "user", "responsible-user": "Grace"})
    assert answer.status_code == 303
    saved = document()
    assert saved is not None
    assert saved["responsible"] == "Grace"


def test_only_administrators_choose_people_by_json_logic(
    full: Instance, sign_in: SignIn, document: Document
) -> None:
    by_hand = {"===": [{"var": "field.first_name"}, "Ada"]}
    drafted(full, responsible={"rules": [{"when": by_hand, "user": "Boris"}]})
    client, address = sign_in("marketer"), f"{SALES}/tasks"
    marketer = Tab(client, address)
    assert marketer.press(**{"responsible-otherwise": "Grace"}).status_code == 303
    assert rules_of(document) == [(by_hand, "Boris")]
    marketer.sent["parts-0-raw"] = "true"
    assert client.post(address, data=marketer.sent).status_code == 403
