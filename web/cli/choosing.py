"""Which form, module, document or runs a command is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.deciding.module import ModuleConfig, load_module
from engine.delivery.configs import module_config
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.forms import form_by_key, live_revision
from engine.storage.models import Module, RunState
from engine.storage.setup_keys import connection_names, form_names, module_names
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


class Instant(click.ParamType):
    """A span before now such as 90m, 24h or 7d, or an instant in ISO 8601, in UTC unless it says more."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if span := re.fullmatch(r"(\d{1,5})([mhd])", value):
                return now() - timedelta(**{_UNITS[span[2]]: int(span[1])})
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither like 24h or 7d nor like 2026-11-21T09:00", param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def sieving(command: Callable[..., None]) -> Callable[..., None]:
    """The options by which runs and submissions are narrowed down, named as in `Choice` and `Wanted`."""
    for option in (
        click.option("--until", type=Instant(), help="Received before."),
        click.option("--since", type=Instant(), help="Received since: 90m, 24h, 7d or an instant."),
        click.option("--connection", help="Only to this connection, by its key."),
        click.option("--module", help="Only through modules of this key."),
        click.option("--form", help="Only of this form, by its key."),
    ):
        command = option(command)
    return command


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """The options by which runs are chosen; their names are those of a `Choice`."""
    states = click.Choice([state.value for state in RunState])
    for option in (
        click.option("--reason", help="Only those whose reason holds this text."),
        sieving,
        click.option("--state", "states", multiple=True, type=states, help="Once for each state."),
    ):
        command = option(command)
    return command


def refuse_unknown(instance: Instance, asked: Mapping[str, Any]) -> None:
    """End the command when what it is narrowed down to is not there, or holds no instant."""
    with instance.database.read() as session:
        known = {
            "form": form_names(session),
            "module": module_names(session),
            "connection": connection_names(session),
        }
    problems = [
        f"there is no {noun} {key!r}; there are: {_few(names)}"
        for noun, names in known.items()
        if (key := asked.get(noun)) is not None and key not in names
    ]
    since, until = asked.get("since"), asked.get("until")
    if since and until and until <= since:
        problems.append("--until is not after --since; nothing is received between them")
    if problems:
        refuse(*problems)


def _few(names: Iterable[str]) -> str:
    some = sorted(names)
    return ", ".join([*some[:_FEW], *(["…"] if len(some) > _FEW else [])]) or "none"


_FEW = 10
