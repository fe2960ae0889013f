"""From accepted submissions to records in a CRM, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.base import Kind
from connectors.memory import Accident
from engine.instance import Instance
from engine.storage import runs
from engine.storage.base import now
from engine.storage.connections import spec_for
from engine.storage.leases import hold, take_lease
from engine.storage.model_memories import KnownRecord
from engine.storage.models import (
    Connection,
    ConnectionState,
    Run,
    RunState,
    StepState,
)
from engine.storage.runs import SUSPECTS
from tests.engine.delivery.world import World, make_world

ONE_OF_EACH = {kind.value: 1 for kind in Kind}


def test_a_submission_becomes_one_of_each_linked_with_one_another(world: World) -> None:
    world.post()
    world.drain()
    assert world.run().state == RunState.DELIVERED, world.run().reason
    assert world.counts() == ONE_OF_EACH
    (deal,), (contact,) = world.records(Kind.DEAL), world.records(Kind.CONTACT)
    assert {ref.kind for ref in deal.links} == {Kind.CONTACT, Kind.COMPANY}
    assert {ref.kind for ref in contact.links} == {Kind.DEAL, Kind.COMPANY}
    assert deal.fields["stage"] == "new"
    assert deal.fields["budget"] == "1500.5"
    assert contact.tags == ("website",)
    assert {step.state for step in world.steps()} == {StepState.DONE}


def test_a_second_submission_finds_the_first_ones_people(world: World) -> None:
    world.save(deal__duplicates={"control": "formwire", "found": "update"})
    world.post()
    world.drain()
    world.post(topic="looms")
    world.drain()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts() == {**ONE_OF_EACH, "note": 2}


def test_a_wave_needs_few_calls(world: World) -> None:
    for number in range(40):
        world.post(email=f"p{number}@example.org", phone="", company=f"Firm {number}")
    world.drain()
    assert world.counts() == dict.fromkeys(ONE_OF_EACH, 40)
    assert len(world.crm.calls) < 20


def test_known_people_are_read_by_id_and_a_deleted_one_is_made_again(world: World) -> None:
    world.post()
    world.drain()
    (contact,) = world.records(Kind.CONTACT)
    world.crm.delete(contact.ref)
    world.post(topic="looms")
    world.drain_all()
    (again,) = world.records(Kind.CONTACT)
    assert again.id != contact.id


def test_somebody_known_by_last_digits_is_found_again_by_id(world: World) -> None:
    world.save(contact__phones="last_digits", contact__on_match="leave", contact__match=["phone"])
    ref = world.crm.add(Kind.CONTACT, {"name": "Ada", "phone": ["8 (067) 123 45 67"]}).ref
    for topic in ("engines", "looms"):
        world.post(topic=topic)
        world.drain()
    assert world.states() == {RunState.DELIVERED}
    assert [contact.id for contact in world.records(Kind.CONTACT)] == [ref.id]
    with world.instance.database.read() as session:
        known = {row.key: row.record_id for row in session.scalars(select(KnownRecord))}
    assert known["contact:phone=+380671234567"] == ref.id


def test_lagging_search_doubles_nobody(
    wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(wiped_instance, monkeypatch, search_lag_s=3600)
    for topic in ("engines", "looms", "punch cards"):
        world.post(topic=topic)
        world.drain()
    assert world.counts()["contact"] == 1
    assert world.counts()["company"] == 1


def test_two_submissions_of_one_person_at_once_make_one_contact(world: World) -> None:
    for number in range(10):
        for topic in ("engines", "looms"):
            world.post(email=f"p{number}@example.org", phone="", topic=topic)
    world.drain()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts()["contact"] == 10
    assert world.counts()["company"] == 1, "they all work for Analytical"


def test_one_person_written_in_different_ways_is_one_contact(world: World) -> None:
    world.post(email="", phone="067 123 45 67")
    world.post(email="ADA@example.org", phone="+380671234567")
    world.post(email="ada@example.org", phone="(067) 123-45-67", topic="looms")
    world.drain()
    assert world.counts()["contact"] == 1


def test_a_skipped_run_calls_nobody_and_says_why(world: World) -> None:
    rule = {"deactivate": {"in": ["@example.org", {"var": "field.email"}]}}
    world.save(active={"rules": [rule]})
    world.post()
    world.drain()
    run = world.run()
    assert run.state == RunState.SKIPPED
    assert "deactivate rule 1" in run.reason
    assert run.trace
    assert sum(world.counts().values()) == 0


READS = [Accident.NOT_APPLIED, Accident.RATE_LIMIT]
WRITES = [*READS, Accident.LOSE_REPLY, Accident.NEVER_ARRIVES]
CALLS = {"find": (3, READS), "create": (4, WRITES), "create_bundles": (1, WRITES)} | {
    "update": (1, WRITES),
    "link": (1, WRITES),
}


@pytest.mark.parametrize(
    ("operation", "accident", "skip"),
    [
        (operation, accident, skip)
        for operation, (calls, accidents) in CALLS.items()
        for accident in accidents
        for skip in range(calls)
    ],
)
def test_whatever_befalls_a_call_there_is_one_of_each_in_the_end(
    world: World, operation: str, accident: Accident, skip: int
) -> None:
    world.crm.add(Kind.CONTACT, {"email": ["ada@example.org"]})
    world.crm.befall(operation, accident, skip=skip)
    world.post()
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts() == ONE_OF_EACH


def test_a_lost_look_after_a_lost_reply_repeats_nothing(world: World) -> None:
    for operation in ("create", "create_bundles"):
        world.crm.befall(operation, Accident.LOSE_REPLY)
    world.crm.befall("find_created", Accident.NOT_APPLIED)
    world.post()
    world.drain_all()
    assert world.counts() == ONE_OF_EACH
    assert any(step.adopted for step in world.steps())


def test_a_write_without_answer_is_sent_again_only_after_two_empty_looks(world: World) -> None:
    for operation in ("create", "create_bundles"):
        world.crm.befall(operation, Accident.NEVER_ARRIVES)
    world.post()
    world.drain()
    looks = [call for call in world.crm.calls if call.operation == "find_created"]
    assert len(looks) >= 2
    world.drain_all()
    assert world.counts() == ONE_OF_EACH


def test_settling_takes_its_time(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(wiped_instance, monkeypatch)
    world.instance = wiped_instance  # whose writes settle as long as the connector's spec says
    world.crm.befall("create_bundles", Accident.NEVER_ARRIVES)
    world.post()
    world.drain()
    run = world.run()
    assert run.state == RunState.WAITING
    assert timedelta(seconds=40) < run.due_at - now() <= timedelta(seconds=45)
    assert sum(world.counts().values()) == 0


def test_a_refused_field_fails_the_run_and_resuming_repeats_nothing(world: World) -> None:
    bundles = spec_for(world.connection()).bundle_bulk > 0
    world.crm.befall("create", Accident.REFUSE, skip=0 if bundles else 2)
    world.post()
    world.drain()
    run = world.run()
    assert run.state == RunState.FAILED
    assert "refused" in run.reason
    assert [notice.message for notice in world.notices()] == [run.reason]
    before = {**world.counts()}
    world.retry()
    world.drain_all()
    assert world.run().state == RunState.DELIVERED
    assert world.counts() == ONE_OF_EACH
    assert before["contact"] == 1


def test_one_bad_item_does_not_hinder_its_neighbours(world: World) -> None:
    bundles = spec_for(world.connection()).bundle_bulk > 0
    world.crm.befall("create_bundles" if bundles else "create", Accident.REFUSE, item=1)
    for number in range(3):
        world.post(email=f"p{number}@example.org", phone="", company=f"Firm {number}")
    world.drain()
    assert sorted(run.state for run in world.runs()) == ["delivered", "delivered", "failed"]


def test_refused_credentials_block_the_connection_and_burn_nothing(world: World) -> None:
    world.crm.befall("find", Accident.UNAUTHORISED)
    world.post()
    world.post(email="grace@example.org", phone="")
    world.drain()
    assert world.connection().state == ConnectionState.BLOCKED
    assert [(run.state, run.attempt) for run in world.runs()] == [(RunState.WAITING, 0)] * 2
    assert len(world.notices()) == 1
    assert not world.drain(), "a blocked connection is left alone"


def test_a_rate_limit_makes_the_whole_connection_wait(world: World) -> None:
    world.crm.befall("find", Accident.RATE_LIMIT)
    world.post()
    world.drain()
    not_before = world.connection().not_before
    assert not_before is not None
    assert timedelta(seconds=25) < not_before - now() < timedelta(seconds=40)
    calls = len(world.crm.calls)
    world.drain()
    assert len(world.crm.calls) == calls
    assert world.run().attempt == 0


def test_what_the_account_lacks_fails_the_run_after_the_catalog_was_read_anew(world: World) -> None:
    world.save(deal__stage="Brand new")
    world.post()
    world.drain()
    assert world.run().state == RunState.FAILED
    assert "no stage 'Brand new'" in world.run().reason
    assert [call.operation for call in world.crm.calls].count("catalog") == 1


def test_a_held_plan_sends_nothing(world: World) -> None:
    for _ in range(2):
        world.crm.add(Kind.CONTACT, {"email": ["ada@example.org"]})
    world.save(contact__several="hold")
    world.post()
    world.drain()
    assert world.run().state == RunState.HELD
    assert world.counts()["deal"] == 0
    (notice,) = world.notices()
    assert "ada" not in f"{notice.cause} {notice.message}"


def test_a_drain_that_died_is_taken_over_and_nothing_is_doubled(world: World) -> None:
    class Killed(BaseException):
        pass

    original = world.crm.begin
    world.post()

    def die(operation: str, kind: Kind | None, size: int) -> Any:
        result = original(operation, kind, size)
        if operation in ("create", "create_bundles"):
            world.crm.add(Kind.CONTACT, {"email": ["ada@example.org"]})  # applied, then killed
            raise Killed
        return result

    world.crm.begin = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        world.drain()
    world.crm.begin = original  # type: ignore[method-assign]
    assert world.run().state == RunState.RUNNING
    world.drain_all()
    assert world.run().state == RunState.DELIVERED
    assert world.counts()["deal"] == 1


def test_a_run_whose_drains_keep_dying_is_given_up(world: World) -> None:
    world.post()
    rests = []
    for _ in range(6):
        with world.instance.database.write() as session:
            run = session.scalars(select(Run)).one()
            run.state = RunState.RUNNING
        world.drain(lambda: True)
        rests.append((world.run().due_at - now()).total_seconds())
    assert rests[:5] == pytest.approx([0, 0, 60, 300, 900], abs=30)
    assert world.run().state == RunState.FAILED
    assert "stopped 6 times" in world.run().reason


@pytest.mark.parametrize(
    ("deaths", "waves"), [(0, [12]), (1, [SUSPECTS, 12 - SUSPECTS]), (2, [1] * 12)]
)
def test_the_oftener_a_drain_died_with_runs_the_fewer_go_together(
    world: World, deaths: int, waves: list[int]
) -> None:
    for number in range(12):
        world.post(email=f"ada{number}@example.org", phone="", company="")
    with world.instance.database.write() as session:
        session.execute(update(Run).values(deaths=deaths))
    claimed = []
    original = runs.claim_wave

    def counted(*arguments: Any) -> list[Run]:
        wave = original(*arguments)
        claimed.append(len(wave))
        return wave

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.delivery.drain.claim_wave", counted)
        world.drain()
    assert claimed == [*waves, 0]
    assert world.states() == {RunState.DELIVERED}


def test_a_drain_that_lost_its_lease_writes_nothing_more(world: World) -> None:
    original = world.crm.begin

    def steal(operation: str, kind: Kind | None, size: int) -> Any:
        if operation in ("create", "create_bundles"):
            with world.instance.database.write() as session:
                session.get_one(Connection, world.connection_id).lease_until = None
                assert take_lease(session, world.connection_id, "another")
        return original(operation, kind, size)

    world.crm.begin = steal  # type: ignore[method-assign]
    world.post()
    world.drain()
    assert world.run().state == RunState.RUNNING, "the other drain decides what becomes of it"
    assert {step.state for step in world.steps()} & {StepState.SENDING}


def test_a_connection_is_drained_by_one_at_a_time(world: World) -> None:
    with world.instance.database.write() as session:
        lease = take_lease(session, world.connection_id, "somebody")
    assert lease is not None
    with world.instance.database.write() as session:
        hold(session, lease)
        assert take_lease(session, world.connection_id, "another") is None
    world.post()
    assert not world.drain()
    assert world.run().state == RunState.QUEUED


def test_a_stopping_worker_begins_no_wave(world: World) -> None:
    world.post()
    world.drain(lambda: True)
    assert world.run().state == RunState.QUEUED
    assert world.connection().lease_until is None


def test_who_is_who_is_remembered(world: World) -> None:
    world.post()
    world.drain()
    (contact,), (company,) = world.records(Kind.CONTACT), world.records(Kind.COMPANY)
    with world.instance.database.read() as session:
        known = {row.key: row.record_id for row in session.scalars(select(KnownRecord))}
    assert known == {
        "contact:phone=+380671234567": contact.id,
        "contact:email=ada@example.org": contact.id,
        "company:name=analytical": company.id,
    }
