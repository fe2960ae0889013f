"""What every command needs before it begins."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from engine.settings import Settings, SettingsError, load_settings
from web.logs import configure_logging

if TYPE_CHECKING:  # what starts other processes needs no database
    from engine.instance import Instance
    from engine.storage.audit import Actor

CANNOT_START = 2
TROUBLE = 1  # of a command that ends with 2 when it finds differences


def begin() -> Settings:
    """The settings, with logging set up and new files kept private; ends the process if they are wrong."""
    os.umask(0o077)
    try:
        settings = load_settings()
    except SettingsError as error:
        refuse(*error.problems)
    configure_logging(settings.log_level)
    return settings


def opened() -> Instance:
    """This Formwire, as `begin` finds it; closed when the command ends."""
    from engine.instance import Instance

    instance = Instance.open(begin())
    click.get_current_context().call_on_close(instance.database.close)
    return instance


def operator() -> Actor:
    """Whoever types the command, for the audit log."""
    from engine.storage.audit import Actor

    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = str(os.getuid())
    return Actor(f"command line ({name})", "cli")


def refuse(*problems: str, status: int = CANNOT_START) -> NoReturn:
    """Say each problem on a line of its own, and end the command with ``status``."""
    for problem in problems:
        click.echo(f"formwire: {problem}", err=True)
    sys.exit(status)
