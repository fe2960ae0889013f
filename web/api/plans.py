"""Plans: what a module would do to the CRM, before it does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator
from sqlalchemy import select

from connectors.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RateLimitedError,
    UnavailableError,
)
from engine.deciding import plan as plans
from engine.deciding.bodies import LimitExceeded
from engine.deciding.documents import Document, DocumentMistakes
from engine.deciding.module import ModuleConfig, load_module
from engine.delivery.backtest import backtest
from engine.delivery.configs import module_config
from engine.delivery.preview import Preview, Sample, made_up, preview, sample_of
from engine.storage.forms import NoSuchThing, live_revision, named_connection
from engine.storage.models import Module, RunState, Submission
from engine.storage.modules import module_with_form, revision_by_number
from engine.storage.secrets import SecretsUnreadable
from engine.storage.submissions import submission_by_public_id
from engine.storage.tokens import Scope
from rules.checking import Issue
from web.api.authorization import require
from web.api.finding import found
from web.api.operations import Operation, Told
from web.api.problems import AWAY, CRM_REFUSES, Problem, mistaken, wait
from web.api.reading import Number, PublicId
from web.database import db
from web.instance import instance

AWAY_S = 30
Count = Annotated[int, Field(ge=1, le=20)]


class PlanRequest(Document):
    """What is to be planned, one of: the ``last`` submissions, one ``submission``, a ``sample``, or a backtest.

    A ``sample`` holds answers as a website would post them. A ``backtest`` plans the latest delivered
    submissions anew, with the CRM seen as it was before them. With a ``document``, it is that module's
    document which is tried instead of the newest revision; with a ``revision``, that one.
    """

    last: Count | None = None
    submission: PublicId | None = None
    sample: dict[str, Any] | None = None
    backtest: Count | None = None
    revision: Number | None = None
    document: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> PlanRequest:
        ways = (self.last, self.submission, self.sample, self.backtest)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("say one of last, submission, sample and backtest")
        if self.revision is not None and self.document is not None:
            raise ValueError("say a revision or a document, not both")
        return self


class PlanCost(Document):
    """Calls to the CRM, at least: ``looks`` that read, ``writes`` that change."""

    looks: int
    writes: int


class Planned(Document):
    """The plan for one sample, or why there is none: the ``state`` its run would be in, and the ``reason``.

    ``text`` is for people; ``changes`` says whether anything would be written. Of a backtest,
    ``then`` is the text of the plan that was carried out, and ``diff`` how ``text`` differs from it.
    """

    sample: str
    submission: PublicId | None
    received_at: datetime
    state: RunState | None
    reason: str
    trace: tuple[Any, ...]
    changes: bool
    cost: PlanCost | None
    plan: dict[str, Any] | None
    text: str
    then: str | None = None
    diff: tuple[str, ...] = ()


class PlanList(Document):
    """A plan per submission, the newest first. ``revision`` is null when it is a document's."""

    revision: int | None
    items: tuple[Planned, ...]


def plan_module(form: str, module: str, body: PlanRequest) -> Told:
    """Plan what a module would do with submissions or a sample. Only reads from the CRM.

    Stored submissions need the scope `submissions:read`, too; a sample or a document of one's own
    needs `modules:write`, since it may name anybody, and the plan shows what the CRM knows of them.
    """
    if body.sample is None:
        require(Scope.SUBMISSIONS_READ)
    if body.sample is not None or body.document is not None:
        require(Scope.MODULES_WRITE)
    session = db.session()
    row = found(module_with_form(session, form, module), "module", f"{form}/{module}")
    tried = live_revision(session, row.id)
    if body.revision is not None:
        tried = found(revision_by_number(session, row.id, body.revision), "revision", body.revision)
    config = module_config(tried) if body.document is None else _draft(row, body.document)
    with asking_the_crm():
        items = _compared(row, config, body) if body.backtest else _planned(row, config, body)
    return PlanList(revision=tried.number if body.document is None else None, items=items)


def _compared(module: Module, config: ModuleConfig, body: PlanRequest) -> tuple[Planned, ...]:
    db.session.commit()  # no transaction may stay open while the CRM is asked
    return tuple(
        _item(one.now, one.run.submission, then=one.then, diff=one.diff)
        for one in backtest(instance(), module, config, body.backtest or 1)
    )


def _planned(module: Module, config: ModuleConfig, body: PlanRequest) -> tuple[Planned, ...]:
    chosen = _chosen(module, body)
    connection_id = named_connection(db.session(), config).id
    db.session.commit()  # no transaction may stay open while the CRM is asked
    made = preview(
        instance(),
        module.form,
        config,
        connection_id,
        [sample for sample, _ in chosen],
        module_id=module.id,
    )
    return tuple(_item(one, row) for one, (_, row) in zip(made, chosen, strict=True))


def _chosen(module: Module, body: PlanRequest) -> list[tuple[Sample, Submission | None]]:
    if body.sample is not None:
        return [(_sample(module, body.sample), None)]
    if body.submission is not None:
        row = submission_by_public_id(db.session(), body.submission)
        of_form = row if row and row.form_id == module.form_id else None
        row = found(of_form, f"submission of {module.form.key}", body.submission)
        return [(sample_of(row), row)]
    rows = db.session.scalars(
        select(Submission)
        .where(Submission.form_id == module.form_id)
        .order_by(Submission.id.desc())
        .limit(body.last)
    )
    return [(sample_of(row), row) for row in rows]


def _sample(module: Module, answers: dict[str, Any]) -> Sample:
    try:
        return made_up(module.form, json.dumps(answers).encode(), "application/json")
    except LimitExceeded as error:
        raise mistaken(DocumentMistakes([Issue("/sample", str(error))])) from error


def _draft(module: Module, document: dict[str, Any]) -> ModuleConfig:
    """The document, for this very module. Raises Problem."""
    fixed = {"form": module.form.key, "module": module.key}
    issues = [
        Issue(f"/document/{name}", f"must be {value}, as in the address")
        for name, value in fixed.items()
        if document.get(name, value) != value
    ]
    try:
        config = load_module(document)
        named_connection(db.session(), config)
    except DocumentMistakes as error:
        issues += [Issue(f"/document{issue.path}", issue.message) for issue in error.issues]
    except NoSuchThing as error:
        issues.append(Issue("/document/connection", str(error)))
    if issues:
        raise mistaken(DocumentMistakes(issues))
    return config


@contextmanager
def asking_the_crm() -> Iterator[None]:
    """Tell what keeps us from looking as a problem."""
    try:
        yield
    except RateLimitedError as error:
        raise wait(AWAY, f"the CRM asks to wait: {error}", error.retry_after_s or AWAY_S) from error
    except (UnavailableError, OutcomeUnknownError) as error:
        raise wait(AWAY, f"the CRM could not be read: {error}", AWAY_S) from error
    except (ConnectorError, SecretsUnreadable) as error:
        raise Problem(CRM_REFUSES, str(error)) from error


def _item(made: Preview, submission: Submission | None, **compared: Any) -> Planned:
    """Raises the CRM's error when that is why there is no plan."""
    if made.error is not None:
        raise made.error
    cost = PlanCost(looks=made.cost.looks, writes=made.cost.writes) if made.cost else None
    return Planned(
        sample=made.sample.title,
        submission=submission.public_id if submission else None,
        received_at=made.sample.received_at,
        state=made.state,
        reason=made.reason,
        trace=tuple(made.trace),
        changes=made.plan is not None and made.plan.changes_anything,
        cost=cost,
        plan=plans.dump(made.plan) if made.plan else None,
        text=made.text,
        **compared,
    )


OPERATIONS = (
    Operation(
        "POST",
        "/modules/{form}/{module}/plan",
        plan_module,
        Scope.MODULES_READ,
        PlanList,
        body=PlanRequest,
        also=(Scope.CONNECTIONS_READ,),
        asks_crm=True,
    ),
)
