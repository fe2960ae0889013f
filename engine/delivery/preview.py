"""What a module would do with submissions: plans that nobody carries out. Only reads from the CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.base import ConnectorSpec
from connectors.errors import ConnectorError, SettingsError
from engine.deciding.answers import answers_mapping
from engine.deciding.cost import Cost, cost
from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.deciding.names import under_all_names
from engine.deciding.plan import Plan
from engine.deciding.reading import read_body
from engine.deciding.rendering import as_text
from engine.delivery.catalogs import CatalogReader, open_for_calls
from engine.delivery.configs import form_config
from engine.delivery.deciding import Desk, decide_all
from engine.delivery.pool import Pool
from engine.delivery.work import Work
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.calls import store_calls
from engine.storage.models import Connection, Form, RunState, Submission
from engine.storage.seen_fields import Recent


@dataclass(frozen=True, slots=True)
class Sample:
    """Answers to try a module with: those of a submission, or made up."""

    title: str
    answers: Mapping[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to one sample: a plan with its cost, or why there would be none.

    ``error`` is the CRM's, when that is the reason.
    """

    sample: Sample
    state: RunState | None
    reason: str
    trace: Sequence[Any]
    plan: Plan | None
    cost: Cost | None
    error: ConnectorError | None = None

    @property
    def text(self) -> str:
        """The plan in words, or why there is none."""
        return as_text(self.plan) if self.plan else f"{self.state or 'no plan'}: {self.reason}\n"


def preview(
    instance: Instance,
    form: Form,
    module: ModuleConfig,
    connection_id: int,
    samples: Sequence[Sample],
    *,
    module_id: int = 0,
) -> list[Preview]:
    """Plan each sample by itself, as if it arrived now. Raises ConnectorError, SecretsUnreadable.

    ``module`` may be a draft; ``module_id`` is whose turns and memory it goes by.
    """
    with looking(instance, connection_id) as desk:
        return [
            plan_sample(sample, replace(desk, turns={}), form, module, module_id=module_id)
            for sample in samples
        ]


@contextmanager
def looking(instance: Instance, connection_id: int) -> Iterator[Desk]:
    """A desk to plan at, whose calls are logged as a preview's. Raises as `preview` does."""
    with instance.database.read() as session:
        connection = session.get(Connection, connection_id)
    if connection is None:
        raise SettingsError("the connection is gone")
    opened = open_for_calls(instance, connection)
    pool = Pool(opened.connector.spec.parallel, opened.pace)
    reader = CatalogReader(instance, connection, opened.connector)
    try:
        yield Desk(
            database=instance.database,
            connection_id=connection_id,
            connector=opened.connector,
            pool=pool,
            catalog=reader.catalog,
            refresh_catalog=reader.refresh,
        )
    finally:
        pool.close()
        opened.close()
        with instance.database.write() as session:
            calls = [replace(call, purpose="preview", runs=()) for call in opened.log.take()]
            store_calls(session, connection_id, connection.fence, calls)


def plan_sample(
    sample: Sample, desk: Desk, form: Form, module: ModuleConfig, *, module_id: int = 0
) -> Preview:
    """Plan one sample with what ``desk`` sees. Raises ConnectorError when there is no catalog."""
    work = _work(sample, module, form_config(form), form.id, module_id)
    decide_all([work], desk, set())
    return _preview(sample, work, desk.connector.spec)


def sample_of(submission: Submission | Recent) -> Sample:
    return Sample(f"#{submission.number}", submission.answers, submission.received_at)


def made_up(form: Form, raw: bytes, content_type: str = "") -> Sample:
    """A sample from a body as a website would post it. Raises LimitExceeded."""
    at = now()
    answers = answers_mapping(
        read_body(raw, content_type),
        form={"key": form.key, "name": form.name},
        submission={"id": "sample", "number": "0", "date": at.isoformat()},
        visitor={},
    )
    return Sample("sample", answers, at)


def _work(
    sample: Sample, module: ModuleConfig, form: FormConfig, form_id: int, module_id: int
) -> Work:
    return Work(
        run_id=-1,
        public_id="preview",
        submission_id=0,
        form_id=form_id,
        module_id=module_id,
        module=module,
        form=form,
        answers=under_all_names(sample.answers, form),
        received_at=sample.received_at,
        told_at=sample.received_at,
        first_try_at=now(),
        attempt=0,
    )


def _preview(sample: Sample, work: Work, spec: ConnectorSpec) -> Preview:
    plan = work.plan
    return Preview(
        sample=sample,
        state=work.ending.state if work.ending else None,
        reason=work.ending.reason if work.ending else "",
        trace=work.trace or (),
        plan=plan,
        cost=cost(plan, spec) if plan else None,
        error=work.ending.error if work.ending else None,
    )
