"""Tasks, tags, notes and responsible people are set by a form."""

from __future__ import annotations

from engine.instance import Instance
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
