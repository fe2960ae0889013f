"""What modules say, as it comes out in the CRM."""

from __future__ import annotations

import pytest

from connectors.base import Kind
from connectors.memory import MEMORY, Accident
from engine.delivery.levers import Verb, decide
from engine.instance import Instance
from engine.storage.models import RunState
from tests.engine.delivery.world import GRACE, World, make_world

ONE_OF_EACH = {kind.value: 1 for kind in Kind}


def test_turns_are_fair_over_waves_and_restarts(world: World) -> None:
    world.save(responsible={"in_turn": ["anna", "grace"]})
    for number in range(7):
        world.post(email=f"p{number}@example.org", phone="", company=f"Firm {number}")
        if number % 3 == 2:
            world.drain()
    world.drain()
    users = [deal.fields["responsible"] for deal in world.records(Kind.DEAL)]
    assert sorted(users) == ["anna"] * 4 + ["grace"] * 3


def test_runs_put_off_for_a_later_wave_take_no_turn(world: World) -> None:
    world.save(responsible={"in_turn": ["anna", "grace"]})
    for number in range(4):  # one company, so each but the first is put off once
        world.post(email=f"p{number}@example.org", phone="")
    world.drain()
    users = [deal.fields["responsible"] for deal in world.records(Kind.DEAL)]
    assert sorted(users) == ["anna", "anna", "grace", "grace"]


def test_what_a_person_changed_is_left_alone(world: World) -> None:
    row = {"value": "{{ field.topic }}", "write": "untouched"}
    world.save(
        deal__fields={"Topic": row}, deal__duplicates={"control": "formwire", "found": "update"}
    )
    topics = []
    for topic in ("engines", "looms", "punch cards"):
        world.post(topic=topic)
        world.drain()
        (deal,) = world.records(Kind.DEAL)
        topics.append(deal.fields["topic"])
        if topic == "looms":
            world.crm.change(deal.ref, {"topic": "what Grace wrote"})
    assert topics == ["engines", "looms", "what Grace wrote"]


def test_all_found_contacts_are_brought_up_to_date(world: World) -> None:
    for _ in range(3):
        world.crm.add(Kind.CONTACT, {"email": ["ada@example.org"]})
    world.save(contact__several="all")
    world.post()
    world.drain()
    assert world.run().state == RunState.DELIVERED
    assert [one.fields["name"] for one in world.records(Kind.CONTACT)] == ["Ada Lovelace"] * 3


HOLD = {"hold": {"==": [{"var": "field.topic"}, "engines"]}}


def test_a_hold_rule_waits_for_approval_and_then_the_plan_is_carried_out(world: World) -> None:
    world.save(active={"rules": [HOLD]})
    world.post()
    world.drain()
    run = world.run()
    assert run.state == RunState.HELD
    assert "hold rule 1" in run.reason
    assert sum(world.counts().values()) == 0
    with world.instance.database.write() as session:
        decide(session, Verb.APPROVE, run.id, GRACE)
    world.drain()
    assert world.run().state == RunState.DELIVERED
    assert world.counts() == ONE_OF_EACH


def test_a_discarded_run_is_never_carried_out(world: World) -> None:
    world.save(active={"rules": [HOLD]})
    world.post()
    world.drain()
    with world.instance.database.write() as session:
        decide(session, Verb.DISCARD, world.run().id, GRACE)
    world.drain()
    assert world.run().state == RunState.DISCARDED
    assert sum(world.counts().values()) == 0


def test_after_a_choice_in_the_crm_a_held_run_is_decided_anew(world: World) -> None:
    double = [world.crm.add(Kind.CONTACT, {"email": ["ada@example.org"]}) for _ in range(2)]
    world.save(contact__several="hold")
    world.post()
    world.drain()
    world.crm.delete(double[0].ref)
    world.retry()
    world.drain()
    assert world.run().state == RunState.DELIVERED
    assert [one.id for one in world.records(Kind.CONTACT)] == [double[1].id]


def test_a_rule_may_ask_what_became_of_another_module(world: World) -> None:
    asks = {"==": [{"var": "modules.sales.state"}, "delivered"]}
    world.save(module="after", active={"rules": [{"activate": asks}]}, company=None, deal=None)
    world.post(email="", phone="")  # nobody to wait for but the module
    world.drain()
    assert [run.state for run in world.runs()] == [RunState.DELIVERED, RunState.WAITING]
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}


def test_ids_and_addresses_of_written_records_stand_in_later_texts(world: World) -> None:
    world.save(
        contact__note="Deal {{ deal.id }} at {{ deal.url }}, not {{ field.topic }}",
        deal__fields={"Topic": "of contact {{ contact.id }}"},
        deal__note=None,
    )
    world.post(topic="{{ deal.id }}")
    world.drain()
    (deal,), (contact,) = world.records(Kind.DEAL), world.records(Kind.CONTACT)
    assert deal.fields["topic"] == f"of contact {contact.id}"
    texts = [note.fields["text"] for note in world.records(Kind.NOTE)]
    address = f"https://memory.test/deal/{deal.id}"
    assert texts == [f"Deal {deal.id} at {address}, not {{{{ deal.id }}}}"]


@pytest.fixture
def merging(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    """A CRM that merges takes bundles."""
    return make_world(wiped_instance, monkeypatch, MEMORY)


def test_the_crms_own_control_merges_what_comes_again(merging: World) -> None:
    merging.save(deal__duplicates={"control": "crm"})
    for topic in ("engines", "looms"):
        merging.post(topic=topic)
        merging.drain()
    assert merging.states() == {RunState.DELIVERED}
    assert merging.counts() == {**ONE_OF_EACH, "note": 2, "task": 2}


@pytest.mark.parametrize("accident", [Accident.LOSE_REPLY, Accident.NEVER_ARRIVES])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_lost_enquiry_doubles_nobody(merging: World, accident: Accident, skip: int) -> None:
    merging.save(deal__duplicates={"control": "crm"})
    merging.crm.befall("create_bundles", accident, skip=skip)
    for topic in ("engines", "looms"):
        merging.post(topic=topic)
        merging.drain_all()
    assert merging.counts() == {**ONE_OF_EACH, "note": 2, "task": 2}


def test_several_notes_of_one_run_share_a_call(world: World) -> None:
    world.save(contact__note="One", deal__note="Two", deal__rest="note")
    world.post(floor="third")
    world.drain()
    assert world.run().state == RunState.DELIVERED
    assert world.counts()["note"] == 3
