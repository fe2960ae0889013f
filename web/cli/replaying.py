"""A submission run again from the command line: through which revision, and what it would do."""

from __future__ import annotations

import re
from typing import Any

import click
from sqlalchemy.orm import joinedload

from connectors.errors import ConnectorError
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.delivery.preview import preview, sample_of
from engine.instance import Instance
from engine.storage.forms import NoSuchThing, live_revision, named_connection
from engine.storage.models import Module, Revision, Run
from engine.storage.modules import revision_by_number
from engine.storage.secrets import SecretsUnreadable
from web.cli.start import TROUBLE, refuse


class RevisionName(click.ParamType):
    """``newest``, ``same`` or a revision's number."""

    name = "revision"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> str:
        if not re.fullmatch(r"newest|same|[1-9]\d{0,8}", value):
            self.fail(f"{value!r} is neither newest nor same nor a revision's number", param, ctx)
        return str(value)


REVISION = click.option(
    "--revision",
    type=RevisionName(),
    default="newest",
    show_default=True,
    help="Through the module's newest revision, the same as then, or the one with this number.",
)


def show_plan(instance: Instance, run: Run, name: str) -> None:
    """Print what running ``run``'s submission again would do. Only reads from the CRM."""
    with instance.database.read() as session:
        module = session.get_one(Module, run.module_id, options=[joinedload(Module.form)])
        revision = _revision(session, run, name)
        if revision is None:
            refuse(f"the module has no revision {name}", status=TROUBLE)
        try:
            config = load_module(revision.document)
            connection_id = named_connection(session, config).id
        except (DocumentMistakes, NoSuchThing) as error:
            refuse(f"revision {revision.number} cannot be used: {error}", status=TROUBLE)
    head = f"#{run.submission.number} through revision {revision.number}; nothing is sent yet"
    try:
        (made,) = preview(
            instance,
            module.form,
            config,
            connection_id,
            [sample_of(run.submission)],
            module_id=module.id,
        )
    except (ConnectorError, SecretsUnreadable) as error:
        click.echo(f"{head}\nno plan: the CRM could not be read: {error}", err=True)
    else:
        click.echo(f"{head}\n{made.text}", err=True)


def _revision(session: Any, run: Run, name: str) -> Revision | None:
    if name == "newest":
        return live_revision(session, run.module_id)
    if name == "same":
        return run.revision
    return revision_by_number(session, run.module_id, int(name))
