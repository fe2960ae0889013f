"""Commands for the database as a whole."""

from __future__ import annotations

import click

from web.cli.start import begin


@click.command()
def upgrade() -> None:
    """Bring the database's tables to this version; `formwire up` does so by itself."""
    from engine.storage.database import upgrade as bring_up

    bring_up(begin().database_url)
