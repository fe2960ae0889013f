"""What must be true when a story has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from connectors.base import Kind
from engine.storage.fillings import filling_of
from engine.storage.models import Run, RunState
from tests.simulation.world import World

EFFECTS = {Kind.DEAL, Kind.TASK, Kind.NOTE}
"""What every submission makes anew, whoever sent it."""


def violations(world: World) -> list[str]:
    """Every promise that was broken; none is the proof."""
    failed = (f"error: {error}" for error in world.errors)
    return [
        *failed,
        *(["restless: the workers never come to an end"] if world.stage.restless else []),
        *_lost(world),
        *half_delivered(world),
        *doubled(world),
        *people(world),
        *_firms(world),
        *_older_over_newer(world),
        *_fillings(world),
    ]


def doubled(world: World) -> Iterator[str]:
    """Steps that were carried out more than once."""
    for key, times in world.crm.created.items():
        if times > 1:
            yield f"doubled: {key.partition('.')[2]} was created {times} times"


def half_delivered(world: World) -> Iterator[str]:
    """Runs that say they are delivered and are not. Posts of one filling-in are delivered together."""
    made: dict[str, set[str]] = {}
    with world.instance.database.read() as session:
        runs = session.scalars(
            select(Run).options(joinedload(Run.submission), selectinload(Run.steps))
        ).all()
    for run in runs:
        kinds = {step.kind for step in run.steps if world.crm.created[step.op_key]}
        made.setdefault(_filling(run), set()).update(kinds)
    for run in runs:
        if run.state == RunState.DELIVERED and (missing := EFFECTS - made[_filling(run)]):
            yield f"lost: run {run.id} is delivered without {sorted(missing)}"


def _filling(run: Run) -> str:
    return filling_of(run.submission.idem_key) or str(run.id)


def people(world: World, fewest: int = 1) -> Iterator[str]:
    """People who are not one contact."""
    bearers: dict[str, set[str]] = {}
    for contact in world.crm.records(Kind.CONTACT):
        for identity in (*contact.fields.get("phone", ()), *contact.fields.get("email", ())):
            bearers.setdefault(identity.casefold(), set()).add(contact.id)
    for person in {ack.person for ack in world.acks}:
        theirs = bearers.get(person.phone, set()) | bearers.get(person.email, set())
        if not fewest <= len(theirs) <= 1:
            yield f"person {person.number} is {len(theirs)} contacts"


def _lost(world: World) -> Iterator[str]:
    with world.instance.database.read() as session:
        runs = {
            run.submission.public_id: run
            for run in session.scalars(select(Run).options(joinedload(Run.submission)))
        }
        gone_on = {
            filling_of(run.submission.idem_key): run.id
            for run in sorted(runs.values(), key=lambda run: run.id)
            if run.state == RunState.DELIVERED
        }
    for ack in world.acks:
        run = runs.get(ack.id)
        if run is None:
            yield f"lost: submission {ack.number} is not there"
        elif run.state == RunState.DISCARDED and run.id < gone_on.get(_filling(run), 0):
            continue  # it ended midway, and the run of a later post went on
        elif run.state != RunState.DELIVERED:
            yield f"lost: submission {ack.number} is {run.state}: {run.reason}"


def _older_over_newer(world: World) -> Iterator[str]:
    if world.partial:
        return
    newest = {ack.person: ack.number for ack in world.acks}
    for contact in world.crm.records(Kind.CONTACT):
        for person, number in newest.items():
            if person.phone not in contact.fields.get("phone", ()):
                continue  # or of an early part, which did not tell who it is
            if (position := contact.fields["position"]) != str(number):
                yield f"older over newer: person {person.number} has {position}, not {number}"


def _fillings(world: World) -> Iterator[str]:
    """Filling-ins that are not one deal with one task, as told last, and each post's note once."""
    deals, tasks = world.crm.records(Kind.DEAL), world.crm.records(Kind.TASK)
    notes = Counter(note.fields["text"] for note in world.crm.records(Kind.NOTE))
    for filling in world.fillings:
        numbers = [str(one.number) for one in filling.tellings if one.number in world.told]
        theirs = [deal for deal in deals if deal.fields["name"] in numbers]
        last = max(numbers)
        if [deal.fields["name"] for deal in theirs] != [last]:
            yield f"filling-in {last}: its deals are {[deal.fields['name'] for deal in theirs]}"
        of_deals = [task for task in tasks if {deal.ref for deal in theirs} & {*task.links}]
        if len(of_deals) != 1:
            yield f"filling-in {last}: it has {len(of_deals)} tasks"
        if notes[f"Asked {last}"] != 1 or max(notes[f"Asked {one}"] for one in numbers) > 1:
            yield f"filling-in {last}: its notes are {notes}"


def _firms(world: World) -> Iterator[str]:
    for firm in sorted({ack.firm for ack in world.acks}):
        named = [one for one in world.crm.records(Kind.COMPANY) if one.fields["name"] == firm]
        if len(named) != 1:
            yield f"{firm} is {len(named)} companies"
