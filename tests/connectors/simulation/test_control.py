"""The control API of a running simulator."""

from __future__ import annotations

import pytest

from connectors.simulation import Action
from tests.connectors.simulation.toys import add, client_of


def test_faults_can_be_set_from_outside(web):
    assert web.post("/_simulator/faults", json={"kind": "refuse", "times": 2}).status_code == 201
    assert web.get("/_simulator/faults").json()[0]["kind"] == "refuse"
    assert add(web).status_code == 400
    assert web.delete("/_simulator/faults").status_code == 204
    assert add(web).status_code == 200


def test_random_faults_can_be_set_from_outside(web):
    chance = {"seed": 1, "share": 1.0, "kinds": ["block"]}
    assert web.post("/_simulator/faults/random", json=chance).status_code == 204
    assert add(web).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_simulator/faults", {"kind": "sabotage"}),
        ("/_simulator/faults", {"kind": "slow", "second": 3}),
        ("/_simulator/faults", [1]),
        ("/_simulator/faults/random", {"seed": 1, "share": 2, "kinds": ["block"]}),
        ("/_simulator/faults/random", {"seed": 1, "share": 1, "kinds": []}),
    ],
)
def test_a_mistaken_fault_is_refused(web, path, body):
    assert web.post(path, json=body).status_code == 400


def test_the_truth_can_be_read_from_outside(web):
    add(web)
    add(web)
    assert [event["id"] for event in web.get("/_simulator/truth?after=1").json()] == [11]
    assert web.get("/_simulator/records/toys").json()[-1] == {"id": 11, "name": "Car"}


def test_a_person_can_delete_a_record(simulator, web):
    assert web.delete("/_simulator/records/toys/1").status_code == 204
    assert web.delete("/_simulator/records/toys/1").status_code == 404
    assert simulator.store.truth[-1].action is Action.DELETE


def test_calls_are_counted_by_method_and_path(web):
    add(web)
    add(web)
    web.get("/api/toys/10/parts/3")
    counts = {"POST /api/toys": 2, "GET /api/toys/{id}/parts/{id}": 1}
    assert web.get("/_simulator/calls").json() == counts


def test_a_reset_leaves_only_the_seed(build, tmp_path):
    path = tmp_path / "toys.jsonl"
    web = client_of(build(path))
    add(web)
    web.post("/_simulator/faults", json={"kind": "refuse"})
    assert web.post("/_simulator/reset").status_code == 204
    assert web.get("/_simulator/records/toys").json() == [{"id": 1, "name": "Bear"}]
    assert web.get("/_simulator/faults").json() == []
    assert web.get("/_simulator/truth").json() == []
    assert web.get("/_simulator/calls").json() == {}
    assert path.read_text() == ""
    assert add(web).json()["id"] == 10


def test_mallorys_page_cannot_reset_it(web):
    assert web.post("/_simulator/reset", headers={"Origin": "http://evil.test"}).status_code == 403
    assert web.post("/_simulator/reset", headers={"Origin": "http://toys.test"}).status_code == 204
