"""What a person decides about single steps of a run that stopped, and what then comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import select

from connectors.base import Draft, Effect, Kind, Record
from connectors.memory import Accident, MemoryConnector
from engine.delivery import levers
from engine.delivery.adopting import adopt_told
from engine.delivery.levers import NotNow, Verb, decide
from engine.instance import Instance
from engine.storage.model_audit import AuditEntry
from engine.storage.models import Event, Run, RunState, StepState
from tests.engine.delivery.world import GRACE, World, make_world

TASK = "deal.task.0"


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    made = make_world(wiped_instance, monkeypatch)
    made.crm.effects[Kind.TASK] = Effect.UNMARKED
    made.save(deal__note=None)
    return made


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No look-up finds what was created, though it may be there."""

    def nothing(
        _self: MemoryConnector, _kind: Kind, drafts: Sequence[Draft], _since: datetime
    ) -> list[list[Record]]:
        return [[] for _ in drafts]

    with monkeypatch.context() as patch:
        patch.setattr(MemoryConnector, "find_created", nothing)
        yield patch


def lose_the_task(world: World, accident: Accident) -> Run:
    """A run that is held, since nobody can tell whether its task is in the CRM."""
    world.crm.befall("create", accident)
    world.post()
    for _ in range(4):
        world.make_due()
        world.drain()
    run = world.run()
    assert run.state == RunState.HELD
    assert run.reason.endswith("to create this task and never got an answer. Is it there?")
    return run


def pull(world: World, lever: str, key: str, record: str = "") -> None:
    """Decide about a step of the only run, and let it go on."""
    run = world.runs()[-1]
    if lever == "adopt":
        adopt_told(world.instance, run.id, key, record, GRACE)
    else:
        with world.instance.database.write() as session:
            getattr(levers, lever)(session, run.id, key, GRACE)
    world.drain_all()


def step(world: World, key: str):  # type: ignore[no-untyped-def]
    return next(step for step in world.steps() if step.key == key)


def last_acts(world: World) -> tuple[str, str, str]:
    """The newest entry of the audit log, and the newest event before the delivery."""
    with world.instance.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        events = session.scalars(select(Event.message).order_by(Event.id)).all()
    assert entry is not None
    assert entry.actor == GRACE.name
    return entry.act, entry.noun, events[-2]


# The question: is it there? ---------------------------------------------------------------------


@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize(
    ("accident", "lever", "state", "tasks", "told"),
    [
        (Accident.NEVER_ARRIVES, "resend", StepState.DONE, 1, "is not there; it is sent again"),
        (Accident.LOSE_REPLY, "adopt", StepState.DONE, 1, "is there: "),
        (Accident.NEVER_ARRIVES, "skip", StepState.SKIPPED, 0, "is left out"),
    ],
    ids=["it is not there", "it is there", "it is not needed"],
)
def test_each_answer_delivers_the_run_and_doubles_nothing(
    world: World, accident: Accident, lever: str, state: StepState, tasks: int, told: str
) -> None:
    lose_the_task(world, accident)
    made = [record.id for record in world.records(Kind.TASK)]
    pull(world, lever, TASK, record=made[0] if made else "")
    assert world.run().state == RunState.DELIVERED
    assert world.counts() == {**dict.fromkeys(Kind, 1), Kind.TASK: tasks, Kind.NOTE: 0}
    task = step(world, TASK)
    assert (task.state, task.adopted) == (state, lever == "adopt")
    act, noun, event = last_acts(world)
    assert (act, noun) == (lever, "run")
    assert event.startswith(f"{GRACE.name}: {TASK} {told}")


def test_a_person_may_have_it_looked_for_once_more(world: World, blind: pytest.MonkeyPatch) -> None:
    run = lose_the_task(world, Accident.LOSE_REPLY)
    blind.undo()
    with world.instance.database.write() as session:
        decide(session, Verb.RETRY, run.id, GRACE)
    world.drain_all()
    assert world.run().state == RunState.DELIVERED
    assert step(world, TASK).adopted
    assert len(world.records(Kind.TASK)) == 1


@pytest.mark.usefixtures("blind")
def test_an_approval_is_no_answer(world: World) -> None:
    run = lose_the_task(world, Accident.NEVER_ARRIVES)
    with (
        world.instance.database.write() as session,
        pytest.raises(NotNow, match="answer about a step"),
    ):
        decide(session, Verb.APPROVE, run.id, GRACE)


@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("", "type the task's id"),
        ("two words", "type the task's id"),
        ("4040404", "Memory has no task 4040404"),
        ("https://memory.test/task/1", "Memory has no address for each task; type its id"),
        ("https://[", "neither an id nor an address"),
    ],
)
def test_a_record_that_is_not_there_is_not_taken_over(world: World, told: str, why: str) -> None:
    lose_the_task(world, Accident.LOSE_REPLY)
    with pytest.raises(NotNow, match=why):
        pull(world, "adopt", TASK, record=told)
    assert world.run().state == RunState.HELD


@pytest.mark.usefixtures("blind")
def test_what_another_run_has_made_is_not_taken_over(world: World) -> None:
    world.post(email="grace@example.org", phone="", company="Navy")
    world.drain_all()
    (theirs,) = world.records(Kind.TASK)
    world.crm.befall("create", Accident.NEVER_ARRIVES)
    world.post()
    for _ in range(4):
        world.make_due()
        world.drain()
    first = world.runs()[0].public_id
    with pytest.raises(NotNow, match=f"was made by run {first}"):
        pull(world, "adopt", TASK, record=theirs.id)


# A step that the CRM refused --------------------------------------------------------------------


def refuse_the_people(world: World) -> None:
    """A run that has failed: the CRM refuses deal, contact and company, which go together."""
    world.crm.befall("create_bundles", Accident.REFUSE)
    world.post()
    world.drain()
    assert world.run().state == RunState.FAILED


@pytest.mark.parametrize("by_address", [False, True])
def test_a_record_that_is_there_already_is_taken_over_and_the_rest_goes_on(
    world: World, by_address: bool
) -> None:
    known = world.crm.add(Kind.CONTACT, {"name": "Somebody else"})
    refuse_the_people(world)
    record = f"https://MEMORY.test/contact/{known.id}?tab=1" if by_address else f" {known.id} "
    pull(world, "adopt", "contact", record=record)
    assert world.run().state == RunState.DELIVERED
    assert [one.id for one in world.records(Kind.CONTACT)] == [known.id]
    (deal,) = world.records(Kind.DEAL)
    assert known.ref in deal.links
    assert step(world, "contact").record_url == f"https://memory.test/contact/{known.id}"


@pytest.mark.parametrize(
    "address", ["https://memory.test/deal/{id}", "https://elsewhere.test/contact/{id}"]
)
def test_an_address_must_be_that_of_such_a_record(world: World, address: str) -> None:
    known = world.crm.add(Kind.CONTACT, {"name": "Somebody else"})
    refuse_the_people(world)
    with pytest.raises(NotNow, match="not the address of a contact"):
        pull(world, "adopt", "contact", record=address.format(id=known.id))


def test_what_hangs_on_a_record_is_left_out_with_it(world: World) -> None:
    refuse_the_people(world)
    pull(world, "skip", "contact")
    assert world.run().state == RunState.DELIVERED
    assert {kind for kind, count in world.counts().items() if count} == {Kind.COMPANY}
    skipped = {one.key: one.error for one in world.steps() if one.state == StepState.SKIPPED}
    why = "left out, since contact is"
    assert skipped == {
        "contact": f"{GRACE.name} left it out",
        "contact-company": why,
        "deal": why,
        TASK: why,
    }


@pytest.mark.parametrize("lever", ["resend", "skip", "adopt"])
@pytest.mark.parametrize(
    ("state", "why"),
    [
        *((state, f"the run is {state}") for state in RunState if state not in levers.STOPPED),
        (RunState.FAILED, "the step is done"),
    ],
)
def test_nothing_is_decided_about_a_step_that_nothing_is_wrong_with(
    world: World, lever: str, state: RunState, why: str
) -> None:
    world.post()
    world.drain()
    with world.instance.database.write() as session:
        session.scalars(select(Run)).one().state = state
    with pytest.raises(NotNow, match=why):
        pull(world, lever, TASK, record="1")
    with pytest.raises(NotNow, match="has no step nowhere"):
        pull(world, lever, "nowhere", record="1")


def test_only_an_unknown_step_is_sent_again(world: World) -> None:
    refuse_the_people(world)
    with pytest.raises(NotNow, match="the step is failed; only one whose outcome is unknown"):
        pull(world, "resend", "contact")


# A submission again -----------------------------------------------------------------------------


@pytest.mark.parametrize(("revision", "stage"), [(1, "new"), (2, "new"), (3, "talking")])
def test_a_submission_runs_again_through_any_revision(
    world: World, revision: int, stage: str
) -> None:
    world.post()
    world.drain()
    world.save(deal__stage="Talking", deal__note=None)
    with world.instance.database.write() as session:
        levers.replay(session, world.run().id, GRACE, revision=revision)
    world.drain_all()
    assert world.records(Kind.DEAL)[-1].fields["stage"] == stage
    assert {run.state for run in world.runs()} == {RunState.DELIVERED}


def test_a_revision_that_never_was_or_cannot_be_used_is_told(world: World) -> None:
    world.post()
    world.drain()
    world.save(deal__note=None, name="Later")
    with (
        world.instance.database.write() as session,
        pytest.raises(NotNow, match="has no revision 9"),
    ):
        levers.replay(session, world.run().id, GRACE, revision=9)
    with world.instance.database.write() as session:
        run = session.scalars(select(Run)).one()
        run.revision.document = {**run.revision.document, "connection": "gone"}
        session.flush()
        with pytest.raises(NotNow, match="cannot be used any more: there is no connection 'gone'"):
            levers.replay(session, run.id, GRACE, revision=run.revision.number)
        session.rollback()
