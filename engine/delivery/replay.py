"""Replay: a submission run again, through its module as it is now. The earlier run stays as it is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.delivery.queueing import queue_run
from engine.storage.models import (
    Lane,
    Module,
    Run,
    RunState,
    Submission,
    SubmissionState,
)
from engine.storage.runs import add_event

ENDED = (RunState.DELIVERED, RunState.SKIPPED, RunState.FAILED, RunState.DISCARDED)


class CannotReplay(Exception):
    """A replay would carry out what still waits, or what nobody let in; the text says which."""


def replay(session: Session, submission: Submission, module: Module) -> Run:
    """Queue a run of the submission through the module's live revision, behind all live ones.

    Ring for its connection after the commit. Raises CannotReplay.
    """
    if submission.state != SubmissionState.ACCEPTED:
        raise CannotReplay(f"the submission is {submission.state}; let it in first")
    for run in submission.runs:
        if run.module_id == module.id and run.state not in ENDED:
            raise CannotReplay(f"run {run.public_id} of it is {run.state}; let that end first")
    run = queue_run(session, submission.form, module, submission, lane=Lane.BULK)
    add_event(session, run, "replayed", "a person had the submission run again")
    return run
