"""What a simulated CRM keeps, and the truth about it."""

from __future__ import annotations

import json

import pytest

from tests.connectors.simulation.toys import add, client_of


@pytest.mark.parametrize(
    ("part", "found"),
    [("bear", True), ("EA", True), ("b", True), ("", True), ("bears", False), ("xy", False)],
)
def test_search_finds_parts_without_regard_to_case(simulator, part, found):
    assert bool(simulator.store.search("toys", part)) == found


def test_search_forgets_what_a_record_said_before(simulator):
    simulator.store.replace("toys", {"id": 1, "name": "Doll"})
    assert simulator.store.search("toys", "bear") == []
    assert [toy["id"] for toy in simulator.store.search("toys", "doll")] == [1]


def test_ids_are_never_used_twice(simulator):
    first = simulator.store.add("toys", {"name": "Car"})
    simulator.store.delete("toys", first["id"])
    assert simulator.store.add("toys", {"name": "Car"})["id"] == first["id"] + 1


def test_a_deleted_record_leaves_no_links(simulator):
    simulator.store.link(("toys", 1), ("boxes", 2), main=True)
    assert simulator.store.links(("boxes", 2), "toys") == {1: {"main": True}}
    simulator.store.delete("toys", 1)
    assert simulator.store.links(("boxes", 2), "toys") == {}


def test_the_truth_knows_who_did_what(simulator, clock):
    web = client_of(simulator)
    web.headers.update({"User-Agent": "Formwire", "X-Request-Id": "r1"})
    add(web)
    [event] = simulator.store.truth
    assert event.to_json() == {
        "sequence": 1,
        "at": clock.now(),
        "method": "POST",
        "path": "/api/toys",
        "client": {"address": "127.0.0.1", "user_agent": "Formwire", "request_id": "r1"},
        "action": "create",
        "entity": "toys",
        "id": 10,
        "body": {"id": 10, "name": "Car"},
    }


def test_a_restarted_simulator_keeps_everything(build, tmp_path):
    path = tmp_path / "toys.jsonl"
    store = build(path).store
    store.add("toys", {"name": "Car"})
    store.replace("toys", {"id": 10, "name": "Ä truck"})
    store.add("toys", {"name": "Doll"})
    store.delete("toys", 1)
    store.link(("toys", 10), ("toys", 11))
    store.unlink(("toys", 10), ("toys", 11))
    store.link(("toys", 11), ("toys", 10), main=True)

    again = build(path).store
    assert again.all("toys") == [{"id": 10, "name": "Ä truck"}, {"id": 11, "name": "Doll"}]
    assert again.links(("toys", 10), "toys") == {11: {"main": True}}
    assert [event.action for event in again.truth] == [event.action for event in store.truth]
    assert again.add("toys", {"name": "Ball"})["id"] == 12


@pytest.mark.parametrize("torn", ['{"sequence": 2, "at"', "{"])
def test_a_line_cut_short_by_a_crash_never_happened(build, tmp_path, torn):
    path = tmp_path / "toys.jsonl"
    build(path).store.add("toys", {"name": "Car"})
    whole = path.read_text()
    path.write_text(whole + torn)

    store = build(path).store
    assert store.count("toys") == 2
    store.add("toys", {"name": "Doll"})
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == [10, 11]
