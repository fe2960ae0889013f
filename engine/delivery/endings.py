"""How a run's way in a wave ends when something stands in it."""

from __future__ import annotations

import random
from datetime import timedelta

from connectors.base import Outcome, Status
from connectors.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    SettingsError,
)
from engine.deciding.plan import Action
from engine.delivery.retry import GIVE_UP_AFTER, seconds_to_wait
from engine.delivery.work import Ending, Entry, Work
from engine.storage.base import now
from engine.storage.models import RunState, StepState, Wait
from engine.storage.parked import waiting_for


def ending_of(work: Work, entry: Entry, outcome: Outcome) -> Ending:
    """What a write that is not done means for its run."""
    error = outcome.error or ConnectorError("the CRM gave no reason")
    if outcome.status is Status.UNKNOWN:
        reason = f"no answer to “{_what(entry)}”: looking whether the CRM has it"
        return Ending(RunState.WAITING, reason, due_at=now(), wait=Wait.RECONCILE, error=error)
    if outcome.status is Status.NOT_APPLIED:
        return ending_for_error(work, error)
    if isinstance(error, NotFoundError) and _may_decide_anew(work, entry):
        return Ending(
            RunState.WAITING,
            f"the {entry.step.kind} is gone from the CRM; deciding anew",
            due_at=now(),
            wait=Wait.RETRY,
            counts=True,
            replan=True,
            error=error,
        )
    return _refused(entry, error)


def ending_for_error(work: Work, error: ConnectorError) -> Ending:
    """What an error that left nothing behind means: wait, or a person must act."""
    at = now()
    if isinstance(error, AuthError | SettingsError):
        reason = waiting_for(str(error))
        return Ending(RunState.WAITING, reason, wait=Wait.AUTH, due_at=at, error=error)
    tried_for = work.tried_for(at)
    jitter = random.random()  # noqa: S311 - spreads load, guards nothing
    wait_s = seconds_to_wait(error, work.attempt + 1, tried_for=tried_for, jitter=jitter)
    if wait_s is not None:
        limit = isinstance(error, RateLimitedError)
        return Ending(
            RunState.WAITING,
            f"{'the CRM asks to wait' if limit else 'will be tried again'}: {error}",
            due_at=at + timedelta(seconds=wait_s),
            wait=Wait.LIMIT if limit else Wait.RETRY,
            counts=not limit,
            error=error,
        )
    if isinstance(error, RejectedError):
        return Ending(RunState.FAILED, f"the CRM refused: {error}", error=error)
    return Ending(
        RunState.FAILED,
        f"still failing after {GIVE_UP_AFTER.total_seconds() / 3600:.0f} hours: {error}",
        remedy="Mend the connection, then try again.",
        error=error,
    )


def _refused(entry: Entry, error: ConnectorError) -> Ending:
    field = getattr(error, "field", None)
    label = next((change.label for change in entry.step.changes if change.field == field), field)
    return Ending(
        RunState.FAILED,
        f"the CRM refused the {entry.step.kind}'s “{label}”: {error}"
        if label
        else f"the CRM refused to {_what(entry)}: {error}",
        remedy="Mend the module or the CRM, then try again: finished steps are not repeated.",
        error=error,
    )


def _what(entry: Entry) -> str:
    return f"{entry.step.action} {entry.step.title if entry.step.action is Action.LINK else entry.step.kind}"


def _may_decide_anew(work: Work, entry: Entry) -> bool:
    others = [other for other in work.entries.values() if other is not entry]
    return entry.step.action is not Action.CREATE and all(
        other.state is StepState.PLANNED and other.sent_at is None for other in others
    )
