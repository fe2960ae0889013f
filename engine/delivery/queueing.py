"""Putting a submission's runs into the queue of a connection."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy.orm import Session

from engine.deciding.macros import MacroError
from engine.deciding.names import under_all_names
from engine.deciding.recognition import run_identities
from engine.delivery.configs import form_config, module_config
from engine.storage.forms import live_revision
from engine.storage.models import Form, Lane, Module, Revision, Run, RunIdentity, Submission


def queue_run(
    session: Session,
    form: Form,
    module: Module,
    submission: Submission,
    *,
    lane: Lane = Lane.LIVE,
    revision: Revision | None = None,
    connection_id: int | None = None,
) -> Run:
    """A run, and by whom it must wait for earlier ones.

    It goes through the module's live revision to its connection, unless others are named.
    """
    revision = revision or live_revision(session, module.id)
    run = Run(
        submission_id=submission.id,
        module_id=module.id,
        revision_id=revision.id,
        connection_id=connection_id or module.connection_id,
        lane=lane,
        received_at=submission.received_at,
    )
    session.add(run)
    session.flush()
    for key in _identities(revision, form, submission):
        session.add(RunIdentity(run_id=run.id, key=key, connection_id=run.connection_id))
    return run


def _identities(revision: Revision, form: Form, submission: Submission) -> tuple[str, ...]:
    """None for a module that cannot be used as it stands: the drain will tell what to mend."""
    try:
        module = module_config(revision)
        config = form_config(form)
        return run_identities(module, under_all_names(submission.answers, config), config)
    except (ValidationError, MacroError):
        return ()
