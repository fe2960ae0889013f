"""What must be true when a story has ended."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from connectors.base import Kind
from engine.storage.models import JournalStep, Run, RunState
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
    ]


def doubled(world: World) -> Iterator[str]:
    """Steps that were carried out more than once."""
    for key, times in world.crm.created.items():
        if times > 1:
            yield f"doubled: {key.partition('.')[2]} was created {times} times"


def half_delivered(world: World) -> Iterator[str]:
    """Runs that say they are delivered and are not."""
    made: dict[int, set[str]] = {}
    with world.instance.database.read() as session:
        for step in session.scalars(select(JournalStep)):
            if world.crm.created[step.op_key]:
                made.setdefault(step.run_id, set()).add(step.kind)
        for id in session.scalars(select(Run.id).where(Run.state == RunState.DELIVERED)):
            if missing := EFFECTS - made.get(id, set()):
                yield f"lost: run {id} is delivered without {sorted(missing)}"


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
    for ack in world.acks:
        run = runs.get(ack.id)
        if run is None:
            yield f"lost: submission {ack.number} is not there"
        elif run.state != RunState.DELIVERED:
            yield f"lost: submission {ack.number} is {run.state}: {run.reason}"


def _older_over_newer(world: World) -> Iterator[str]:
    if world.partial:
        return
    newest = {f"Person {ack.person.number}": ack.number for ack in world.acks}
    for contact in world.crm.records(Kind.CONTACT):
        name, position = contact.fields["name"], contact.fields["position"]
        if position != str(newest[name]):
            yield f"older over newer: {name} has {position}, not {newest[name]}"


def _firms(world: World) -> Iterator[str]:
    for firm in sorted({ack.firm for ack in world.acks}):
        named = [one for one in world.crm.records(Kind.COMPANY) if one.fields["name"] == firm]
        if len(named) != 1:
            yield f"{firm} is {len(named)} companies"
