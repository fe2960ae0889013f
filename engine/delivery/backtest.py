"""Backtest: what a module would do today with submissions that were delivered, beside what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from connectors.base import Kind, Ref
from engine.deciding.differing import text_diff
from engine.deciding.module import ModuleConfig
from engine.deciding.plan import Action
from engine.deciding.plan import load as load_plan
from engine.deciding.rendering import as_text
from engine.deciding.rewinding import Past, rewound
from engine.delivery.preview import Preview, looking, plan_sample, sample_of
from engine.delivery.sight import Lens, through_lens
from engine.instance import Instance
from engine.storage.memories import turns
from engine.storage.models import Module, Run, RunState, StepState, Submission


@dataclass(frozen=True, slots=True)
class Comparison:
    """A delivered run, the text of its plan, and what would be planned now."""

    run: Run
    then: str
    now: Preview

    @property
    def diff(self) -> tuple[str, ...]:
        """The lines that differ, as a unified diff; none when both are the same."""
        return text_diff(self.then, self.now.text, "then", "now")


def backtest(
    instance: Instance, module: Module, config: ModuleConfig, count: int
) -> list[Comparison]:
    """Plan the last ``count`` delivered submissions of ``module`` anew, the newest first.

    ``config`` may be a draft. The CRM is seen without what this run and later ones of the connection
    wrote. Raises ConnectorError, SecretsUnreadable.
    """
    with instance.database.read() as session:
        runs = _delivered(session, module, count)
        pasts = _pasts(session, module.connection_id, runs[-1].id) if runs else {}
        taken = turns(session, [module.id])[module.id]
    if not runs:
        return []
    with looking(instance, module.connection_id) as desk:
        catalog = desk.catalog()
        compared = []
        for run in runs:
            since = {id: past for id, past in pasts.items() if id >= run.id}
            view = partial(rewound, pasts=tuple(since.values()), catalog=catalog)
            lens = Lens(desk.connector, catalog, view)
            turn = taken - sum(
                past.plan.takes_turn for past in since.values() if past.module_id == module.id
            )
            now = plan_sample(
                sample_of(run.submission),
                through_lens(desk, lens, {module.id: turn}),
                run.submission.form,
                config,
                module_id=module.id,
            )
            compared.append(Comparison(run, as_text(load_plan(run.plan)), now))
    return compared


def _delivered(session: Session, module: Module, count: int) -> Sequence[Run]:
    return session.scalars(
        select(Run)
        .where(Run.module_id == module.id, Run.state == RunState.DELIVERED, Run.plan.is_not(None))
        .options(joinedload(Run.submission).joinedload(Submission.form))
        .order_by(Run.id.desc())
        .limit(count)
    ).all()


def _pasts(session: Session, connection_id: int, first: int) -> dict[int, Past]:
    """Run id to what it did, for every run of the connection from ``first`` on, the latest first."""
    runs = session.scalars(
        select(Run)
        .where(Run.connection_id == connection_id, Run.id >= first)
        .options(selectinload(Run.steps))
        .order_by(Run.id.desc())
    )
    return {run.id: _past(run) for run in runs if run.plan is not None}


def _past(run: Run) -> Past:
    """Only what was done: another run may have ended midway."""
    plan = load_plan(run.plan)
    done = {step.key: step for step in run.steps if step.state == StepState.DONE}
    created = frozenset(
        Ref(Kind(step.kind), step.record_id)
        for step in done.values()
        if step.action == Action.CREATE and step.record_id
    )
    steps = tuple(step for step in plan.steps if step.key in done)
    return Past(replace(plan, steps=steps), created, run.module_id)
