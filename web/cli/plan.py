"""The command that shows what a module would do, before it does it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import select

from connectors.errors import ConnectorError
from engine.deciding.differing import text_diff
from engine.deciding.module import ModuleConfig
from engine.delivery.backtest import backtest as compare
from engine.delivery.preview import Preview, Sample, made_up, preview, sample_of
from engine.instance import Instance
from engine.storage.models import Module, Submission
from engine.storage.secrets import SecretsUnreadable
from web.cli.choosing import AGAINST, FORM, MODULE, chosen_module, draft_config, live_config
from web.cli.start import TROUBLE, opened, refuse

WOULD_CHANGE = 2


@click.command()
@FORM
@MODULE
@click.option(
    "--last",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="How many of the newest submissions.",
)
@click.option("--submission", "public_id", help="One submission, by its id.")
@click.option(
    "--sample",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a body as a website would post it.",
)
@click.option(
    "--backtest",
    type=click.IntRange(1, 100),
    help="Plan this many of the latest delivered submissions anew, beside what was done then.",
)
@AGAINST
def plan(
    form_key: str,
    module_key: str | None,
    last: int,
    public_id: str | None,
    sample: Path | None,
    backtest: int | None,
    against: Path | None,
) -> None:
    """Show what a module would do in the CRM. Only reads; nothing is sent.

    Ends with 0 when nothing would change, with 2 when something would, and with 1 when it cannot
    tell. With --against, or with
    --backtest, what counts is whether the plans differ.
    """
    instance = opened()
    module = chosen_module(instance, form_key, module_key)
    live = live_config(instance, module)
    draft = draft_config(against) if against else None
    try:
        if backtest is not None:
            changes = _backtest(instance, module, draft or live, backtest)
        else:
            samples = _samples(instance, module, last, public_id, sample)
            changes = _plan(instance, module, live, draft, samples)
    except (ConnectorError, SecretsUnreadable) as error:
        refuse(f"the CRM could not be read: {error}", status=TROUBLE)
    sys.exit(WOULD_CHANGE if changes else 0)


def _plan(
    instance: Instance,
    module: Module,
    live: ModuleConfig,
    draft: ModuleConfig | None,
    samples: Sequence[Sample],
) -> bool:
    """Print the plans, or how the draft's differ; whether anything would change."""
    plans = _planned(instance, module, live, samples)
    if draft is None:
        for one in plans:
            click.echo(_text(one))
        return any(one.plan and one.plan.changes_anything for one in plans)
    others = _planned(instance, module, draft, samples)
    differences = [
        line
        for old, new in zip(plans, others, strict=True)
        for line in text_diff(_text(old), _text(new), "live", "draft")
    ]
    click.echo("\n".join(differences) or "The plans are the same.")
    return bool(differences)


def _backtest(instance: Instance, module: Module, config: ModuleConfig, count: int) -> bool:
    """Print how the plans differ from those carried out; whether any does."""
    compared = compare(instance, module, config, count)
    for one in compared:
        click.echo(f"{_asked(one.now).sample.title}: {'changed' if one.diff else 'same'}")
        for line in one.diff:
            click.echo(f"  {line}")
    changed = sum(bool(one.diff) for one in compared)
    click.echo(
        f"{len(compared)} delivered submissions: {len(compared) - changed} the same, "
        f"{changed} changed"
    )
    return changed > 0


def _samples(
    instance: Instance, module: Module, last: int, public_id: str | None, sample: Path | None
) -> list[Sample]:
    if sample is not None:
        return [made_up(module.form, sample.read_bytes())]
    query = select(Submission).where(Submission.form_id == module.form_id)
    if public_id is not None:
        query = query.where(Submission.public_id == public_id)
    with instance.database.read() as session:
        found = session.scalars(query.order_by(Submission.id.desc()).limit(last)).all()
    if not found:
        refuse("there is no such submission; post one, or give a --sample", status=TROUBLE)
    return [sample_of(submission) for submission in found]


def _planned(
    instance: Instance, module: Module, config: ModuleConfig, samples: Sequence[Sample]
) -> list[Preview]:
    """Raises ConnectorError, also when a look-up failed."""
    planned = preview(
        instance, module.form, config, module.connection_id, samples, module_id=module.id
    )
    return [_asked(one) for one in planned]


def _asked(one: Preview) -> Preview:
    if one.error is not None:
        raise one.error
    return one


def _text(one: Preview) -> str:
    head = f"{one.sample.title}, received {one.sample.received_at:%Y-%m-%d %H:%M} UTC"
    if one.plan is None:
        return f"{head}: {one.text}"
    calls = f"would cost {one.cost.calls} calls" if one.cost else ""
    return f"{head}: {calls}; nothing was sent\n{one.text}"
