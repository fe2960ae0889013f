"""Which form, module and document a command is about."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.deciding.module import ModuleConfig, load_module
from engine.delivery.configs import module_config
from engine.instance import Instance
from engine.storage.forms import form_by_key, live_revision
from engine.storage.models import Module
from web.cli.start import TROUBLE, refuse
from web.yaml_text import TextMistakes, read

FORM = click.option("--form", "form_key", required=True, help="The form's key.")
MODULE = click.option(
    "--module", "module_key", help="The module's key; needed when the form has several."
)
AGAINST = click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A module's YAML file to try instead of the live revision, or beside it.",
)


def chosen_module(instance: Instance, form_key: str, module_key: str | None) -> Module:
    """The module, with its form; ends the command when it is not one."""
    with instance.database.read() as session:
        form = form_by_key(session, form_key)
        if form is None:
            refuse(f"there is no form {form_key!r}", status=TROUBLE)
        modules = session.scalars(
            select(Module)
            .where(Module.form_id == form.id)
            .options(joinedload(Module.form))
            .order_by(Module.id)
        ).all()
    found = [module for module in modules if module_key in (None, module.key)]
    if len(found) != 1:
        names = ", ".join(module.key for module in modules) or "none"
        refuse(f"name one module with --module; the form has: {names}", status=TROUBLE)
    return found[0]


def live_config(instance: Instance, module: Module) -> ModuleConfig:
    with instance.database.read() as session:
        return module_config(live_revision(session, module.id))


def draft_config(file: Path) -> ModuleConfig:
    """The module in the file; ends the command with every mistake in it."""
    try:
        return read(file.read_text(encoding="utf-8"), load_module, {})
    except UnicodeDecodeError:
        refuse(f"{file} is not UTF-8 text; save it as UTF-8", status=TROUBLE)
    except TextMistakes as error:
        for mistake in error.mistakes:
            click.echo(
                f"{file}:{mistake.line or 1}: {mistake.path or '/'}: {mistake.message}", err=True
            )
        refuse(f"{len(error.mistakes)} mistakes in the draft", status=TROUBLE)
