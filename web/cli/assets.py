"""The command that fetches the studio's front-end packages."""

from __future__ import annotations

import click

from web.assets import AssetsError, install
from web.cli.start import refuse


@click.command()
def assets() -> None:
    """Install the studio's front-end packages (pinned, from the npm registry)."""
    try:
        folder = install()
    except AssetsError as error:
        refuse(str(error))
    click.echo(f"Front-end packages are in {folder}")
