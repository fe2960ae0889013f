"""What people decide about runs and their steps. Studio, API and command line all pull these levers.

Each one is done and noted in the audit log in its caller's transaction; ring for the connection of the
run that it returns after the commit. What a run or step is in no state for raises `NotNow`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.deciding.plan import Action, Plan
from engine.deciding.plan import load as load_plan
from engine.delivery.queueing import queue_run
from engine.storage.audit import Actor, add_entry
from engine.storage.base import now
from engine.storage.fillings import later_run
from engine.storage.forms import NoSuchThing, live_revision, named_connection
from engine.storage.models import (
    JournalStep,
    Lane,
    Revision,
    Run,
    RunState,
    StepState,
    SubmissionState,
)
from engine.storage.modules import revision_by_number
from engine.storage.runs import add_event, forget_identities, locked_run


class NotNow(Exception):
    """The run or step is in no state for what a person wants; the text says why."""


class Verb(StrEnum):
    """What can be decided about a run, and about many at once."""

    RETRY = "retry"
    REPLAY = "replay"
    APPROVE = "approve"
    DISCARD = "discard"


ENDED = (RunState.DELIVERED, RunState.SKIPPED, RunState.FAILED, RunState.DISCARDED)
STOPPED = (RunState.FAILED, RunState.HELD)
"""When a person may decide about single steps."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One verb: in which ``states`` of a run it may be, and what is said in others.

    ``pull`` changes the run, in somebody's name, and returns the run that goes on.
    """

    states: Collection[RunState]
    else_: str
    pull: Callable[[Session, Run, str], Run]


# About a whole run ------------------------------------------------------------------------------


def decide(session: Session, verb: Verb, run_id: int, actor: Actor) -> Run:
    """Do ``verb`` to the run. Raises NotNow."""
    run = locked_run(session, run_id)
    going = pull(session, verb, run, actor.name)
    details = {"again_as": going.public_id} if going is not run else {}
    _note(session, actor, verb, run, details)
    return going


def pull(session: Session, verb: Verb, run: Run, who: str) -> Run:
    """Do ``verb`` to a locked run, for whoever notes by themselves that it was wanted. Raises NotNow."""
    lever = LEVERS[verb]
    if run.state not in lever.states:
        raise NotNow(f"the run is {run.state}; {lever.else_}")
    return lever.pull(session, run, who)


def _retry(session: Session, run: Run, who: str) -> Run:
    """A step the CRM refused is sent again; one whose outcome is unknown is looked up first."""
    if awaits_approval(run):
        raise NotNow("the run awaits approval; approve or discard it")
    _leave_to_later_post(session, run)
    _go_on(run)
    for step in run.steps:
        if step.state == StepState.FAILED:
            step.state, step.error = StepState.PLANNED, ""
    add_event(session, run, "retried", f"{who} asked to try again")
    return run


def _approve(session: Session, run: Run, who: str) -> Run:
    if asks_about(run):
        raise NotNow("the run waits for an answer about a step; give that first")
    _leave_to_later_post(session, run)
    _go_on(run)
    run.approved = True
    add_event(session, run, "approved", f"{who} approved it")
    return run


def _leave_to_later_post(session: Session, run: Run) -> None:
    """Raise NotNow for a run that stopped while another goes on with all that its sender sent since."""
    in_doubt = any(step.state == StepState.UNKNOWN for step in run.steps)
    if run.state not in STOPPED or in_doubt:
        return
    later = later_run(session, run)
    if later is not None:
        raise NotNow(
            f"its sender sent more since, with which run {later.public_id} goes on; give this one up"
        )


def _discard(session: Session, run: Run, who: str) -> Run:
    run.state, run.finished_at = RunState.DISCARDED, now()
    forget_identities(session, [run.id])
    add_event(session, run, "discarded", f"{who} gave it up")
    return run


def _replay(session: Session, run: Run, who: str) -> Run:
    return _run_again(session, run, live_revision(session, run.module_id), who)


LEVERS: Mapping[Verb, Lever] = {
    Verb.RETRY: Lever(
        (RunState.WAITING, RunState.FAILED, RunState.HELD),
        "only waiting and failed ones are retried",
        _retry,
    ),
    Verb.REPLAY: Lever(ENDED, "let that end first", _replay),
    Verb.APPROVE: Lever((RunState.HELD,), "only held ones are approved", _approve),
    Verb.DISCARD: Lever(
        (RunState.HELD, RunState.FAILED, RunState.WAITING, RunState.QUEUED),
        "only what is held, failed, waiting or queued is given up",
        _discard,
    ),
}

CHOSEN: Mapping[Verb, Collection[RunState]] = {
    **{verb: lever.states for verb, lever in LEVERS.items()},
    Verb.RETRY: (RunState.WAITING, RunState.FAILED),  # what is held awaits an answer of its own
}
"""Runs of which states are meant when many are chosen by what is true of them."""


def awaits_approval(run: Run) -> bool:
    """Whether a hold rule stopped the run, and a person may let it go on as it is planned."""
    plan = run.plan or {}
    held = run.state == RunState.HELD and not run.approved
    return held and bool(plan.get("approval")) and not plan.get("hold")


# A submission again -----------------------------------------------------------------------------


def replay(session: Session, run_id: int, actor: Actor, *, revision: int) -> Run:
    """Run the submission again through the module's revision of this number, behind all live runs.

    The run stays as it is. Raises NotNow.
    """
    run = locked_run(session, run_id)
    chosen = revision_by_number(session, run.module_id, revision)
    if chosen is None:
        raise NotNow(f"the module has no revision {revision}")
    again = _run_again(session, run, chosen, actor.name)
    _note(session, actor, "replay", run, {"again_as": again.public_id, "revision": revision})
    return again


def _run_again(session: Session, run: Run, revision: Revision, who: str) -> Run:
    submission = run.submission
    if submission.state != SubmissionState.ACCEPTED:
        raise NotNow(f"the submission is {submission.state}; let it in first")
    for other in submission.runs:
        if other.module_id == run.module_id and other.state not in ENDED:
            raise NotNow(f"run {other.public_id} of it is {other.state}; let that end first")
    try:
        connection = named_connection(session, load_module(revision.document))
    except (DocumentMistakes, NoSuchThing) as error:
        raise NotNow(f"revision {revision.number} cannot be used any more: {error}") from error
    again = queue_run(
        session,
        submission.form,
        run.module,
        submission,
        lane=Lane.BULK,
        revision=revision,
        connection_id=connection.id,
    )
    add_event(session, again, "replayed", f"{who} had the submission run again")
    return again


# About one step ---------------------------------------------------------------------------------


def asks_about(run: Run) -> JournalStep | None:
    """The step of which nobody but a person can tell whether the CRM has it."""
    if run.state != RunState.HELD:
        return None
    return next((step for step in run.steps if step.state == StepState.UNKNOWN), None)


def open_steps(run: Run) -> list[JournalStep]:
    """Steps that a person may decide about: those that went wrong in a run that stopped."""
    if run.state not in STOPPED:
        return []
    return [step for step in run.steps if _went_wrong(step)]


def resend(session: Session, run_id: int, key: str, actor: Actor) -> Run:
    """The record of this step is not there, a person says: create it. Raises NotNow."""
    run, step = locked_step(session, run_id, key)
    if step.state != StepState.UNKNOWN:
        raise NotNow(f"the step is {step.state}; only one whose outcome is unknown is sent again")
    step.state, step.error = StepState.PLANNED, ""
    step.sent_at, step.settle_until, step.looks = None, None, 0
    told = f"{key} is not there; it is sent again"
    return _answered(session, run, step, actor, "resend", told)


def skip(session: Session, run_id: int, key: str, actor: Actor) -> Run:
    """Leave this step out, and with it the steps that cannot be without its record. Raises NotNow."""
    run, step = locked_step(session, run_id, key)
    _go_without(step, f"{actor.name} left it out")
    without = left_out_with(run, key)
    for other in without:
        _go_without(other, f"left out, since {key} is")
    others = [other.key for other in without]
    told = f"{key} is left out"
    return _answered(session, run, step, actor, "skip", told, {"with": others})


def adopt(session: Session, run_id: int, key: str, record: Adopted, actor: Actor) -> Run:
    """The record of this step is there: it is ``record``. Raises NotNow."""
    run, step = locked_step(session, run_id, key)
    if step.action != Action.CREATE:
        raise NotNow(f"the step would {step.action} a record; only a new one has an id to be told")
    step.state, step.error, step.done_at = StepState.DONE, "", now()
    step.record_id, step.record_url, step.adopted = record.id, record.url, True
    there = f"{key} is there: {record.id}"
    told = there if record.looked_up else f"{key} is there: {record.id}, which was not looked up"
    return _answered(session, run, step, actor, "adopt", told, {"record": record.id})


@dataclass(frozen=True, slots=True)
class Adopted:
    """A record that a person says a step made. ``looked_up``: the CRM was asked and has it."""

    id: str
    url: str | None
    looked_up: bool


def locked_step(session: Session, run_id: int, key: str) -> tuple[Run, JournalStep]:
    """A step that a person may decide about, in a run that nobody else changes now. Raises NotNow."""
    run = locked_run(session, run_id)
    step = next((step for step in run.steps if step.key == key), None)
    if step is None:
        raise NotNow(f"the run has no step {key}")
    if run.state not in STOPPED:
        raise NotNow(
            f"the run is {run.state}; steps are decided about when it has failed or is held"
        )
    if not _went_wrong(step):
        raise NotNow(f"the step is {step.state}; there is nothing to decide about it")
    return run, step


def left_out_with(run: Run, key: str) -> list[JournalStep]:
    """The unfinished steps that cannot be carried out without the record of the step called ``key``."""
    plan = load_plan(run.plan)
    needless = _without(plan, key)
    return [
        step
        for step in run.steps
        if step.key in needless
        and step.key != key
        and step.state not in (StepState.DONE, StepState.SKIPPED)
    ]


def _without(plan: Plan, key: str) -> set[str]:
    """Keys of the step and of all that hang on the record it would have created."""
    gone = {key}
    step = plan.step(key)
    if step is None or step.action is not Action.CREATE:
        return gone  # its record is there all the same
    for other in plan.steps:  # in the order in which they are carried out
        if gone & {*other.links, *other.needs}:
            gone.add(other.key)
    return gone


def _went_wrong(step: JournalStep) -> bool:
    """Unknown, refused, or not applied: then it is planned still, and its error says why."""
    if step.state == StepState.PLANNED:
        return bool(step.error)
    return step.state in (StepState.UNKNOWN, StepState.FAILED)


def _go_without(step: JournalStep, why: str) -> None:
    step.state, step.error = StepState.SKIPPED, why


def _answered(
    session: Session,
    run: Run,
    step: JournalStep,
    actor: Actor,
    act: str,
    told: str,
    details: Mapping[str, Any] | None = None,
) -> Run:
    """Let the run go on after a person decided about a step of it."""
    _go_on(run)
    for other in run.steps:
        if other.state == StepState.FAILED:
            other.state, other.error = StepState.PLANNED, ""
    add_event(session, run, act, f"{actor.name}: {told}", step_key=step.key)
    _note(session, actor, act, run, {"step": step.key, **(details or {})})
    return run


def _go_on(run: Run) -> None:
    """Have a run carried out from its first unfinished step on, as if nothing had been tried."""
    run.state, run.due_at, run.reason, run.wait = RunState.QUEUED, now(), "", None
    run.attempt, run.deaths, run.first_try_at, run.finished_at = 0, 0, None, None


def _note(
    session: Session, actor: Actor, act: str, run: Run, details: Mapping[str, Any] | None = None
) -> None:
    add_entry(session, actor, act, "run", run.public_id, details or {})
