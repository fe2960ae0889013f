"""The command that shows what a module would do, before it does it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import select

from connectors.errors import ConnectorError
from engine.deciding.module import ModuleConfig, load_module
from engine.deciding.rendering import as_text
from engine.delivery.configs import module_config
from engine.delivery.preview import Preview, Sample, made_up, preview, sample_of
from engine.instance import Instance
from engine.storage.forms import form_by_key, live_revision
from engine.storage.models import Form, Module, Submission
from web.cli.start import begin, refuse
from web.yaml_text import TextMistakes, read

WOULD_CHANGE = 2


@click.command()
@click.option("--form", "form_key", required=True, help="The form's key.")
@click.option("--module", "module_key", help="The module's key; needed when the form has several.")
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
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A module's YAML file: show how its plans differ from the live ones.",
)
def plan(
    form_key: str,
    module_key: str | None,
    last: int,
    public_id: str | None,
    sample: Path | None,
    against: Path | None,
) -> None:
    """Show what a module would do in the CRM. Only reads; nothing is sent.

    Ends with 0 when nothing would change, and with 2 when something would.
    """
    instance = Instance.open(begin())
    form, module = _chosen(instance, form_key, module_key)
    samples = _samples(instance, form, last, public_id, sample)
    live = _planned(instance, form, module, _live(instance, module), samples)
    if against is None:
        for one in live:
            click.echo(_text(one))
        sys.exit(WOULD_CHANGE if any(one.plan and one.plan.changes_anything for one in live) else 0)
    draft = _planned(instance, form, module, _draft(against), samples)
    differences = [line for old, new in zip(live, draft, strict=True) for line in _diff(old, new)]
    click.echo("\n".join(differences) or "The plans are the same.")
    sys.exit(WOULD_CHANGE if differences else 0)


def _chosen(instance: Instance, form_key: str, module_key: str | None) -> tuple[Form, Module]:
    with instance.database.read() as session:
        form = form_by_key(session, form_key)
        if form is None:
            refuse(f"there is no form {form_key!r}")
        modules = session.scalars(
            select(Module).where(Module.form_id == form.id).order_by(Module.id)
        ).all()
    found = [module for module in modules if module_key in (None, module.key)]
    if len(found) != 1:
        names = ", ".join(module.key for module in modules) or "none"
        refuse(f"name one module with --module; the form has: {names}")
    return form, found[0]


def _samples(
    instance: Instance, form: Form, last: int, public_id: str | None, sample: Path | None
) -> list[Sample]:
    if sample is not None:
        return [made_up(form, sample.read_bytes())]
    query = select(Submission).where(Submission.form_id == form.id)
    if public_id is not None:
        query = query.where(Submission.public_id == public_id)
    with instance.database.read() as session:
        found = session.scalars(query.order_by(Submission.id.desc()).limit(last)).all()
    if not found:
        refuse("there is no such submission; post one, or give a --sample")
    return [sample_of(submission) for submission in found]


def _live(instance: Instance, module: Module) -> ModuleConfig:
    with instance.database.read() as session:
        return module_config(live_revision(session, module.id))


def _draft(file: Path) -> ModuleConfig:
    try:
        return read(file.read_text(encoding="utf-8"), load_module, {})
    except TextMistakes as error:
        for mistake in error.mistakes:
            click.echo(
                f"{file}:{mistake.line or 1}: {mistake.path or '/'}: {mistake.message}", err=True
            )
        refuse(f"{len(error.mistakes)} mistakes in the draft")


def _planned(
    instance: Instance, form: Form, module: Module, config: ModuleConfig, samples: Sequence[Sample]
) -> list[Preview]:
    try:
        return preview(instance, form, config, module.connection_id, samples, module_id=module.id)
    except ConnectorError as error:
        refuse(f"the CRM could not be read: {error}")


def _text(one: Preview) -> str:
    head = f"{one.sample.title}, received {one.sample.received_at:%Y-%m-%d %H:%M} UTC"
    if one.plan is None:
        return f"{head}: {one.state or 'no plan'}: {one.reason}\n"
    calls = f"would cost {one.cost.calls} calls" if one.cost else ""
    return f"{head}: {calls}; nothing was sent\n{as_text(one.plan)}"


def _diff(old: Preview, new: Preview) -> list[str]:
    return list(
        difflib.unified_diff(
            _text(old).splitlines(), _text(new).splitlines(), "live", "draft", lineterm=""
        )
    )
