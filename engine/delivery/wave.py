"""One wave: decide, store the plans, settle what is unknown, carry out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import Kind
from engine.deciding.plan import Action, Plan
from engine.delivery.carrying import carry_out
from engine.delivery.deciding import Desk, decide_all
from engine.delivery.journal import Journal
from engine.delivery.meanwhile import adopt_known
from engine.delivery.newer import leave_to_newer
from engine.delivery.recovery import doubt_restored, recover
from engine.delivery.wire import CallLog
from engine.delivery.work import Ending, Work
from engine.storage.models import RunState, StepState


@dataclass(slots=True)
class Crew:
    """What a drain brings to each of its waves."""

    desk: Desk
    journal: Journal
    log: CallLog


def carry_wave(works: Sequence[Work], crew: Crew) -> None:
    """Bring every run of the wave as far as it goes; each has an ending afterwards."""
    undecided = [work for work in works if work.plan is None]
    under_way = [work for work in works if work.plan is not None]
    decide_all(undecided, crew.desk, {claim for work in under_way for claim in _claims(work)})
    fresh = [work for work in undecided if work.plan is not None and work.ending is None]
    if fresh:
        crew.journal.keep_plans(fresh, crew.desk.turns, crew.log.take())
    for work in [*under_way, *fresh]:
        work.ending = _hold(work)
    leave_to_newer([work for work in under_way if work.ending is None], crew.journal)
    going = [work for work in [*under_way, *fresh] if work.ending is None]
    doubt_restored(going, crew.journal.settle_s)
    recover(going, crew.desk.connector, crew.desk.pool, crew.journal, crew.log)
    adopt_known([work for work in under_way if work.ending is None], crew.desk, crew.journal)
    carry_out(going, crew.desk.connector, crew.desk.pool, crew.journal, crew.log)
    for work in going:
        _conclude(work)


def _hold(work: Work) -> Ending | None:
    """Whether a person comes first: to choose in the CRM, or to approve."""
    if work.plan is None:
        return None
    if work.plan.hold:
        remedy = "Choose in the CRM, then try again."
        return Ending(RunState.HELD, work.plan.hold, remedy=remedy, replan=True)
    if work.plan.approval and not work.approved:
        return Ending(RunState.HELD, work.plan.approval, remedy="Approve it, or discard it.")
    return None


def _claims(work: Work) -> frozenset[str]:
    return work.plan.claims if work.plan else frozenset()


def _conclude(work: Work) -> None:
    assert work.plan is not None
    for entry in work.entries.values():
        if entry.state is StepState.DONE and entry.step.action is Action.CREATE and entry.record_id:
            for identity in _identities(work.plan, entry.step.key):
                work.known[identity] = entry.record_id
    if work.ending is None and work.question is not None and not work.can_go_on:
        work.ending = work.question
    if work.ending is None:
        finished = not work.unfinished
        work.ending = Ending(RunState.DELIVERED if finished else RunState.QUEUED)


def _identities(plan: Plan, key: str) -> tuple[str, ...]:
    step = plan.step(key)
    return step.claims if step is not None and step.kind in (Kind.CONTACT, Kind.COMPANY) else ()
