"""One filling-in that is posted several times: its later posts complete what the earlier ones began."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from connectors.base import Kind
from connectors.memory import MEMORY, Accident
from engine.deciding.form import FormConfig
from engine.delivery.completing import release_due
from engine.delivery.held import approve_submission, drop_submission
from engine.delivery.intake import NotStored, Posted, Receipt, accept
from engine.delivery.levers import NotNow, Verb, decide
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.forms import form_by_key, save_form
from engine.storage.models import Event, Run, RunState, Submission, SubmissionState
from engine.storage.submissions import Standing, Wanted, strip_of
from engine.storage.submissions_list import submissions_page
from tests.engine.deciding.test_planning import ANSWERS, FORM
from tests.engine.delivery.test_intake import LOCKED, no_commit
from tests.engine.delivery.world import GRACE, World, make_world

TOKEN = "r7k2m9p4x1c8v5b3n6"  # what only its sender knows
NUMBER = "1234567:89"
JOB = {"value": "{{ field.job }}", "write": "overwrite"}


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch, rings: list[int]) -> World:
    return make_world(wiped_instance, monkeypatch, replace(MEMORY, bundle_bulk=0))


def post(
    world: World, id: str = TOKEN, ip: str = "192.0.2.7", more: bool = False, **answers: Any
) -> Receipt:
    """A post with just these answers, as Formbricks sends it. ``more``: more will come."""
    event = "responseUpdated" if more else "responseFinished"
    document = {"webhookId": "w1", "event": event, "data": {"id": id, "data": answers}}
    with world.instance.database.read() as session:
        form = form_by_key(session, "demo")
    assert form is not None
    sent = Posted(json.dumps(document).encode(), "application/json", source_ip=ip)
    return accept(world.instance, form, sent)


def part(world: World, **answers: Any) -> Receipt:
    """A post after which its sender will send more."""
    return post(world, more=True, **answers)


def whole(world: World, **changes: Any) -> Receipt:
    """A post with all of Ada's answers."""
    return post(world, **{**ANSWERS, **changes})


def submissions(world: World) -> list[Submission]:
    with world.instance.database.read() as session:
        return list(session.scalars(select(Submission).order_by(Submission.id)))


def fields(world: World) -> list[dict[str, Any]]:
    return [one.answers["field"] for one in submissions(world)]


def told(world: World) -> list[str]:
    with world.instance.database.read() as session:
        return list(session.scalars(select(Event.message).order_by(Event.id)))


def events(world: World) -> list[str]:
    with world.instance.database.read() as session:
        return list(session.scalars(select(Event.type).order_by(Event.id)))


def drain(world: World) -> None:
    world.make_due()
    world.drain()


def wait_for_final(world: World, minutes: int) -> None:
    with world.instance.database.write() as session:
        save_form(
            session, FormConfig.model_validate({**FORM.model_dump(), "wait_for_final": minutes})
        )


# Before anything was sent -------------------------------------------------------------------------


def test_a_later_post_replaces_what_nobody_has_seen_yet(world: World) -> None:
    first = whole(world)
    second = whole(world, email="ada@new.example", budget="7", wish="soon")
    assert first.id == second.id
    (kept,) = submissions(world)
    assert kept.answers["field"] == {
        **ANSWERS,
        "email": "ada@new.example",
        "budget": "7",
        "wish": "soon",
    }
    assert (kept.hits, kept.number, len(world.runs())) == (2, 1, 1)
    assert b"ada@new.example" in raw_of(world)
    assert told(world)[1].endswith("New answers: wish. Changed answers: email, budget.")
    drain(world)
    (contact,) = world.records(Kind.CONTACT)
    assert contact.fields["email"] == ["ada@new.example"]


def raw_of(world: World) -> bytes:
    with world.instance.database.read() as session:
        return session.scalars(select(Submission.raw)).one()


def test_an_answer_taken_back_in_a_whole_post_goes(world: World) -> None:
    whole(world, wish="soon")
    whole(world)
    assert fields(world) == [ANSWERS]
    assert "Answers no longer given: wish." in told(world)[1]


@pytest.mark.parametrize("order", ["in order", "an old one again"])
def test_repeats_of_any_post_change_nothing(world: World, order: str) -> None:
    whole(world, email="ada@old.example")
    whole(world)
    receipt = whole(world) if order == "in order" else whole(world, email="ada@old.example")
    (kept,) = submissions(world)
    assert (receipt.id, kept.hits, kept.answers["field"]) == (kept.public_id, 3, ANSWERS)
    assert events(world).count("completed") == 2  # of the submission and of its run


STOPPED_CLEAN: dict[str, Callable[[World], object]] = {
    "skipped by logic": lambda world: world.save(
        active={"rules": [{"activate": {"==": [{"var": "field.topic"}, "looms"]}}]}
    ),
    "held for approval": lambda world: world.save(
        active={"rules": [{"hold": {"==": [{"var": "field.topic"}, "engines"]}}]}
    ),
    "refused by the CRM": lambda world: [  # the company, then the contact
        world.crm.befall("create", Accident.REFUSE) for _ in range(2)
    ],
}


@pytest.mark.parametrize("prepare", STOPPED_CLEAN.values(), ids=STOPPED_CLEAN)
def test_a_run_that_stopped_before_it_wrote_is_planned_anew(
    world: World, prepare: Callable[[World], object]
) -> None:
    prepare(world)
    whole(world)
    drain(world)
    assert world.run().state in (RunState.SKIPPED, RunState.HELD, RunState.FAILED)
    whole(world, topic="looms")
    drain(world)
    assert world.run().state == RunState.DELIVERED
    assert world.counts()["deal"] == 1


def test_what_a_person_gave_up_stays_given_up(world: World) -> None:
    whole(world)
    with world.instance.database.write() as session:
        decide(session, Verb.DISCARD, world.run().id, GRACE)
    whole(world, topic="looms")
    drain(world)
    assert world.run().state == RunState.DISCARDED
    assert fields(world)[0]["topic"] == "looms"


@pytest.mark.parametrize("decision", [approve_submission, drop_submission])
def test_a_held_submission_is_completed_and_goes_on_waiting_for_a_person(
    world: World, decision: Callable[..., None]
) -> None:
    whole(world, _gotcha="x")
    post(world, **{**ANSWERS, "topic": "looms"})
    (kept,) = submissions(world)
    assert (kept.state, kept.answers["field"]["topic"]) == (SubmissionState.HELD, "looms")
    decision(world.instance, kept.id, GRACE)
    assert len(world.runs()) == (decision is approve_submission)


def test_a_suspicious_post_completes_nothing_by_itself(world: World) -> None:
    whole(world)
    whole(world, topic="looms", _gotcha="x")
    good, doubtful = submissions(world)
    assert (good.answers["field"], good.hits) == (ANSWERS, 1)
    assert (doubtful.state, doubtful.answers["field"]["topic"]) == (SubmissionState.HELD, "looms")
    approve_submission(world.instance, doubtful.id, GRACE)
    world.drain_all()
    assert world.counts()["deal"] == 1


# After something was sent -------------------------------------------------------------------------


def test_after_delivery_the_records_are_updated_and_none_is_created_twice(world: World) -> None:
    whole(world)
    drain(world)
    whole(world, topic="looms", budget="7", last_name="King")
    drain(world)
    first, second = world.runs()
    assert (first.state, second.state) == (RunState.DELIVERED, RunState.DELIVERED)
    assert world.counts() == {"contact": 1, "company": 1, "deal": 1, "task": 1, "note": 2}
    (contact,), (deal,) = world.records(Kind.CONTACT), world.records(Kind.DEAL)
    assert contact.fields["name"] == "Ada King"
    assert deal.fields["budget"] == "7"
    assert [one.number for one in submissions(world)] == [1, 2]
    assert submissions(world)[1].reason == "Its sender sent more for submission #1."


@pytest.mark.parametrize("meanwhile", ["delivered", "queued"])
def test_what_completed_a_submission_is_newer_than_what_others_said_since_it_began(
    world: World, meanwhile: str
) -> None:
    world.save(contact={"fields": {"email": "{{ field.email }}", "Position": JOB}})
    part(world, email="ada@example.org", job="countess")
    post(world, id=f"{TOKEN}2", email="ada@example.org", job="analyst")
    if meanwhile == "delivered":
        world.drain_all()
    post(world, email="ada@example.org", job="programmer")
    world.drain_all()
    assert [run.state for run in world.runs()] == [RunState.DELIVERED] * 2
    assert world.records(Kind.CONTACT)[0].fields["position"] == "programmer"


def test_what_a_person_changed_in_the_crm_meanwhile_stays(world: World) -> None:
    whole(world)
    drain(world)
    (deal,) = world.records(Kind.DEAL)
    world.crm.change(deal.ref, {"budget": "99"})
    whole(world, budget="7")
    drain(world)
    assert world.records(Kind.DEAL)[0].fields["budget"] == "99"


def test_a_corrected_address_reaches_the_contact_that_was_made_with_the_wrong_one(
    world: World,
) -> None:
    post(world, first_name="Ada", email="ada@exmaple.org")
    drain(world)
    post(world, first_name="Ada", email="ada@example.org")
    drain(world)
    (contact,) = world.records(Kind.CONTACT)
    assert contact.fields["email"] == ["ada@exmaple.org", "ada@example.org"]
    assert world.counts()["deal"] == 1


def test_a_deal_that_was_deleted_meanwhile_is_made_anew(world: World) -> None:
    whole(world)
    drain(world)
    (deal,) = world.records(Kind.DEAL)
    world.crm.delete(deal.ref)
    whole(world, topic="looms")
    drain(world)
    assert world.counts()["deal"] == 1


def test_posts_of_one_filling_in_wait_for_one_another(world: World) -> None:
    """The second tells another person, so that only the id says that they belong together."""
    post(world, first_name="Ada", email="ada@example.org")
    with world.instance.database.write() as session:
        session.scalars(select(Run)).one().state = RunState.RUNNING
    post(world, first_name="Ada", phone="067 123 45 67")
    with world.instance.database.write() as session:
        session.get_one(Run, world.runs()[0].id).state = RunState.QUEUED
    world.drain_all()
    assert world.counts()["deal"] == world.counts()["contact"] == 1


def failed_midway(world: World) -> None:
    """The first post's contact is there, its deal was refused."""
    world.crm.befall("create", Accident.REFUSE, skip=2)
    whole(world)
    drain(world)
    assert world.run().state == RunState.FAILED
    assert world.counts()["contact"] == 1


def test_what_ended_midway_is_gone_on_with_by_the_later_run_alone(world: World) -> None:
    failed_midway(world)
    whole(world, topic="looms")
    first, second = world.runs()
    with pytest.raises(NotNow, match=f"with which run {second.public_id} goes on"):
        world_decide(world, Verb.RETRY, first)
    world.drain_all()
    assert world.runs()[1].state == RunState.DELIVERED
    assert world.counts()["contact"] == world.counts()["deal"] == 1
    world_decide(world, Verb.DISCARD, first)


def world_decide(world: World, verb: Verb, run: Run) -> None:
    with world.instance.database.write() as session:
        decide(session, verb, run.id, GRACE)


def test_nothing_goes_on_from_a_run_whose_writes_nobody_knows(world: World) -> None:
    whole(world)
    drain(world)
    with world.instance.database.write() as session:
        run = session.scalars(select(Run)).one()
        run.state = RunState.HELD
        run.steps[0].state = "unknown"
    whole(world, topic="looms")
    drain(world)
    first, second = world.runs()
    assert second.state == RunState.HELD
    assert first.public_id in second.reason
    world_decide(world, Verb.RETRY, first)  # the answer is for a person to give there
    world.drain_all(times=5)


# Parts --------------------------------------------------------------------------------------------


def test_a_part_waits_for_the_rest_and_the_last_post_lets_it_go(world: World) -> None:
    part(world, first_name="Ada")
    part(world, first_name="Ada", email="ada@example.org")
    (kept,) = submissions(world)
    assert kept.state == SubmissionState.PARTIAL
    assert kept.wait_until is not None
    assert kept.wait_until - now() > timedelta(minutes=29)
    assert world.runs() == []
    with world.instance.database.read() as session:
        assert strip_of(session, now() - timedelta(days=1)).count(Standing.WAITING) == 1
        assert submissions_page(session, Wanted(standing=Standing.WAITING)).total == 1
    whole(world)
    (kept,) = submissions(world)
    assert (kept.state, kept.wait_until) == (SubmissionState.ACCEPTED, None)
    assert (len(world.runs()), fields(world)) == (1, [ANSWERS])


def test_the_last_post_may_say_nothing_new(world: World) -> None:
    part(world, **ANSWERS)
    whole(world)
    assert [one.state for one in submissions(world)] == [SubmissionState.ACCEPTED]
    assert len(world.runs()) == 1


def test_what_a_part_does_not_speak_of_stays(world: World) -> None:
    part(world, first_name="Ada", email="ada@example.org")
    part(world, first_name="Ada", phone="067")
    assert fields(world) == [{"first_name": "Ada", "email": "ada@example.org", "phone": "067"}]


LATE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a smaller part after a larger": (
        {"first_name": "Ada", "email": "ada@example.org", "more": True},
        {"first_name": "Ad", "more": True},
    ),
    "a part after the last post": ({**ANSWERS}, {"first_name": "Ad", "wish": "?", "more": True}),
}


@pytest.mark.parametrize(("first", "late"), LATE.values(), ids=LATE)
def test_what_comes_out_of_order_takes_nothing_away(
    world: World, first: dict[str, Any], late: dict[str, Any]
) -> None:
    post(world, **first)
    post(world, **late)
    expected = {name: value for name, value in first.items() if name != "more"}
    assert fields(world) == [expected]
    assert (submissions(world)[0].hits, events(world)[-1]) == (2, "late")


def test_who_never_sends_the_rest_is_let_in_when_the_time_is_over(world: World) -> None:
    part(world, first_name="Ada", email="ada@example.org")
    assert release_due(world.instance) == 0
    with world.instance.database.write() as session:
        session.scalars(select(Submission)).one().wait_until = now()
    assert (release_due(world.instance), release_due(world.instance)) == (1, 0)
    drain(world)
    assert world.run().state == RunState.DELIVERED
    whole(world)
    drain(world)
    assert world.counts()["contact"] == world.counts()["deal"] == 1


def test_a_person_need_not_wait(world: World) -> None:
    part(world, first_name="Ada")
    approve_submission(world.instance, submissions(world)[0].id, GRACE)
    assert (submissions(world)[0].state, len(world.runs())) == (SubmissionState.ACCEPTED, 1)


def test_a_form_that_waits_for_nothing_takes_each_part_at_once(world: World) -> None:
    wait_for_final(world, 0)
    part(world, first_name="Ada", email="ada@example.org")
    drain(world)
    whole(world)
    drain(world)
    assert [run.state for run in world.runs()] == [RunState.DELIVERED] * 2
    assert world.counts()["contact"] == world.counts()["deal"] == 1


# Who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "ip", "together"),
    [
        (NUMBER, "192.0.2.200", True),
        (NUMBER, "198.51.100.1", False),
        (TOKEN, "198.51.100.1", True),
        ("12345678901234567890", "2001:db8::1", False),
    ],
)
def test_nobody_changes_answers_by_guessing_an_id(
    world: World, id: str, ip: str, together: bool
) -> None:
    post(world, id=id, **ANSWERS)
    post(world, id=id, ip=ip, first_name="Mallory")
    expected = [{"first_name": "Mallory"}] if together else [ANSWERS, {"first_name": "Mallory"}]
    assert fields(world) == expected


def test_an_id_counts_for_seven_days(world: World) -> None:
    whole(world)
    with world.instance.database.write() as session:
        session.scalars(select(Submission)).one().received_at -= timedelta(days=8)
    whole(world, topic="looms")
    assert [one.reason for one in submissions(world)] == ["", ""]


# Killed in between -------------------------------------------------------------------------------


def test_what_is_not_committed_completes_nothing_and_may_come_again(world: World) -> None:
    whole(world)
    with no_commit(world.instance.database.writer, LOCKED), pytest.raises(NotStored):
        whole(world, topic="looms")
    assert (fields(world), submissions(world)[0].hits) == ([ANSWERS], 1)
    whole(world, topic="looms")
    drain(world)
    assert (world.run().state, world.counts()["deal"]) == (RunState.DELIVERED, 1)


def test_who_dies_while_letting_it_go_leaves_it_due(world: World) -> None:
    part(world, first_name="Ada", email="ada@example.org")
    with world.instance.database.write() as session:
        session.scalars(select(Submission)).one().wait_until = now()
    with no_commit(world.instance.database.writer, LOCKED), pytest.raises(OperationalError):
        release_due(world.instance)
    assert (submissions(world)[0].state, world.runs()) == (SubmissionState.PARTIAL, [])
    assert release_due(world.instance) == 1
    assert len(world.runs()) == 1
