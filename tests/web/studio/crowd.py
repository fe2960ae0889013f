"""A Formwire that many forms were posted to, for pages to show and for their speed to be measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine.deciding import plan as plans
from engine.deciding.form import FormConfig
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import save_connection, store_catalog
from engine.storage.drafts import save_draft, seen_of
from engine.storage.forms import live_revision, save_form, save_module
from engine.storage.model_calls import Call, CallRun
from engine.storage.models import (
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
from tests.builders import ADA, module_config, module_document
from tests.web.studio.every_page import add_belongings
from tests.web.studio.world import CATALOG, PLAN, TRACE

CONNECTIONS, AT_ONCE, FEW = 8, 1000, 12
SPAN = timedelta(days=28)
_REASONS = (
    "Kommo refused the deal's Product line: the option Hardware is gone",
    "Kommo refused the contact's E-mail: it is no address",
    "the pipeline Sales has no stage New request",
)
# What became of each of twenty submissions, over and over.
_STATES = (
    *[RunState.DELIVERED] * 16,
    RunState.FAILED,
    RunState.SKIPPED,
    RunState.HELD,
    RunState.WAITING,
)
_RULES = {"rules": [{"activate": {"==": [{"var": "field.topic"}, "demo"]}}]}


def fill(instance: Instance, *, forms: int, submissions: int, author: str) -> None:
    """So many forms with a module each, and submissions of the last four weeks that ran through them.

    ``author`` signed what people did to them.
    """
    with instance.database.write() as session:
        _connect(session, instance)
        modules = [_form_with_module(session, number, author) for number in range(forms)]
        _deliver(session, modules, submissions)
        _around(session, modules, author)


def _connect(session: Session, instance: Instance) -> None:
    for number in range(CONNECTIONS):
        connection = save_connection(
            session,
            instance.vault,
            key=f"crm-{number}",
            name=f"Kommo of client {number}",
            connector="kommo",
            settings={"subdomain": f"client{number}", "token": "a token"},
        )
        store_catalog(session, connection.id, CATALOG)


def _form_with_module(session: Session, number: int, author: str) -> tuple[Form, Module]:
    key = f"form-{number}"
    fields = [{"key": name, "label": name.replace("_", " ").title()} for name in ADA]
    config = {"form": key, "name": f"Landing page {number}", "fields": fields}
    form = save_form(session, FormConfig.model_validate(config))
    target = {"form": key, "connection": f"crm-{number % CONNECTIONS}", "active": _RULES}
    module = save_module(session, module_config(**target), author=author)
    if number % 10 == 0:
        contact = {**module_document()["contact"], "tags": ["website"]}
        draft = module_config(**target, contact=contact)
        save_draft(session, module, draft, seen_of(session, module), author=author)
    return form, module


def _deliver(session: Session, modules: list[tuple[Form, Module]], count: int) -> None:
    at, plan = now(), plans.dump(PLAN)
    revisions = {module.id: live_revision(session, module.id).id for _, module in modules}
    rows: dict[type, list[dict[str, Any]]] = {
        each: [] for each in (Submission, Run, JournalStep, Event, Call, CallRun)
    }
    for id in range(1, count + 1):
        form, module = modules[id % len(modules)]
        came = at - SPAN * (count - id) / count
        state = _STATES[id % len(_STATES)]
        rows[Submission].append(_submission(id, form, came))
        rows[Run].append(_run(id, module, revisions[module.id], state, came, plan))
        rows[JournalStep] += _steps(id, came)
        rows[Event] += _events(id, state, came)
        rows[Call] += _calls(id, module.connection_id, came)
        rows[CallRun] += [{"call_id": call, "run_id": id} for call in (2 * id - 1, 2 * id)]
    for table, some in rows.items():
        for start in range(0, len(some), AT_ONCE):
            session.execute(insert(table), some[start : start + AT_ONCE])
    for form, _ in modules:
        form.submissions = count


def _submission(id: int, form: Form, came: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "form_id": form.id,
        "number": id,
        "idem_key": f"key-{id}",
        "raw": b"first_name=Ada&email=ada%40example.org" * 10,
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Accept": "text/html"},
        "source_ip": "192.0.2.7",
        "answers": {
            "field": ADA | {"email": f"ada{id}@example.org"},
            "utm": {"source": "newsletter"},
            "page": {"url": "https://example.org/callback"},
            "visitor": {"ip": "192.0.2.7"},
        },
        "technical": {},
        "files": [],
        "state": SubmissionState.HELD if id % 100 == 99 else SubmissionState.ACCEPTED,
        "received_at": came,
    }


def _run(
    id: int, module: Module, revision: int, state: RunState, came: datetime, plan: dict[str, Any]
) -> dict[str, Any]:
    ended = state not in (RunState.WAITING, RunState.HELD)
    return {
        "id": id,
        "submission_id": id,
        "module_id": module.id,
        "revision_id": revision,
        "connection_id": module.connection_id,
        "state": state,
        "reason": _REASONS[id % 3] if state == RunState.FAILED else "",
        "wait": "retry" if state == RunState.WAITING else None,
        "received_at": came,
        "due_at": came + timedelta(minutes=1),
        "first_try_at": came + timedelta(seconds=1),
        "finished_at": came + timedelta(seconds=2 + id % 90) if ended else None,
        "plan": plan,
        "trace": TRACE,
    }


def _steps(id: int, came: datetime) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(PLAN.steps, start=1):
        yield {
            "run_id": id,
            "number": number,
            "key": step.key,
            "kind": step.kind,
            "action": step.action,
            "op_key": f"{id}-{step.key}",
            "state": StepState.DONE,
            "sent_at": came + timedelta(seconds=1),
            "done_at": came + timedelta(seconds=2),
            "record_id": str(id),
            "record_url": f"https://acme.kommo.com/contacts/detail/{id}",
        }


def _events(id: int, state: RunState, came: datetime) -> Iterator[dict[str, Any]]:
    for run, type in ((None, "received"), (id, state)):
        yield {"submission_id": id, "run_id": run, "type": type, "message": "", "at": came}


def _calls(id: int, connection: int, came: datetime) -> Iterator[dict[str, Any]]:
    for number, method in ((2 * id - 1, "GET"), (2 * id, "POST")):
        yield {
            "id": number,
            "connection_id": connection,
            "purpose": "create deal",
            "method": method,
            "url": "https://acme.kommo.com/api/v4/leads?limit=50",
            "status": 200,
            "started_at": came,
            "ms": 120,
            "request": '[{"name": "Callback: Ada"}]',
            "response": '{"_embedded": {"leads": []}}' * 10,
        }


def _around(session: Session, modules: list[tuple[Form, Module]], author: str) -> None:
    """Some of everything that people have besides."""
    for number in range(FEW):
        form, module = modules[number % len(modules)]
        give_notice(
            session,
            f"cause-{number}",
            _REASONS[number % 3],
            remedy="Choose another option in the module, then press Try again.",
            form_id=form.id,
            connection_id=module.connection_id,
            submission_id=number + 1,
        )
        add_belongings(session, form, number, author)
