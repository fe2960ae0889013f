"""Commands for submissions that wait for a person."""

from __future__ import annotations

from collections.abc import Callable

import click

from engine.delivery.held import approve_submission, drop_submission
from engine.delivery.levers import NotNow
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.submissions import submission_by_public_id
from web.cli.start import TROUBLE, opened, operator, refuse


@click.group()
def submissions() -> None:
    """Submissions that wait for a person."""


@submissions.command()
@click.argument("ids", nargs=-1, required=True)
def approve(ids: tuple[str, ...]) -> None:
    """Let held submissions in: they go through the modules that are on now."""
    _decide(ids, approve_submission, "is let in")


@submissions.command()
@click.argument("ids", nargs=-1, required=True)
def drop(ids: tuple[str, ...]) -> None:
    """Keep held or unreadable submissions, and let nothing become of them."""
    _decide(ids, drop_submission, "is dropped")


def _decide(
    ids: tuple[str, ...], decide: Callable[[Instance, int, Actor], None], told: str
) -> None:
    instance = opened()
    with instance.database.read() as session:
        found = {id: submission_by_public_id(session, id) for id in ids}
    if missing := [id for id, submission in found.items() if submission is None]:
        refuse(*(f"there is no submission {id}" for id in missing), status=TROUBLE)
    for id, submission in found.items():
        assert submission is not None
        try:
            decide(instance, submission.id, operator())
        except NotNow as error:
            click.echo(f"{id} is left alone: {error}")
        else:
            click.echo(f"{id} {told}")
