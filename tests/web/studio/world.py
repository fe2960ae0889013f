"""A Formwire in which everything has happened once, for pages to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors import registry
from connectors.base import Draft, Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.kommo.spec import KOMMO
from connectors.memory import MemoryConnector, MemoryCrm
from engine.deciding import plan as plans
from engine.deciding.form import FormConfig
from engine.deciding.plan import Action, FieldChange, Plan, Step
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import save_connection, store_catalog
from engine.storage.forms import live_revision, save_form, save_module
from engine.storage.model_calls import Call, CallRun
from engine.storage.models import (
    Connection,
    Event,
    Form,
    JournalStep,
    Module,
    Run,
    RunState,
    StepState,
    Submission,
    SubmissionState,
)
from engine.storage.notices import give_notice
from tests.builders import ADA, module_config
from tests.copies import made_once

SECRET = "the-token-nobody-may-see"
REFUSAL = "Kommo refused the deal's Product line: the option Hardware is gone"


@made_once
def fill(instance: Instance) -> None:
    """Two connections, a form with two modules, a submission in every state, notices."""
    with instance.database.write() as session:
        connection = _connection(session, instance)
        form = save_form(session, FormConfig(form="callback", name="Callback", zone="Europe/Kyiv"))
        sales = save_module(
            session, module_config(name="Kommo · Sales"), author="grace@example.org"
        )
        save_module(session, module_config(name="Kommo · Sales", responsible="Boris"))
        for number, state in enumerate(RunState, start=1):
            run = submission_with_run(session, form, sales, number, state)
            if state in (RunState.FAILED, RunState.DELIVERED):
                _carry_out(session, run, connection)
        odd = submission(session, form, 20, state=SubmissionState.UNREADABLE, answers={})
        odd.reason = "it is neither a form nor JSON"
        submission(session, form, 21)
        for _ in range(3):
            give_notice(
                session,
                "option",
                REFUSAL,
                remedy="Choose another option in the module, then press Try again.",
                form_id=form.id,
                connection_id=connection.id,
                submission_id=run.submission_id,
            )


QUESTION = "Formwire asked Kommo to create this task and never got an answer. Is it there?"


def ask_a_person(instance: Instance, run_id: str) -> None:
    """Let a run with a plan be held, since nobody knows whether its task is in the CRM."""
    with instance.database.write() as session:
        run = session.scalars(select(Run).where(Run.public_id == run_id)).one()
        run.state, run.reason = RunState.HELD, QUESTION
        for step in run.steps:
            asked = step.kind == Kind.TASK
            step.state = StepState.UNKNOWN if asked else StepState.DONE
            step.record_id, step.error = (None, "") if asked else ("901", "")


def connect(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> MemoryCrm:
    """Let Kommo be a CRM in memory, in which Ada is known under an old name."""
    crm = MemoryCrm()
    table: Mapping[str, Any] = {"kommo": (KOMMO, lambda *_: MemoryConnector(crm, KOMMO))}
    monkeypatch.setattr(registry, "CONNECTORS", table)
    monkeypatch.setattr("engine.storage.connections.CONNECTORS", table)
    with instance.database.write() as session:
        session.execute(update(Connection).values(catalog=None, catalog_at=None))
    known = Draft({"name": "A. Byron", "email": ["ada@example.org"]})
    MemoryConnector(crm, KOMMO).create(Kind.CONTACT, [known])
    crm.calls.clear()
    return crm


def submission(
    session: Session,
    form: Form,
    number: int,
    *,
    answers: dict[str, Any] | None = None,
    state: SubmissionState = SubmissionState.ACCEPTED,
    headers: dict[str, Any] | None = None,
    files: list[Any] | None = None,
    raw: bytes = b"first_name=Ada&email=ada%40example.org",
) -> Submission:
    sent = Submission(
        form_id=form.id,
        number=number,
        idem_key=f"key-{number}",
        raw=raw,
        content_type="application/x-www-form-urlencoded",
        headers=headers or {"User-Agent": "Mozilla/5.0"},
        source_ip="192.0.2.7",
        answers={
            "field": ADA,
            "utm": {"source": "newsletter"},
            "page": {"url": "https://example.org/callback"},
            "visitor": {},
        }
        if answers is None
        else answers,
        technical={"_gotcha": ""},
        files=files or [],
        state=state,
        hits=2,
        received_at=now() - timedelta(minutes=number),
    )
    session.add(sent)
    session.flush()
    session.add(
        Event(submission_id=sent.id, type="received", message="6 answers", at=sent.received_at)
    )
    return sent


def submission_with_run(
    session: Session, form: Form, module: Module, number: int, state: RunState
) -> Run:
    sent = submission(session, form, number)
    run = Run(
        submission_id=sent.id,
        module_id=module.id,
        revision_id=live_revision(session, module.id).id,
        connection_id=module.connection_id,
        state=state,
        reason={RunState.FAILED: REFUSAL, RunState.WAITING: "the CRM asks to wait"}.get(state, ""),
        due_at=now() + timedelta(minutes=4),
        first_try_at=sent.received_at,
        trace=TRACE,
    )
    session.add(run)
    session.flush()
    return run


def _connection(session: Session, instance: Instance) -> Connection:
    for key, name in (("main", "Main Kommo"), ("second", "Second Kommo")):
        connection = save_connection(
            session,
            instance.vault,
            key=key,
            name=name,
            connector="kommo",
            settings={"subdomain": "acme", "token": SECRET},
        )
    connection.reason, connection.state = "the token was revoked", "blocked"
    main = session.query(Connection).filter_by(key="main").one()
    store_catalog(session, main.id, CATALOG)
    return main


def _carry_out(session: Session, run: Run, connection: Connection) -> None:
    """Give the run a plan, a journal, events and calls."""
    run.plan = plans.dump(PLAN)
    at = run.submission.received_at if run.submission else now()
    failed = run.state == RunState.FAILED
    for number, step in enumerate(PLAN.steps, start=1):
        last = number == len(PLAN.steps) - 1
        state = StepState.FAILED if failed and last else StepState.DONE
        if failed and number == len(PLAN.steps):
            state = StepState.PLANNED
        session.add(
            JournalStep(
                run_id=run.id,
                number=number,
                key=step.key,
                kind=step.kind,
                action=step.action,
                op_key=f"{run.id}-{step.key}",
                state=state,
                sent_at=at + timedelta(seconds=0.3 * number),
                done_at=at + timedelta(seconds=0.4 * number) if state == StepState.DONE else None,
                record_id="901" if state == StepState.DONE else None,
                record_url="https://acme.kommo.com/contacts/detail/901"
                if state == StepState.DONE
                else None,
                error="the option Hardware is gone" if state == StepState.FAILED else "",
            )
        )
    _log(session, run, connection, at)
    run.finished_at = at + timedelta(seconds=2)


def _log(session: Session, run: Run, connection: Connection, at: datetime) -> None:
    session.add(
        Event(
            submission_id=run.submission_id,
            run_id=run.id,
            type=run.state,
            message=run.reason,
            at=at + timedelta(seconds=2),
        )
    )
    for method, status, error in (("GET", 200, ""), ("POST", 400, "NotSupportedChoice")):
        call = Call(
            connection_id=connection.id,
            purpose="create deal",
            method=method,
            url="https://acme.kommo.com/api/v4/leads?limit=50",
            status=status,
            error=error,
            started_at=at,
            ms=120,
            request='[{"name": "Callback: Ada", "token": "•••"}]',
            response='{"title": "Bad Request"}',
        )
        session.add(call)
        session.flush()
        session.add(CallRun(call_id=call.id, run_id=run.id))


CATALOG = Catalog(
    fields={
        Kind.CONTACT: (
            Field("name", "Name", FieldType.TEXT),
            Field("phone", "Phone", FieldType.PHONE, code="PHONE", many=True),
        ),
        Kind.DEAL: (
            Field(
                "77",
                "Product line",
                FieldType.CHOICE,
                options=(Option("1", "Enterprise"), Option("2", "Hardware")),
            ),
        ),
    },
    pipelines=(
        Pipeline(
            "1", "Sales", (Stage("10", "New request"), Stage("142", "Won", closed=True)), True
        ),
    ),
    users=(User("5", "Boris", "boris@acme.test"),),
    task_types=(Option("1", "Call"),),
)

TRACE = [
    {
        "verb": "activate",
        "value": True,
        "trace": [
            {
                "pointer": "",
                "sentence": "Topic is one of demo, big companies",
                "values": [["field.topic", "big companies"]],
                "result": True,
            }
        ],
    }
]

PLAN = Plan(
    steps=(
        Step(
            "contact",
            Kind.CONTACT,
            Action.UPDATE,
            "Ada Lovelace",
            "matched by e-mail ada@example.org (1 of 1)",
            record_id="901",
            changes=(
                FieldChange(
                    "name", "Name", "A. Lovelace", "A. Lovelace", "kept: complete only fills", False
                ),
                FieldChange(
                    "phone", "Phone", "", "+380671234567", "added", True, ["+380671234567"]
                ),
            ),
            tags=("website",),
        ),
        Step(
            "deal",
            Kind.DEAL,
            Action.MOVE,
            "Callback: Ada",
            "newest of 2 open deals in Sales",
            record_id="5001",
            changes=(
                FieldChange(
                    "stage", "Stage", "New request", "Contacted", "found, so it moves", True
                ),
            ),
            links=("contact",),
        ),
        Step("deal.task.0", Kind.TASK, Action.CREATE, "Call Ada", "on the deal"),
    ),
    warnings=("Wants newsletter: “maybe” is neither yes nor no",),
)
