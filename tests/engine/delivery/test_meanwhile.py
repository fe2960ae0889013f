"""A run that goes on late, and what others have done in the CRM since it was planned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import Kind
from connectors.memory import MEMORY, Accident
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.models import RunState
from engine.storage.runs import connections_with_work
from tests.engine.delivery.world import World, make_world

GRACE = {"email": "grace@example.org", "phone": "", "first_name": "Grace"}


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(wiped_instance, monkeypatch, replace(MEMORY, bundle_bulk=0))


def test_a_firm_that_another_run_created_meanwhile_is_not_created_again(world: World) -> None:
    world.crm.befall("create", Accident.NOT_APPLIED)
    world.post()
    world.drain()
    assert world.run().state == RunState.WAITING
    world.post(**GRACE)
    world.drain()
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert (world.counts()["company"], world.counts()["contact"]) == (1, 2)
    (firm,) = world.records(Kind.COMPANY)
    assert all(firm.ref in deal.links for deal in world.records(Kind.DEAL))


def test_a_failed_run_that_is_tried_again_creates_nobody_twice(world: World) -> None:
    for _ in range(2):
        world.crm.befall("create", Accident.REFUSE)
    world.post()
    world.drain()
    assert world.run().state == RunState.FAILED
    world.crm.calm()
    world.post(topic="looms")
    world.drain()
    world.retry()
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts() == {"contact": 1, "company": 1, "deal": 2, "task": 2, "note": 2}


def test_somebody_known_who_is_gone_is_created(world: World) -> None:
    for _ in range(2):
        world.crm.befall("create", Accident.REFUSE)
    world.post()
    world.drain()
    world.crm.calm()
    world.post(topic="looms")
    world.drain()
    (ada,) = world.records(Kind.CONTACT)
    world.crm.delete(ada.ref)
    world.retry()
    world.drain_all()
    (again,) = world.records(Kind.CONTACT)
    assert again.id != ada.id


def test_nobody_creates_before_it_is_known_whether_there_is_somebody(world: World) -> None:
    for _ in range(2):
        world.crm.befall("create", Accident.NOT_APPLIED)
    world.post()
    world.drain()
    world.crm.calm()
    world.post(**GRACE)
    world.drain()
    before = world.counts()
    world.crm.befall("find", Accident.NOT_APPLIED)
    world.make_due()
    world.drain()
    assert world.counts() == before
    world.drain_all()
    assert world.counts()["company"] == 1


def test_a_lost_creation_is_found_though_another_run_has_changed_the_record(world: World) -> None:
    world.save(company__fields={"name": "{{ field.company }}", "Web": "{{ field.web }}"})
    world.crm.befall("create", Accident.LOSE_REPLY)
    world.crm.befall("find_created", Accident.NOT_APPLIED)
    world.post(web="")
    world.drain()
    assert world.run().state == RunState.WAITING
    world.post(**GRACE, web="https://analytical.test")
    world.drain()
    assert world.runs()[1].state == RunState.DELIVERED
    world.drain_all()
    assert world.counts()["company"] == 1


def test_nobody_is_woken_for_a_run_that_waits_for_an_earlier_one(world: World) -> None:
    world.crm.befall("find", Accident.NOT_APPLIED)
    world.post()
    world.drain()
    world.post(topic="looms")
    assert not world.drain(), "what is due waits for the same person's earlier run"
    with world.instance.database.read() as session:
        assert connections_with_work(session, now()) == []
    assert [run.state for run in world.runs()] == [RunState.WAITING, RunState.QUEUED]


def test_nobody_creates_a_firm_that_another_run_may_have_created(world: World) -> None:
    world.crm.search_lag_s = 60
    world.crm.befall("create", Accident.LOSE_REPLY)
    world.crm.befall("find_created", Accident.NOT_APPLIED)
    world.post()
    world.drain()
    assert world.run().state == RunState.WAITING
    world.post(**GRACE)
    world.drain()
    waiting = world.runs()[1]
    assert (waiting.state, waiting.wait) == (RunState.WAITING, "reconcile")
    assert "created the company" in waiting.reason
    world.crm.search_lag_s = 0
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert (world.counts()["company"], world.counts()["contact"]) == (1, 2)
