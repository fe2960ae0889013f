"""Tasks and notes."""

from __future__ import annotations

import pytest

from tests.connectors.kommo.simulator.api import ANNA, GRACE, note, task


def test_a_task_is_created_with_what_is_usual(family, clock):
    [row] = family.post("/tasks", [task(request_id="t")])["_embedded"]["tasks"]
    assert (row["id"], row["request_id"]) == (301, "t")
    shown = family.get("/tasks/301")
    assert shown["result"] == []
    assert (shown["task_type_id"], shown["is_completed"]) == (1, False)
    assert shown["responsible_user_id"] == GRACE
    assert family.get("/leads/5001")["closest_task_at"] == 1_800_003_600


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"complete_till": 1}, "FieldMissing", "text"),
        ({"text": "Call"}, "FieldMissing", "complete_till"),
        (task(task_type_id=9), "NotSupportedChoice", "task_type_id"),
        (task(entity_id=1), "NotSupportedChoice", "entity_id"),
        (task(entity_type="users"), "NotSupportedChoice", "entity_type"),
        (task(complete_till="soon"), "InvalidType", "complete_till"),
    ],
)
def test_a_mistaken_task_is_named(family, body, code, path):
    assert family.errors("POST", "/tasks", [body]) == [("0", code, path)]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ("", [301, 302, 303]),
        ("filter[entity_type]=leads&filter[entity_id]=5001", [301, 302]),
        ("filter[entity_type]=contacts&filter[entity_id][]=901", [303]),
        ("filter[is_completed]=1", [302]),
        ("filter[is_completed]=0", [301, 303]),
        ("filter[task_type]=2001", [303]),
        (f"filter[responsible_user_id]={ANNA}", [301]),
        ("filter[id][]=303", [303]),
        ("order[complete_till]=desc", [303, 302, 301]),
    ],
)
def test_tasks_are_listed_by(family, params, found):
    family.post(
        "/tasks",
        [
            task(responsible_user_id=ANNA),
            task(is_completed=True, complete_till=1_800_003_601),
            task(
                entity_type="contacts",
                entity_id=901,
                task_type_id=2001,
                complete_till=1_800_003_602,
            ),
        ],
    )
    assert family.ids(f"/tasks?{params}") == found


def test_a_task_is_completed_with_a_result(family):
    family.post("/tasks", [task(), task()])
    family.patch("/tasks/301", {"is_completed": True, "result": {"text": "Reached"}})
    assert family.get("/tasks/301")["result"] == {"text": "Reached"}
    family.patch("/tasks", [{"id": 302, "text": "Write"}])
    assert family.get("/tasks/302")["text"] == "Write"
    assert family.errors("PATCH", "/tasks", [{"id": 9}, {}]) == [
        ("0", "NotSupportedChoice", "id"),
        ("1", "FieldMissing", "id"),
    ]


def test_a_task_can_move_to_another_record(family):
    family.post("/tasks", [task()])
    family.patch("/tasks/301", {"entity_type": "contacts", "entity_id": 901})
    assert family.get("/leads/5001")["closest_task_at"] is None
    assert family.get("/contacts/901")["closest_task_at"] == 1_800_003_600


def test_notes_are_created_for_many_parents_or_one(family):
    rows = family.post(
        "/contacts/notes", [note(entity_id=901, request_id="n"), note(entity_id=902)]
    )
    [first, second] = rows["_embedded"]["notes"]
    assert (first["id"], first["entity_id"], first["request_id"]) == (601, 901, "n")
    assert second["request_id"] == "1"
    family.post("/leads/5001/notes", [note()])
    assert family.ids("/contacts/notes") == [601, 602]
    assert family.ids("/contacts/notes?filter[entity_id][]=902") == [602]
    assert family.ids("/contacts/901/notes") == [601]
    assert family.get("/leads/5001/notes/603")["params"] == {"text": "Asked on the site"}
    assert family.get("/contacts/notes/603") is None


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (note(), "FieldMissing", "entity_id"),
        (note(entity_id=1), "NotSupportedChoice", "entity_id"),
        (note(entity_id=5001, note_type="poem"), "NotSupportedChoice", "note_type"),
        (note(entity_id=5001, params={}), "FieldMissing", "params.text"),
    ],
)
def test_a_mistaken_note_is_named(family, body, code, path):
    assert family.errors("POST", "/leads/notes", [body]) == [("0", code, path)]
