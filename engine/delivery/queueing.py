"""Putting a submission's runs into the queue of a connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError
from sqlalchemy.orm import Session

from engine.deciding.macros import MacroError
from engine.deciding.names import under_all_names
from engine.deciding.recognition import run_identities
from engine.delivery.configs import form_config, module_of
from engine.storage.arrivals import StoredForm, add_run, add_run_identities, live_modules
from engine.storage.fillings import filling_of
from engine.storage.forms import live_revision
from engine.storage.models import Lane, Module, Revision, Run


class Received(Protocol):
    """A submission, as far as its runs go by it."""

    @property
    def id(self) -> int: ...
    @property
    def idem_key(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...
    @property
    def received_at(self) -> datetime: ...


def queue_runs(session: Session, form: StoredForm, submission: Received) -> set[int]:
    """A run for each enabled module of the form; the connections that got work."""
    connection = session.connection()
    modules = live_modules(connection, form.id)
    identities: list[Mapping[str, Any]] = []
    for module in modules:
        run_id = add_run(
            connection,
            {
                "submission_id": submission.id,
                "module_id": module.id,
                "revision_id": module.revision_id,
                "connection_id": module.connection_id,
                "received_at": submission.received_at,
            },
        )
        keys = _keys(module.document, form, submission)
        identities += _rows(keys, run_id, module.connection_id)
    add_run_identities(connection, identities)
    return {module.connection_id for module in modules}


def queue_run(
    session: Session,
    form: StoredForm,
    module: Module,
    submission: Received,
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
    session: Session, form: StoredForm, submission: Received, run: Run, revision: Revision
) -> None:
    """By whom the run must wait for earlier ones: its people, and earlier posts of its filling-in."""
    keys = _keys(json.dumps(revision.document), form, submission)
    add_run_identities(session.connection(), _rows(keys, run.id, run.connection_id))


def _rows(keys: list[str], run_id: int, connection_id: int) -> list[dict[str, Any]]:
    return [{"run_id": run_id, "key": key, "connection_id": connection_id} for key in keys]


def _keys(document: str, form: StoredForm, submission: Received) -> list[str]:
    keys = {*_identities(document, form, submission)}
    if filling := filling_of(submission.idem_key):
        keys.add(f"{form.key} {filling}")
    return sorted(keys)


def _identities(document: str, form: StoredForm, submission: Received) -> tuple[str, ...]:
    """None for a module that cannot be used as it stands: the drain will tell what to mend."""
    try:
        module = module_of(document)
        config = form_config(form)
        return run_identities(module, under_all_names(submission.answers, config), config)
    except (ValidationError, MacroError):
        return ()
