"""Backtest: what a module would do today with submissions that were delivered, beside what was done."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from connectors.base import Ref
from engine.deciding.module import ModuleConfig
from engine.deciding.plan import Action
from engine.deciding.plan import load as load_plan
from engine.deciding.rendering import as_text
from engine.deciding.rewinding import Past, rewound
from engine.delivery.preview import Preview, looking, plan_sample, sample_of
from engine.delivery.sight import Lens, through_lens
from engine.instance import Instance
from engine.storage.memories import turns
from engine.storage.models import Module, Run, RunState, Submission


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


def text_diff(before: str, after: str, *names: str) -> tuple[str, ...]:
    return tuple(
        difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    )


def backtest(
    instance: Instance, module: Module, config: ModuleConfig, count: int
) -> list[Comparison]:
    """Plan the last ``count`` delivered submissions of ``module`` anew, the newest first.

    ``config`` may be a draft. The CRM is seen without what this run and later ones of the connection
    wrote. Raises ConnectorError, SecretsUnreadable.
    """
    with instance.database.read() as session:
        runs = _delivered(session, module, count)
        later = _carried_out(session, module, runs[-1].id) if runs else ()
        taken = turns(session, [module.id])[module.id]
    with looking(instance, module.connection_id) as desk:
        catalog = desk.catalog() if runs else None
        comparisons = []
        for run in runs:
            assert catalog is not None
            pasts = [_past(one) for one in later if one.id >= run.id]
            turn = taken - sum(
                load_plan(one.plan).takes_turn
                for one in later
                if one.id >= run.id and one.module_id == module.id
            )
            lens = Lens(desk.connector, partial(rewound, pasts=pasts, catalog=catalog), {})
            eyes = through_lens(desk, lens, {module.id: turn})
            sample = sample_of(run.submission)
            now = plan_sample(sample, eyes, run.submission.form, config, module_id=module.id)
            comparisons.append(Comparison(run, as_text(load_plan(run.plan)), now))
    return comparisons
