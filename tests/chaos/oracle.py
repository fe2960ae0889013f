"""What must be true in the end, whatever happened: nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import undefer

from connectors.base import Effect, Kind
from connectors.registry import CONNECTORS
from engine.storage.database import Database
from engine.storage.models import JournalStep, Run, RunState, StepState, Submission
from tests.acceptance.people import Truth
from tests.chaos.websites import Ack


@dataclass(slots=True)
class Verdict:
    """What the truth log and the acknowledgements say. Empty lists are what is hoped for.

    ``asked`` counts the steps that a person is asked about: creations that nothing tells for sure.
    """

    acknowledged: int = 0
    delivered: int = 0
    adopted: int = 0
    asked: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.torn or self.stuck)


def judge(database: Database, truth: Truth, acks: Sequence[Ack]) -> Verdict:
    verdict = Verdict(acknowledged=len(acks))
    _judge_storage(database, acks, verdict)
    _judge_crm(truth, acks, verdict)
    return verdict


def _judge_storage(database: Database, acks: Sequence[Ack], verdict: Verdict) -> None:
    """Each acknowledged submission is there with its bytes, and its run has ended."""
    with database.read() as session:
        stored = {
            one.public_id: one
            for one in session.scalars(select(Submission).options(undefer(Submission.raw)))
        }
        runs = session.scalars(select(Run)).all()
        unknown = session.scalars(
            select(JournalStep).where(
                JournalStep.state == StepState.UNKNOWN, JournalStep.effect == Effect.UNMARKED
            )
        ).all()
        verdict.adopted = len(
            session.scalars(select(JournalStep.id).where(JournalStep.adopted)).all()
        )
    for ack in acks:
        kept = stored.get(ack.id)
        if kept is None:
            verdict.lost.append(f"submission {ack.id}")
        elif kept.raw != ack.body:
            verdict.torn.append(f"submission {ack.id}")
    asking = {step.run_id for step in unknown}
    verdict.asked = len(asking)
    for run in runs:
        if run.state == RunState.DELIVERED:
            verdict.delivered += 1
        elif not (run.state == RunState.HELD and run.id in asking):
            verdict.stuck.append(f"run {run.public_id}: {run.state}, {run.reason}")


def _judge_crm(truth: Truth, acks: Sequence[Ack], verdict: Verdict) -> None:
    """Each person is one contact with one deal, and none has two of anything.

    To a CRM that cannot be asked whom it knows, each submission is somebody new.
    """
    reads = CONNECTORS[truth.crm][0].reads
    people = Counter(ack.person for ack in acks)
    counted = {kind: Counter(one.name for one in truth.created(kind)) for kind in Kind}
    for person, times in people.items():
        most = 1 if reads else times
        wanted = {
            Kind.CONTACT: person.email,
            Kind.COMPANY: person.company,
            Kind.DEAL: person.deal,
            Kind.TASK: person.task,
        }
        for kind, name in wanted.items():
            number = counted[kind][name]
            if number > most:
                verdict.doubled.append(f"{number} × {kind} {name}")
            elif number < most and kind is not Kind.TASK:
                verdict.lost.append(f"{kind} {name}")
    tasks = sum(1 for person in people if not counted[Kind.TASK][person.task])
    if tasks > verdict.asked:
        verdict.lost.append(f"{tasks} tasks, and only {verdict.asked} are asked about")
    _judge_notes(truth, acks, verdict)


def _judge_notes(truth: Truth, acks: Sequence[Ack], verdict: Verdict) -> None:
    """A deal has a note of each submission of its person."""
    names = {one.id: one.name for one in truth.created(Kind.DEAL)}
    notes = Counter(names.get(one.deal or 0, "") for one in truth.created(Kind.NOTE))
    wanted = Counter(ack.person.deal for ack in acks)
    for name, number in wanted.items():
        if notes[name] > number:
            verdict.doubled.append(f"{notes[name]} notes of {number} on {name}")
        elif notes[name] < number:
            verdict.lost.append(f"{number - notes[name]} of {number} notes on {name}")
