"""The ``formwire`` command. Each file here holds the commands of one noun; each is thin."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import click

__all__ = ["main"]

COMMANDS = {
    "up": "processes.up",
    "web": "processes.web",
    "worker": "processes.worker",
    "schedule": "processes.schedule",
    "simulate": "simulate.simulate",
    "check": "documents.check",
    "apply": "documents.apply",
    "export": "documents.export_",
    "plan": "plan.plan",
    "cases": "cases.cases",
    "submissions": "submissions.submissions",
    "runs": "runs.runs",
    "erase": "erase.erase",
    "bulk": "bulk.bulk",
    "audit": "audit.audit",
    "upgrade": "database.upgrade",
    "backup": "database.backup",
    "restored": "database.restored",
    "people": "people.people",
    "tokens": "tokens.tokens",
    "keys": "keys.keys",
    "assets": "assets.assets",
    "new-connector": "new_connector.new_connector",
}
"""The file here in which each command stands, and its name there."""


class _Commands(click.Group):
    """Reads a command's file when that is asked for, so that each process starts with its own alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        file, _, name = COMMANDS[cmd_name].partition(".")
        return cast(click.Command, getattr(import_module(f"web.cli.{file}"), name))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="formwire", message="%(prog)s %(version)s")
def main() -> None:
    """Formwire: every accepted submission becomes the right records in the CRM, once."""
