"""What must be true when a story has ended."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from connectors.base import Kind
from connectors.phones import same_number
from engine.deciding.plan import Action
from engine.storage.models import JournalStep, Run, RunState, Submission
from tests.simulation.world import Ack, World

EFFECTS = {Kind.DEAL, Kind.TASK, Kind.NOTE}
"""What every submission makes anew, whoever sent it."""


def violations(world: World) -> list[str]:
    """Every promise that was broken; none is the proof."""
    failed = [f"error: {error}" for error in world.errors]
    return [*failed, *_lost(world), *_doubled(world), *_people(world), *_older_over_newer(world)]


def _lost(world: World) -> Iterator[str]:
    with world.instance.database.read() as session:
        runs = {
            run.submission.public_id: run
            for run in session.scalars(select(Run).options(joinedload(Run.submission)))
        }
        kept = set(session.scalars(select(Submission.public_id)))
        steps = session.scalars(select(JournalStep).where(JournalStep.action == Action.CREATE))
        made: dict[int, set[str]] = {}
        for step in steps:
            if world.crm.created[step.op_key]:
                made.setdefault(step.run_id, set()).add(step.kind)
    for ack in world.acks:
        run = runs.get(ack.id)
        if ack.id not in kept or run is None:
            yield f"lost: submission {ack.number} is not there"
        elif run.state != RunState.DELIVERED:
            yield f"lost: submission {ack.number} is {run.state}: {run.reason}"
        elif missing := EFFECTS - made.get(run.id, set()):
            yield f"lost: submission {ack.number} is delivered without {sorted(missing)}"


def _doubled(world: World) -> Iterator[str]:
    for key, times in world.crm.created.items():
        if times > 1:
            yield f"doubled: {key.partition('.')[2]} was created {times} times"


def _people(world: World) -> Iterator[str]:
    contacts = world.crm.records(Kind.CONTACT)
    for person in {ack.person for ack in world.acks}:
        number = f"+3806712345{person.number:02d}"
        theirs = [
            one
            for one in contacts
            if any(same_number(number, phone) for phone in one.fields.get("phone", ()))
            or f"p{person.number:02d}@example.org" in map(str.casefold, one.fields.get("email", ()))
        ]
        if len(theirs) != 1:
            yield f"person {person.number} is {len(theirs)} contacts"


def _older_over_newer(world: World) -> Iterator[str]:
    if world.partial:
        return
    newest: dict[str, Ack] = {}
    for ack in world.acks:
        newest[f"Person {ack.person.number}"] = ack
    for contact in world.crm.records(Kind.CONTACT):
        ack = newest[contact.fields["name"]]
        if contact.fields["position"] != str(ack.number):
            yield (
                f"older over newer: person {ack.person.number} has {contact.fields['position']},"
                f" not {ack.number}"
            )


def gaps(world: World) -> list[str]:
    """What is not promised, but would be better: runs of one firm's people do not wait for one another."""
    found = []
    for firm in sorted({ack.firm for ack in world.acks}):
        named = [one for one in world.crm.records(Kind.COMPANY) if one.fields["name"] == firm]
        if len(named) != 1:
            found.append(f"{firm} is {len(named)} companies")
    return found
