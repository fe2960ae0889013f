"""Commands for the database as a whole."""

from __future__ import annotations

from pathlib import Path

import click

from engine.storage.audit import add_entry
from engine.storage.backups import copy_sqlite, doubt_unfinished
from web.cli.start import begin, opened, operator, refuse


@click.command()
def upgrade() -> None:
    """Bring the database's tables to this version; `formwire up` does so by itself."""
    from engine.storage.database import upgrade as bring_up

    bring_up(begin().database_url)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a copy of the SQLite database to the new FILE, while everything goes on."""
    instance = opened()
    if instance.database.writer.dialect.name != "sqlite":
        refuse("the database is PostgreSQL: use its own pg_dump, or its continuous archiving")
    try:
        copy_sqlite(instance.database, file)
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    click.echo(f"{file} holds the database. The secret key is not in it: keep a copy of that too.")


@click.command()
def restored() -> None:
    """Say that the database came back from a backup. Run it before Formwire is started again.

    What the backup shows as unfinished may have been finished since. Each such run then looks in
    the CRM before it creates anything.
    """
    with opened().database.write() as session:
        runs = doubt_unfinished(session)
        add_entry(session, operator(), "restore", "database", "")
    click.echo(f"{runs} unfinished runs will look in their CRM before they create anything.")
