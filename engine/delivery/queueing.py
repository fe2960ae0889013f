"""Putting a submission's runs into the queue of a connection."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy.orm import Session

from engine.deciding.macros import MacroError
from engine.deciding.names import under_all_names
from engine.deciding.recognition import run_identities
from engine.delivery.configs import form_config, module_config
from engine.storage.fillings import filling_of
from engine.storage.forms import enabled_modules, live_revision
from engine.storage.models import Form, Lane, Module, Revision, Run, RunIdentity, Submission


def queue_runs(session: Session, form: Form, submission: Submission) -> set[int]:
    """A run for each enabled module of the form; the connections that got work."""
    modules = enabled_modules(session, form.id)
    for module in modules:
        queue_run(session, form, module, submission)
    return {module.connection_id for module in modules}


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
    note_identities(session, form, submission, run, revision)
    return run


def note_identities(
    session: Session, form: Form, submission: Submission, run: Run, revision: Revision
) -> None:
    """By whom the run must wait for earlier ones: its people, and earlier posts of its filling-in."""
    keys = {*_identities(revision, form, submission)}
    if filling := filling_of(submission.idem_key):
        keys.add(f"{form.key} {filling}")
    for key in sorted(keys):
        session.add(RunIdentity(run_id=run.id, key=key, connection_id=run.connection_id))


def _identities(revision: Revision, form: Form, submission: Submission) -> tuple[str, ...]:
    """None for a module that cannot be used as it stands: the drain will tell what to mend."""
    try:
        module = module_config(revision)
        config = form_config(form)
        return run_identities(module, under_all_names(submission.answers, config), config)
    except (ValidationError, MacroError):
        return ()
