"""Commands that run Formwire: all of it, or one kind of process."""

from __future__ import annotations

import os

import click

from connectors.registry import CONNECTORS
from engine.settings import Settings
from web.cli.start import begin, refuse


@click.command()
@click.option("--demo", is_flag=True, help="With an account, a form and a simulated CRM to try.")
@click.option(
    "--crm",
    type=click.Choice(sorted(CONNECTORS)),
    default="kommo",
    show_default=True,
    help="Which CRM the demo simulates.",
)
def up(demo: bool, crm: str) -> None:
    """Run everything here: web, workers, schedule and the embedded queue."""
    from web.startup import StartError
    from web.startup import up as run

    settings = _begin_safely()
    try:
        run(settings, demo=crm if demo else None)
    except (StartError, LookupError) as error:
        refuse(str(error))


@click.command()
@click.option("--quiet", is_flag=True, help="Do not tell how the first owner is made.")
def web(quiet: bool) -> None:
    """Serve intake and studio."""
    from web.server import serve
    from web.setup_code import lines_at_start

    settings = _begin_safely()
    if not quiet:
        click.echo("".join(f"{line}\n" for line in lines_at_start(settings)), nl=False)
    serve(settings)


@click.command()
def worker() -> None:
    """Deliver: drain connections as their bells ring."""
    from engine.delivery import jobs
    from engine.delivery.worker import work

    settings = _begin_safely()
    work(settings.redis_url, jobs.drain_due)


@click.command()
def schedule() -> None:
    """Wake what is due, and keep house. One is enough; more do no harm."""
    from engine.delivery.schedule import run
    from web.sentences import speech_of

    run(_begin_safely(), speech_of)


def _begin_safely() -> Settings:
    """As `begin`; ends the process also when it would be dangerous to go on."""
    from web.safety import dangers

    settings = begin()
    if reasons := list(dangers(settings, os.environ)):
        refuse(*reasons)
    return settings
