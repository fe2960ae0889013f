"""Commands for submissions."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from engine.delivery.held import (
    approve_submission,
    drop_submission,
    mended_answers,
    probably_said,
    take_mended,
)
from engine.delivery.levers import NotNow
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.submissions import Standing, Wanted, submission_by_public_id
from web.cli.choosing import refuse_unknown, sieving
from web.cli.start import TROUBLE, opened, operator, refuse
from web.csv_text import submissions_csv


@click.group()
def submissions() -> None:
    """Submissions: what websites sent."""


@submissions.command()
@sieving
@click.option("--state", type=click.Choice([one.value for one in Standing]), help="Only these.")
@click.option("--bom", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
def export(state: str | None, bom: bool, **asked: Any) -> None:
    """Write submissions as CSV, the latest first, a column for each answer.

    What a spreadsheet would take for a formula begins with an apostrophe.
    """
    instance = opened()
    refuse_unknown(instance, asked)
    wanted = Wanted(standing=Standing(state) if state else None, **asked)
    for piece in submissions_csv(instance.database, wanted, bom=bom):
        sys.stdout.buffer.write(piece.encode(errors="replace"))


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


@submissions.command()
@click.argument("id")
def probable(id: str) -> None:
    """Write what an unreadable submission probably says, as rules and macros would see it."""
    with opened().database.read() as session:
        submission = submission_by_public_id(session, id)
        if submission is None:
            refuse(f"there is no submission {id}", status=TROUBLE)
        try:
            answers = mended_answers(submission, probably_said(submission))
        except NotNow as error:
            refuse(str(error), status=TROUBLE)
    click.echo(json.dumps(answers, indent=2, ensure_ascii=False))


@submissions.command()
@click.argument("ids", nargs=-1, required=True)
def mend(ids: tuple[str, ...]) -> None:
    """Let unreadable submissions in with the answers that they probably have; see ``probable``."""
    _decide(ids, take_mended, "is let in")


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
