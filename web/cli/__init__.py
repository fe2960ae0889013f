"""The ``formwire`` command. Each file here holds the commands of one noun; each is thin."""

from __future__ import annotations

import click

from web.cli import (
    assets,
    audit,
    bulk,
    cases,
    database,
    documents,
    erase,
    keys,
    new_connector,
    people,
    plan,
    processes,
    runs,
    simulate,
    submissions,
    tokens,
)

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="formwire", message="%(prog)s %(version)s")
def main() -> None:
    """Formwire: every accepted submission becomes the right records in the CRM, once."""


for command in (
    processes.up,
    processes.web,
    processes.worker,
    processes.schedule,
    simulate.simulate,
    documents.check,
    documents.apply,
    documents.export_,
    plan.plan,
    cases.cases,
    submissions.submissions,
    runs.runs,
    erase.erase,
    bulk.bulk,
    audit.audit,
    database.upgrade,
    database.backup,
    database.restored,
    people.people,
    tokens.tokens,
    keys.keys,
    assets.assets,
    new_connector.new_connector,
):
    main.add_command(command)
